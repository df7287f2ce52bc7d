"""One licence with what its holder has, ready to be asked what further credits would change. No queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from credits.cases import cycles_upto, first_day
from credits.engine.dates import BeyondCalendar
from credits.engine.facts import Credit, credits_from
from credits.engine.report import Outcome
from credits.engine.requirement import Plan
from credits.engine.standing import Evaluation, Figures, Prepared, prepare
from credits.licence_facts import licence_facts
from credits.models import Licence
from credits.rulebook import BoardRules
from credits.standings import Gap, gap_under


@dataclass
class Target:
    """A cycle that further credits may count in, evaluated with the one before it."""

    evaluation: Evaluation
    today: date
    _held: dict[date, Figures] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        return self.evaluation.plans[-1]

    @property
    def is_renewed(self) -> bool:
        renewed_on = self.plan.renewal.renewed_on
        return renewed_on is not None and renewed_on <= self.today

    def takes(self, day: date) -> bool:
        """Whether something completed on `day` can count here at all."""
        plan = self.plan
        if self.is_renewed:
            return False
        return plan.in_window(day) or (plan.in_grace(day) and plan.grace_is_paid(day))

    def before(self, day: date) -> Outcome:
        """The cycle with what is held, as of `day`."""
        return self.evaluation.last(self._as_of(day))

    def after(self, further: Sequence[Credit], day: date) -> Outcome:
        """The same when `further`, none of them later than `day`, are held too."""
        as_of = self._as_of(day)
        return self.evaluation.with_further(further, as_of).last(as_of)

    def figures(self, further: Sequence[Credit], day: date) -> Figures:
        """What the cycle asks for with `further` held, none of them later than `day`; only while it is not renewed."""
        as_of = self._as_of(day)
        if not further:
            if as_of not in self._held:
                self._held[as_of] = self.evaluation.figures(as_of)
            return self._held[as_of]
        return self.evaluation.with_further(further, as_of).figures(as_of)

    def _as_of(self, day: date) -> date:
        """The last day of the cycle in place of any other: nothing known today says that they differ, and one day is worked out once.

        While something can still be earned for the cycle before, the days are told apart: a shortfall moves on when that is over.
        """
        earlier = self.evaluation.plans[:-1]
        return max(day, self.plan.last_day) if all(plan.last_day < self.today for plan in earlier) else day


class Outlook:
    """`gap` says why nothing can be said of the licence; then there are no targets."""

    def __init__(self, licence: Licence, rules: BoardRules | None, credits: list[dict[str, Any]], as_of: date) -> None:
        self.licence = licence
        self.as_of = as_of
        self.gap: Gap | None = gap_under(rules, licence, as_of)
        self.current: Target | None = None
        self._targets: dict[date, Target | None] = {}
        if self.gap is not None or rules is None or rules.calendar is None:
            return
        self.rules = rules
        self._prepared: Prepared = prepare(rules.case_rules(), rules.calendar)
        self._facts = licence_facts(licence, licence.user)
        self._held = credits_from(credits)
        self._since = first_day(credits)
        self.current = self._target(as_of)
        if self.current is None or self.current.plan.rule is None:
            self.gap = _no_rule(licence, self.current)

    def target_for(self, day: date) -> Target | None:
        """The first cycle from the current one on that takes a completion of `day`."""
        for asked in (self.as_of, self._day_after_current(), day):
            target = self._target(asked)
            if target is not None and target.takes(day):
                return target
        return None

    def _day_after_current(self) -> date:
        return self.current.plan.cycle.end + timedelta(days=1) if self.current else self.as_of

    def _target(self, day: date) -> Target | None:
        cycles = cycles_upto(self.rules, self.licence, day, self._since)
        if not cycles:
            return None
        ends = [cycle.end for cycle in cycles]
        if ends[-1] not in self._targets:
            try:
                evaluation = Evaluation.of(self._prepared, self._facts, self._held, ends)
            except BeyondCalendar:
                self._targets[ends[-1]] = None
            else:
                self._targets[ends[-1]] = Target(evaluation, self.as_of)
        return self._targets[ends[-1]]


def _no_rule(licence: Licence, current: Target | None) -> Gap:
    ends = date_format(current.plan.cycle.end, "F j, Y") if current else _("an unknown day")
    explanation = _("We know no rule for a cycle that ends on %(end)s. Ask the board what it wants for this renewal.") % {"end": ends}
    return Gap("no_rule", _("We do not know what is asked for this renewal"), explanation, licence.board.website, _("To the board’s own pages"))
