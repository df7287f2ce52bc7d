"""Step 1 of a standing: the cycle, its window, the row of the rules that holds for it, and what that row asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import Any

from credits.engine.allocation import Cap, Minimum, Problem, least_total
from credits.engine.cycles import Cycle, cycle_ending, cycles_of
from credits.engine.dates import add_days, add_months, day_in, months_between, months_completed, months_touched, years_completed
from credits.engine.facts import Licence, Override, Renewal
from credits.engine.quantities import rounded
from credits.engine.rows import MinimumRow, MonthDay, RequiredUnits, Rule, When

ZERO = Fraction(0)


@dataclass(frozen=True)
class Calendar:
    """The cycles of one licence, from the first to the last that is asked for."""

    cycles: tuple[Cycle, ...]
    months: int

    @classmethod
    def of(cls, calendar: Mapping[str, Any], licence: Mapping[str, Any], last: date) -> Calendar:
        """Raises LookupError when no cycle ends on `last`."""
        ending = cycle_ending(calendar, licence, last)
        if ending is None:
            raise LookupError(f"No cycle of this licence ends on {last}.")
        cycles = tuple(cycles_of(calendar, licence, ending.number))
        return cls(cycles, calendar.get("months") or months_touched(cycles[0].nominal_start, cycles[0].end))

    def ending(self, end: date) -> Cycle:
        """Raises LookupError when no cycle ends on that day."""
        for cycle in reversed(self.cycles):
            if cycle.end == end:
                return cycle
        raise LookupError(f"No cycle of this licence ends on {end}.")

    def number_on(self, day: date) -> int:
        """The number of the cycle a day lies in; 0, -1 ... before the first, as if cycles of the same length had come before it."""
        first = self.cycles[0]
        if day >= first.start:
            return next((cycle.number for cycle in self.cycles if day <= cycle.end), self.cycles[-1].number + 1)
        months = months_between(day, first.nominal_start)
        if months >= 0 and add_months(first.nominal_start, -months) > day:
            months += 1
        return 1 - max(-(-months // self.months), 1)


@dataclass(frozen=True)
class Plan:
    """What the facts of a licence settle about one cycle before any credit is looked at. `rule` is None when no row holds."""

    cycle: Cycle
    rule: Rule | None
    window_open: date
    window_close: date
    grace_last: date | None
    base: Fraction
    overridden: bool
    renewal: Renewal

    @property
    def last_day(self) -> date:
        """The last day on which a credit can still be earned for the cycle."""
        return self.window_close if self.grace_last is None else max(self.grace_last, self.window_close)

    @property
    def submission(self) -> date:
        return self.renewal.submitted_on or self.cycle.end

    def in_window(self, day: date) -> bool:
        return self.window_open <= day <= self.window_close

    def in_grace(self, day: date) -> bool:
        return self.grace_last is not None and self.window_close < day <= self.grace_last

    def grace_is_paid(self, as_of: date) -> bool:
        """Whether credits of the grace period may count; without a fee to pay they may."""
        if self.rule is None or self.rule.grace is None or self.grace_last is None:
            return False
        paid_on = self.renewal.late_fee_paid_on
        return not self.rule.grace.fee_required or (paid_on is not None and paid_on <= min(as_of, self.grace_last))

    def share(self, units: Fraction | None, fraction: Fraction | None) -> Fraction | None:
        """The lesser of an amount and a fraction of what the cycle asks for; None when neither is given."""
        amounts = [amount for amount in (units, None if fraction is None else fraction * self.base) if amount is not None]
        return min(amounts, default=None)


@dataclass(frozen=True)
class Requirement:
    """What a cycle asks for inside the total, and its minima that are due."""

    required: Fraction
    raised: bool
    minima: tuple[tuple[MinimumRow, Minimum], ...]
    caps: tuple[Cap, ...]


def plan_for(*, rules: tuple[Rule, ...], calendar: Calendar, licence: Licence, end: date) -> Plan:
    cycle = calendar.ending(end)
    renewal = licence.renewals.get(end, Renewal())
    override = licence.overrides.get(end, Override())
    rule = next((rule for rule in rules if rule.in_force and _applies(rule.when, cycle, licence, renewal)), None)
    window_open, window_close = _window(rule, calendar, cycle, licence)
    base = ZERO if rule is None else _units(rule.required, cycle, licence)
    return Plan(
        cycle=cycle,
        rule=rule,
        window_open=override.window_open or window_open,
        window_close=override.window_close or window_close,
        grace_last=_grace_last(rule, cycle),
        base=base if override.required is None else override.required,
        overridden=override.required is not None,
        renewal=renewal,
    )


def requirement(plan: Plan, *, met: Mapping[str, int], shortfall_in: Fraction) -> Requirement:
    """`met` gives the number of the cycle in which a minimum was last met. Only for a plan that has a rule."""
    if plan.rule is None:
        raise ValueError("There is no requirement without a rule.")
    number = plan.cycle.number
    due = {row.code: row for row in plan.rule.minima if row.code not in met or 0 < row.due_every <= number - met[row.code]}
    minima = tuple((row, _minimum(row, plan, due)) for row in due.values())
    total = least_for(plan.base, tuple(minimum for _, minimum in minima))
    caps = tuple(
        Cap(code=row.code, match=row.match, scope=row.scope, units=plan.share(row.units, row.fraction) or ZERO, in_completion_order=row.in_completion_order)
        for row in plan.rule.caps
    )
    return Requirement(total + shortfall_in, total > plan.base, minima, caps)


def least_for(base: Fraction, minima: tuple[Minimum, ...]) -> Fraction:
    """`base`, or the least total that the minima inside it need when that is more."""
    subset = tuple(minimum for minimum in minima if not minimum.additional)
    if sum((minimum.units for minimum in subset), ZERO) <= base:
        return base
    return max(base, _least(subset))


@lru_cache(maxsize=4096)
def _least(minima: tuple[Minimum, ...]) -> Fraction:
    """Worked out once for all licences that the same minima hold for."""
    return least_total(Problem(required=ZERO, pieces=(), minima=minima, caps=(), distinct=None, new_first=False, cycle_start=date(2000, 1, 1)))


def _minimum(row: MinimumRow, plan: Plan, due: Mapping[str, MinimumRow]) -> Minimum:
    """A minimum whose parent is not due stands alone."""
    units = row.units
    if units is None and row.fraction is not None:
        units = row.fraction * plan.base
    elif units is None and row.per_cycle_year is not None:
        units = row.per_cycle_year * (years_completed(plan.cycle.start, plan.cycle.end) + 1)
    return Minimum(
        code=row.code,
        match=row.match,
        units=units or ZERO,
        additional=row.additional,
        nested_in=row.nested_in if row.nested_in in due else None,
        group=row.group,
        due=True,
    )


def _applies(when: When, cycle: Cycle, licence: Licence, renewal: Renewal) -> bool:
    """A condition on the submission does not hold while nothing was submitted."""
    return (
        (when.cycle_end is None or when.cycle_end.holds(cycle.end))
        and (when.cycle_start is None or when.cycle_start.holds(cycle.start))
        and (when.submitted is None or (renewal.submitted_on is not None and when.submitted.holds(renewal.submitted_on)))
        and (when.issued is None or when.issued.holds(licence.issued_on))
        and (when.cycle_number is None or when.cycle_number.holds(cycle.number))
        and (when.years_practising is None or when.years_practising.holds(years_completed(licence.practising_since, cycle.end)))
        and (when.months_licensed is None or when.months_licensed.holds(months_completed(licence.issued_on, cycle.end)))
        and (when.holds is None or licence.holds(when.holds, cycle.end))
        and (when.partly_inactive is None or when.partly_inactive is licence.inactive_between(cycle.start, cycle.end))
    )


def _units(row: RequiredUnits, cycle: Cycle, licence: Licence) -> Fraction:
    first = max(cycle.start, licence.issued_on)
    if row.per_month is not None:
        months = licence.active_months(first, cycle.end) if row.active_months_only else months_touched(first, cycle.end)
        units = row.per_month * months
    elif row.by_licensed_month:
        units = row.by_licensed_month[min(months_between(cycle.nominal_start, first), len(row.by_licensed_month) - 1)]
    else:
        units = row.units or ZERO
    if row.rounding is not None:
        units = rounded(units, *row.rounding)
    if row.floor is not None:
        units = max(units, row.floor)
    return units if row.ceiling is None else min(units, row.ceiling)


def _window(rule: Rule | None, calendar: Calendar, cycle: Cycle, licence: Licence) -> tuple[date, date]:
    opens, closes = cycle.start, cycle.end
    if rule is None:
        return opens, closes
    if rule.window is not None:
        opens, closes = (_around(cycle.end, day) for day in rule.window)
    before = calendar.cycles[cycle.number - 2].end if cycle.number > 1 else add_days(cycle.start, -1)
    renewed_on = licence.renewals.get(before, Renewal()).renewed_on
    if renewed_on is not None and renewed_on > before:
        if rule.next_window_after_renewal:
            opens = add_days(renewed_on, 1)
        elif rule.next_window_opens is not None:
            opens = rule.next_window_opens
    return opens, closes


def _around(end: date, day: MonthDay) -> date:
    return day_in(end.year + day.year_offset, day.month, day.day)


def _grace_last(rule: Rule | None, cycle: Cycle) -> date | None:
    if rule is None or rule.grace is None:
        return None
    return add_days(add_months(cycle.end, rule.grace.months), rule.grace.days)
