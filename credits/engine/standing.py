"""Where a licence stands: one or several consecutive cycles, each settled with what the ones before it left.

A caller with many licences of one board reads the rules once:

    prepared = prepare(rules, calendar)
    result = standing_of(prepared, licence, credits, as_of, evaluate)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any

from credits.engine.allocation import Allocation, Problem, allocate
from credits.engine.dates import civil
from credits.engine.eligible import Eligible, Entry, carried_entries, eligible, held_credentials
from credits.engine.facts import Credit, Licence, credits_from, known, licence_from
from credits.engine.report import Outcome, outcome_of, report, unplaced, without_rule
from credits.engine.requirement import Calendar, Plan, Requirement, plan_for, requirement
from credits.engine.rows import Rule, rules_from
from credits.engine.settlement import Settlement, settle
from credits.engine.state import Lot, State

ZERO = Fraction(0)


@dataclass(frozen=True)
class Prepared:
    """A board's rule rows and calendar, read once."""

    rules: tuple[Rule, ...]
    calendar: Mapping[str, Any]


def prepare(rules: Iterable[Mapping[str, Any]], calendar: Mapping[str, Any]) -> Prepared:
    """`rules` and `calendar` as a case that passed `check_case` has them."""
    return Prepared(rules_from(rules), calendar)


def standing(case: Mapping[str, Any]) -> dict[str, Any]:
    """The operation, for a case that passed `check_case`."""
    return standing_of(
        prepare(case["rules"], case["calendar"]), case["licence"], case["credits"], civil(case["as_of"]), [civil(end) for end in case["evaluate"]]
    )


def standing_of(prepared: Prepared, licence: Mapping[str, Any], credits: Iterable[Mapping[str, Any]], as_of: date, evaluate: Sequence[date]) -> dict[str, Any]:
    """The standing of one licence. `licence`, `credits` and `evaluate` are those of a case; every end in `evaluate` ends a cycle."""
    evaluation = Evaluation.of(prepared, licence, credits_from(credits), evaluate)
    return {
        "as_of": as_of.isoformat(),
        "cycles": [report(outcome) for outcome in evaluation.outcomes(as_of)],
        "unplaced": unplaced(evaluation.plans, evaluation.known(as_of)),
    }


@dataclass(frozen=True)
class Figures:
    """Of one open cycle: further units needed, what of its minima is missing, units counted, over a cap, or excluded by credit."""

    needed: Fraction
    missing: tuple[tuple[str, Fraction], ...]
    counted: Mapping[str, Fraction]
    over_cap: frozenset[str]
    excluded: Mapping[str, str]


class Evaluation:
    """The cycles of one licence. What was true on an earlier day is worked out by the same steps, as of that day."""

    def __init__(self, plans: tuple[Plan, ...], licence: Licence, calendar: Calendar, credits: tuple[Credit, ...]) -> None:
        self.plans = plans
        self.licence = licence
        self.calendar = calendar
        self.credits = credits
        self._known: dict[date, tuple[Credit, ...]] = {}
        self._settled: dict[date, list[tuple[Outcome, State]]] = {}

    @classmethod
    def of(cls, prepared: Prepared, licence: Mapping[str, Any], credits: tuple[Credit, ...], evaluate: Sequence[date]) -> Evaluation:
        """`licence` and `evaluate` are those of a case."""
        facts = licence_from(licence)
        calendar = Calendar.of(prepared.calendar, licence, evaluate[-1])
        plans = tuple(plan_for(rules=prepared.rules, calendar=calendar, licence=facts, end=end) for end in evaluate)
        return cls(plans, facts, calendar, credits)

    def with_further(self, further: Sequence[Credit], as_of: date) -> Evaluation:
        """The same licence with credits that are not held yet. Cycles they can not fall in are not worked out again for `as_of`."""
        other = Evaluation(self.plans, self.licence, self.calendar, (*self.credits, *further))
        latest = max((credit.day for credit in self.credits), default=date.min)
        if all(credit.day >= latest for credit in further):
            placed = (plan.in_window(credit.day) or plan.in_grace(credit.day) for plan in self.plans for credit in further)
            apart = next((place // len(further) for place, falls in enumerate(placed) if falls), len(self.plans))
            other._settled[as_of] = self._upto(apart, as_of)
        return other

    def last(self, as_of: date) -> Outcome:
        """The last of the cycles; one that was renewed has the figures of that day."""
        return self._upto(len(self.plans), as_of)[-1][0]

    def figures(self, as_of: date) -> Figures:
        """What the last cycle asks for and what of each credit counts: step 4 without what follows from it, for who asks very often.

        Only for a cycle that has a rule and was not renewed by then.
        """
        plan = self.plans[-1]
        if plan.rule is None or self._renewed_before(len(self.plans) - 1, as_of):
            raise ValueError("There are figures only of a cycle that is open and has a rule.")
        before = self._upto(len(self.plans) - 1, as_of)
        asked, found, entries, _, allocation = self._allocated(plan, plan.rule, before[-1][1] if before else State(), as_of)
        counted: dict[str, Fraction] = {}
        over: set[str] = set()
        for entry, units, over_cap in zip(entries, allocation.counted, allocation.over_cap, strict=True):
            counted[entry.piece.credit] = counted.get(entry.piece.credit, ZERO) + units
            if over_cap:
                over.add(entry.piece.credit)
        missing = tuple((row.code, allocation.missing[row.code]) for row, _ in asked.minima if allocation.missing.get(row.code))
        return Figures(allocation.further, missing, counted, frozenset(over), {item.credit.id: item.reason for item in found.excluded})

    def known(self, as_of: date) -> tuple[Credit, ...]:
        if as_of not in self._known:
            self._known[as_of] = known(self.credits, as_of)
        return self._known[as_of]

    def outcomes(self, as_of: date) -> list[Outcome]:
        """Step 6: a renewed cycle keeps the figures of the day it was renewed, and says so when they would differ today."""
        settled = self._upto(len(self.plans), as_of)
        found = []
        for index, (outcome, _) in enumerate(settled):
            if self._renewed_before(index, as_of):
                today, _ = self._cycle(index, settled[index - 1][1] if index else State(), as_of)
                outcome = replace(outcome, exception=outcome.figures != today.figures)
            found.append(outcome)
        return found

    def _upto(self, count: int, as_of: date) -> list[tuple[Outcome, State]]:
        """The first `count` cycles as of that day, each with what it leaves to the next. What was renewed by then is as of its own renewal."""
        settled = self._settled.setdefault(as_of, [])
        while len(settled) < count:
            index = len(settled)
            if renewed_on := self._renewed_before(index, as_of):
                settled.append(self._upto(index + 1, renewed_on)[index])
            else:
                settled.append(self._cycle(index, settled[-1][1] if settled else State(), as_of))
        return settled[:count]

    def _renewed_before(self, index: int, as_of: date) -> date | None:
        renewed_on = self.plans[index].renewal.renewed_on
        return renewed_on if renewed_on is not None and renewed_on < as_of else None

    def _cycle(self, index: int, state: State, as_of: date) -> tuple[Outcome, State]:
        """Steps 1 to 5 for one cycle."""
        plan = self.plans[index]
        rule = plan.rule
        carried = sum((lot.units for lot in state.lots), ZERO)
        if rule is None:
            return _unruled(plan, state, carried)
        asked, found, entries, blocked_by, allocation = self._allocated(plan, rule, state, as_of)
        settlement = settle(
            plan=plan,
            rule=rule,
            entries=entries,
            allocation=allocation,
            excluded=found.excluded,
            met=not allocation.further,
            later=self.plans[index + 1 :],
            codes=[row.code for row, _ in asked.minima],
        )
        shortfall_out = _deferred(plan, rule, asked, allocation, as_of)
        outcome = outcome_of(
            plan=plan,
            asked=asked,
            allocation=allocation,
            settlement=settlement,
            carried_in=carried,
            shortfall_in=state.shortfall,
            shortfall_out=shortfall_out,
            blocked_by=blocked_by,
            as_of=as_of,
        )
        return outcome, _next_state(state, outcome, settlement, found.credited, shortfall_out)

    def _allocated(self, plan: Plan, rule: Rule, state: State, as_of: date) -> tuple[Requirement, Eligible, tuple[Entry, ...], tuple[str, ...], Allocation]:
        """Steps 1 to 4: what is asked, what may count, what blocks, and the best allocation of it."""
        asked = requirement(plan, met=self._met(plan, state), shortfall_in=state.shortfall)
        found = eligible(plan=plan, rule=rule, credits=self.known(as_of), state=state, calendar=self.calendar, as_of=as_of)
        held, blocked_by = held_credentials(plan, rule, self.licence)
        new_first = _new_first(rule, state.lots)
        lots = carried_entries(state.lots, rule)
        entries = (*found.entries, *lots, *held) if new_first else (*lots, *found.entries, *held)
        return asked, found, entries, blocked_by, allocate(_problem(plan, rule, asked, entries, new_first))

    def _met(self, plan: Plan, state: State) -> dict[str, int]:
        """In which cycle before this one each minimum was last met."""
        met = dict(state.met)
        for code, end in self.licence.met_before:
            if end < plan.cycle.end:
                met[code] = max(met.get(code, -10_000), self.calendar.number_on(end))
        return met


def _problem(plan: Plan, rule: Rule, asked: Requirement, entries: Iterable[Entry], new_first: bool) -> Problem:
    return Problem(
        required=asked.required,
        pieces=tuple(entry.piece for entry in entries),
        minima=tuple(minimum for _, minimum in asked.minima),
        caps=asked.caps,
        distinct=rule.distinct if asked.required else None,
        new_first=new_first,
        cycle_start=plan.cycle.start,
    )


def _new_first(rule: Rule, lots: tuple[Lot, ...]) -> bool:
    """The rule of the cycle says which units are used first; when it knows no carry-over, the rule they were carried under does."""
    return any(lot.new_first for lot in lots) if rule.carry is None else rule.carry.new_first


def _deferred(plan: Plan, rule: Rule, asked: Requirement, allocation: Allocation, as_of: date) -> Fraction:
    """The shortfall that moves into the next cycle: of general units alone, no more than the rule allows, and not while units can still be earned."""
    if rule.carry is None or allocation.distinct_missing or any(allocation.missing.values()):
        return ZERO
    renewed_on = plan.renewal.renewed_on
    over = as_of > plan.last_day or (renewed_on is not None and renewed_on <= as_of)
    short = asked.required - allocation.applied
    return short if over and short == allocation.further <= rule.carry.shortfall_max else ZERO


def _next_state(state: State, outcome: Outcome, settlement: Settlement, credited: tuple[Credit, ...], shortfall: Fraction) -> State:
    number = outcome.plan.cycle.number
    used = dict(state.used)
    for key, units in settlement.used.items():
        used[key] = used.get(key, ZERO) + units
    return State(
        lots=settlement.lots,
        shortfall=shortfall,
        used=used,
        spent=state.spent | settlement.spent,
        credited=state.credited + credited,
        met={**state.met, **{row.code: number for row in outcome.minima if row.required and not row.missing}},
    )


def _unruled(plan: Plan, state: State, carried: Fraction) -> tuple[Outcome, State]:
    """A cycle without a rule uses nothing; carried units and a shortfall pass through it, as long as their generations last."""
    lots = tuple(lot for lot in state.lots if lot.last_cycle > plan.cycle.number)
    kept = sum((lot.units for lot in lots), ZERO)
    return without_rule(plan, carried=carried, carried_out=kept, shortfall=state.shortfall), replace(state, lots=lots)
