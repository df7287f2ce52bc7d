"""A prospect in words: what an offer would fill, or why it would not count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from credits.decisions import Decision
from credits.engine.facts import Credit
from credits.engine.quantities import text
from credits.engine.report import Outcome
from credits.jurisdictions import place_of
from credits.models import Accreditation, Licence
from credits.prospects.offers import Fill, Prospect
from credits.prospects.outlook import Target
from credits.rulebook import BoardRules
from credits.rulebook.words import MODES, Unit, amount, match_words
from credits.standing_words import REASONS, Words, minimum_label, minimum_of
from credits.standings import Gap, row_content

# Why nothing of an offer counts, after “does not count in Nebraska:”.
SHORT = {
    "no_approval": gettext_lazy("not approved for it"),
    "repeat": gettext_lazy("you took it before, too recently to count again"),
    "not_accredited": gettext_lazy("the approval is not one it accepts"),
    "excluded_activity": gettext_lazy("it does not accept this kind of activity"),
    "grace_fee_missing": gettext_lazy("the cycle is over, and no late fee is on file"),
    "over_cap": gettext_lazy("no more of its kind counts in this cycle"),
    "differs_from_approval": gettext_lazy("it differs from what was approved"),
    "used_in_other_cycle": gettext_lazy("it is used in another cycle"),
}


class Speech:
    """The words on one offer for one licence."""

    def __init__(self, licence: Licence, rules: BoardRules | None, names: dict[str, str], day: date, today: date) -> None:
        self.licence = licence
        self.rules = rules
        self.words = Words(rules.unit if rules else _unit(licence), names, {})
        self.day = day
        self.today = today
        self.place = place_of(licence.board)
        self.is_state = licence.board.is_state_board

    def refused(self, decision: Decision, known: Sequence[Accreditation]) -> Prospect:
        """No credit with the board at all."""
        short = self._gap_words(known) if decision.code == "approval_gap" else str(SHORT.get(decision.code, decision.explanation))
        return self._prospect(code=decision.code, sentence=self._does_not(short), short=short, why=decision.explanation)

    def credited(self, credit: Credit, decision: Decision, gap: Gap) -> Prospect:
        """Credit, of which nobody can say what it fills."""
        sentence = _("%(place)s: gives %(units)s. %(why)s") % {"place": self.place, "units": self._amount(credit.size), "why": gap.title + "."}
        return self._prospect(counts=True, code="credited", sentence=sentence, why=f"{decision.explanation} {gap.explanation}", worth=credit.size)

    def unplaced(self, credit: Credit, decision: Decision, current: Target | None) -> Prospect:
        """Credit on a day that lies in no cycle we know the rules of."""
        said = {"place": self.place, "units": self._amount(credit.size), "day": date_format(self.day, "F j, Y")}
        sentence = _("%(place)s: gives %(units)s, but we do not know what is asked for a renewal that %(day)s counts for.") % said
        why = f"{decision.explanation} {_('Ask the board what it wants for that renewal.')}"
        if current is not None and current.plan.renewal.renewed_on is not None:
            why = f"{why} {_('You renewed the cycle that ends on %(end)s.') % {'end': date_format(current.plan.cycle.end, 'F j, Y')}}"
        return self._prospect(counts=True, code="no_rule", sentence=sentence, why=why, worth=credit.size)

    def placed(self, credit: Credit, decision: Decision, before: Outcome, after: Outcome, *, is_current: bool) -> Prospect:
        """Credit inside a cycle whose rule is known: what of it is needed there."""
        content = row_content(self.rules, before.plan.rule.reference) if self.rules and before.plan.rule else {}
        needed, left = before.needed or Fraction(0), after.needed or Fraction(0)
        units = needed - left
        if not units:
            return self._not_needed(credit, decision, before, after, content)
        missing = {row.code: row.missing for row in after.minima}
        filled = tuple(
            Fill(row.code, minimum_label(content, row.code, self.words), _decimal(row.missing - missing[row.code]), _decimal(row.missing))
            for row in before.minima
            if row.missing > missing[row.code]
        )
        said = {"place": self.place, "fills": self._fills(filled, content, units, needed)}
        if is_current:
            sentence = _("%(place)s: fills %(fills)s.") % said
        else:
            said["end"] = date_format(before.plan.cycle.end, "F j, Y")
            sentence = _("%(place)s: too late for this renewal; for the one of %(end)s it fills %(fills)s.") % said
        return self._prospect(
            counts=True,
            code="fills" if is_current else "next_cycle",
            sentence=sentence,
            why=" ".join(part for part in (decision.explanation, self._rest(credit, after, units), self._left(left, before)) if part),
            units=units,
            worth=credit.size,
            fills=filled,
            day=before.plan.last_day,
        )

    def _fills(self, filled: tuple[Fill, ...], content: dict[str, Any], units: Fraction, needed: Fraction) -> str:
        """“6 of your 12 hours hands-on in person”; the total where no part of the rule is filled by name."""
        parts = []
        for fill in filled:
            match = minimum_of(content, fill.code).get("match", {})
            if match:
                said = {"units": fill.units, "of": amount(str(fill.of), self.words.unit), "what": match_words(match, self.words.names)}
                parts.append((_("%(units)s of your %(of)s of %(what)s") if "categories" in match else _("%(units)s of your %(of)s %(what)s")) % said)
        if parts:
            return str(get_text_list(parts, _("and")))
        return _("%(units)s of the %(of)s you still need") % {"units": text(units), "of": self._amount(needed)}

    def _rest(self, credit: Credit, after: Outcome, units: Fraction) -> str:
        """Why not all of it is needed."""
        if units >= credit.size:
            return ""
        capped = any(line.disposition == "over_cap" for line in after.lines if line.credit == credit.id)
        why = REASONS["over_cap"] if capped else _("it fits nothing that is still missing")
        said = {"rest": self._amount(credit.size - units), "size": self._amount(credit.size), "why": why}
        return _("Not needed of its %(size)s: %(rest)s, since %(why)s.") % said

    def _left(self, left: Fraction, before: Outcome) -> str:
        day = date_format(before.plan.last_day, "F j, Y")
        if not left:
            return _("With it, nothing more is missing for %(day)s.") % {"day": day}
        return _("After it, %(left)s are still missing for %(day)s.") % {"left": self._amount(left), "day": day}

    def _not_needed(self, credit: Credit, decision: Decision, before: Outcome, after: Outcome, content: dict[str, Any]) -> Prospect:
        lines = [line for line in after.lines if line.credit == credit.id]
        day = date_format(before.plan.last_day, "F j, Y")
        facts: dict[str, Any] = {"worth": credit.size, "day": before.plan.last_day}
        if not before.needed:
            carried = sum((line.units for line in lines if line.disposition in ("carried_out", "left_for_later")), Fraction(0))
            if carried:
                sentence = _("%(place)s: nothing more is due by %(day)s; %(units)s go into your next cycle.") % {
                    "place": self.place,
                    "day": day,
                    "units": self._amount(carried),
                }
                return self._prospect(code="carries_over", sentence=sentence, why=decision.explanation, **facts)
            sentence = _("%(place)s: nothing more is due by %(day)s.") % {"place": self.place, "day": day}
            return self._prospect(
                code="nothing_due", sentence=sentence, why=_("It would give %(units)s there.") % {"units": self._amount(credit.size)}, **facts
            )
        reason = next((line.reason for line in lines if line.disposition == "excluded" and line.reason), None)
        if reason:
            short = str(SHORT.get(reason, REASONS[reason]))
            return self._prospect(code=reason, sentence=self._does_not(short), short=short, why=self._why(reason), **facts)
        wanted = self._wanted(credit, before, content)
        if wanted:
            why = _("What you still need for %(day)s is something else: %(missing)s.") % {"day": day, "missing": self._missing(before, content)}
            return self._prospect(code="other_kind", sentence=self._does_not(wanted), short=wanted, why=why, **facts)
        if any(line.disposition == "over_cap" for line in lines):
            short = str(SHORT["over_cap"])
            return self._prospect(code="over_cap", sentence=self._does_not(short), short=short, why=self._why("over_cap"), **facts)
        short = _("what you still need is something else")
        why = _("Still missing for %(day)s: %(missing)s.") % {"day": day, "missing": self._missing(before, content)}
        return self._prospect(code="other_kind", sentence=self._does_not(short), short=short, why=why, **facts)

    def _wanted(self, credit: Credit, before: Outcome, content: dict[str, Any]) -> str:
        """What the offer is not: the way of delivery or the topic that everything missing has to have; "" when that is not why."""
        modes = {segment.mode for segment in credit.segments}
        if before.modes and len(before.modes) < len(MODES) and modes.isdisjoint(before.modes):
            wanted = get_text_list([MODES[mode] for mode in before.modes], _("or"))
            return _("not %(wanted)s") % {"wanted": wanted}
        open_topics = [minimum_of(content, row.code).get("match", {}) for row in before.minima if row.missing]
        topics = list(dict.fromkeys(label for match in open_topics for label in match.get("categories", ())))
        if topics and all(match.get("categories") for match in open_topics) and not any(segment.categories & set(topics) for segment in credit.segments):
            return _("not %(wanted)s") % {"wanted": match_words({"categories": topics}, self.words.names)}
        return ""

    def _missing(self, before: Outcome, content: dict[str, Any]) -> str:
        parts = [
            f"{text(row.missing)} {match_words(match, self.words.names)}" if (match := minimum_of(content, row.code).get("match")) else text(row.missing)
            for row in before.minima
            if row.missing
        ]
        return str(get_text_list(parts, _("and"))) if parts else self._amount(before.needed or Fraction(0))

    def _why(self, reason: str) -> str:
        return _("It would not count: %(why)s.") % {"why": REASONS[reason]}

    def _gap_words(self, known: Sequence[Accreditation]) -> str:
        """Why no approval covers the day, by the one that ended last before it, or else begins first after it."""
        ended = max((row.last_day for row in known if row.last_day is not None and row.last_day < self.day), default=None)
        if ended:
            return ended_words(ended, self.today)
        begins = min((row.valid_from for row in known), default=None)
        return _("the approval begins on %(day)s") % {"day": date_format(begins, "F j, Y")} if begins else str(SHORT["no_approval"])

    def _does_not(self, short: str) -> str:
        said = _("Does not count in %(place)s: %(why)s.") if self.is_state else _("Does not count for %(place)s: %(why)s.")
        return said % {"place": self.place, "why": short.rstrip(".")}

    def _amount(self, units: Fraction) -> str:
        return amount(text(units), self.words.unit)

    def _prospect(
        self,
        *,
        code: str,
        sentence: str,
        why: str,
        short: str = "",
        counts: bool = False,
        units: Fraction = Fraction(0),
        worth: Fraction = Fraction(0),
        fills: tuple[Fill, ...] = (),
        day: date | None = None,
    ) -> Prospect:
        return Prospect(
            licence=self.licence,
            place=self.place,
            counts=counts,
            units=_decimal(units),
            worth=_decimal(worth),
            unit=self.words.unit.singular if units == 1 else self.words.unit.plural,
            fills=fills,
            sentence=sentence,
            why=why,
            code=code,
            short=short.rstrip("."),
            day=day,
            is_verified=self.rules is not None and self.rules.is_verified,
        )


def otherwise(now: Prospect, released: Prospect) -> str:
    """What is said beside `now` where the offer fills something else once credit that is held counts; "" where it fills the same."""
    if _filled_by(now) == _filled_by(released):
        return ""
    said = {"sentence": released.sentence}
    return _("Some of your credit is held or waits for review, and is not counted here. Once it counts, this reads: “%(sentence)s”") % said


def _filled_by(prospect: Prospect) -> tuple[str, Decimal, tuple[tuple[str, Decimal], ...]]:
    return prospect.code, prospect.units, tuple((fill.code, fill.units) for fill in prospect.fills)


def ended_words(last_day: date, today: date) -> str:
    said = {"day": date_format(last_day, "F j, Y")}
    return _("the approval ended on %(day)s") % said if last_day < today else _("the approval ends on %(day)s") % said


def _unit(licence: Licence) -> Unit:
    board = licence.board
    return Unit(board.unit_singular, board.unit_plural) if board.unit_plural else Unit()


def _decimal(units: Fraction) -> Decimal:
    return Decimal(text(units))
