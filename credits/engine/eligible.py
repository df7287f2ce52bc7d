"""Steps 2 and 3 of a standing: which credits a cycle may use, why it may not use the others, and which credentials are held."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from credits.engine.allocation import Piece
from credits.engine.dates import BeyondCalendar, add_months
from credits.engine.facts import Credit, Licence
from credits.engine.requirement import Calendar, Plan
from credits.engine.rows import Repeat, Rule
from credits.engine.state import Lot, State

ZERO = Fraction(0)


@dataclass(frozen=True)
class Excluded:
    credit: Credit
    segment: int
    units: Fraction
    reason: str


@dataclass(frozen=True)
class Entry:
    """A piece of the allocation with what it came from: a credit in the window, a lot carried in, or (neither) a held credential."""

    piece: Piece
    credit: Credit | None = None
    lot: Lot | None = None


@dataclass(frozen=True)
class Eligible:
    """`credited` are the credits of which at least one segment passed; the repeat policy compares later ones with them."""

    entries: tuple[Entry, ...]
    excluded: tuple[Excluded, ...]
    credited: tuple[Credit, ...]


def eligible(*, plan: Plan, rule: Rule, credits: tuple[Credit, ...], state: State, calendar: Calendar, as_of: date) -> Eligible:
    """`credits` are those known at `as_of`, by date and id; those outside window and grace are left out."""
    entries: list[Entry] = []
    excluded: list[Excluded] = []
    kept: list[Credit] = []
    history = _History(rule.repeat, credits, state, calendar, plan.cycle.end, as_of)
    for credit in credits:
        if not (plan.in_window(credit.day) or plan.in_grace(credit.day)):
            continue
        if reason := _refusal(credit, plan, state, as_of):
            excluded.extend(Excluded(credit, number, segment.units, reason) for number, segment in enumerate(credit.segments))
            continue
        passed = False
        for number, segment in enumerate(credit.segments):
            used = min(state.used.get((credit.id, number), ZERO), segment.units)
            if used:
                excluded.append(Excluded(credit, number, used, "used_in_other_cycle"))
            if used and used == segment.units:
                continue
            if reason := _segment_refusal(credit, number, rule, history, plan, as_of):
                excluded.append(Excluded(credit, number, segment.units - used, reason))
            else:
                passed = True
                entries.append(Entry(_piece(credit, number, segment.units - used), credit=credit))
        if passed:
            kept.append(credit)
            history.add(credit)
    return Eligible(tuple(entries), tuple(excluded), tuple(kept))


def carried_entries(lots: Iterable[Lot], rule: Rule) -> tuple[Entry, ...]:
    """The lots a cycle brings in. Whether they may serve minima is for the rule of this cycle to say, if it speaks of carry-over at all."""
    entries = []
    for lot in lots:
        may_serve = lot.satisfies_minima if rule.carry is None else rule.carry.satisfies_minima
        entries.append(Entry(_piece(lot.credit, lot.segment, lot.units, kind="carried", may_serve=may_serve), lot=lot))
    return tuple(sorted(entries, key=lambda entry: (entry.piece.day, entry.piece.credit, entry.piece.segment)))


def held_credentials(plan: Plan, rule: Rule, licence: Licence) -> tuple[tuple[Entry, ...], tuple[str, ...]]:
    """The units of credentials that are current when the rule asks, and the names of those that are not."""
    entries: list[Entry] = []
    blocks: list[str] = []
    for row in rule.credentials:
        day = plan.submission if row.on_submission else plan.cycle.end
        if not licence.holds(row.name, day):
            blocks.append(row.name)
        elif row.units:
            name = f"credential:{row.name}"
            entries.append(
                Entry(
                    Piece(
                        credit=name,
                        segment=0,
                        kind="credential",
                        day=day,
                        at=None,
                        units=row.units,
                        size=row.units,
                        mode=None,
                        categories=frozenset([name]),
                        hands_on=ZERO,
                        course=name,
                        event=name,
                        may_serve=True,
                    )
                )
            )
    return tuple(entries), tuple(dict.fromkeys(blocks))


def _refusal(credit: Credit, plan: Plan, state: State, as_of: date) -> str | None:
    """Why no segment of the credit may count, as far as that does not depend on the segment."""
    if credit.revoked:
        return "revoked"
    if not credit.accepted:
        return "review_not_accepted"
    if credit.day > as_of:
        return "not_yet_earned"
    if credit.assigned_to not in (None, plan.cycle.end) or credit.id in state.spent:
        return "used_in_other_cycle"
    return None


def _segment_refusal(credit: Credit, number: int, rule: Rule, history: _History, plan: Plan, as_of: date) -> str | None:
    segment = credit.segments[number]
    for exclusion in rule.exclusions:
        if exclusion.match.holds(categories=segment.categories, mode=segment.mode, hands_on=segment.hands_on, size=credit.size, day=credit.day):
            return exclusion.reason
    if history.repeats(credit, segment.categories):
        return "repeat"
    if plan.in_grace(credit.day) and not plan.grace_is_paid(as_of):
        return "grace_fee_missing"
    return None


class _History:
    """Earlier completions that a credit may repeat. The first is kept; the others are compared with the last one before them."""

    def __init__(self, policy: Repeat | None, credits: tuple[Credit, ...], state: State, calendar: Calendar, end: date, as_of: date) -> None:
        self.policy = policy
        self.calendar = calendar
        self.earlier: dict[str, list[Credit]] = {}
        if policy is None:
            return
        real = tuple(credit for credit in credits if not credit.revoked and credit.accepted and credit.day <= as_of)
        elsewhere = tuple(credit for credit in real if credit.assigned_to not in (None, end))  # what was submitted for another cycle was credited there
        found = real if policy.with_any else state.credited + elsewhere
        for credit in found:
            self.add(credit)

    def add(self, credit: Credit) -> None:
        if self.policy is not None:
            self.earlier.setdefault(self._key(credit), []).append(credit)

    def repeats(self, credit: Credit, categories: frozenset[str]) -> bool:
        policy = self.policy
        if policy is None or not policy.excepted.isdisjoint(categories):
            return False
        before = [other for other in self.earlier.get(self._key(credit), ()) if other.order < credit.order and other.id != credit.id]
        if not before:
            return False
        last = max(before, key=lambda other: other.order)
        if policy.months is not None:
            try:
                return credit.day < add_months(last.day, policy.months)
            except BeyondCalendar:  # so many months mean never again
                return True
        return self.calendar.number_on(credit.day) - self.calendar.number_on(last.day) <= (policy.cycles or 0)

    def _key(self, credit: Credit) -> str:
        return credit.content if self.policy is not None and self.policy.by_content else credit.course


def _piece(credit: Credit, number: int, units: Fraction, *, kind: str = "credit", may_serve: bool = True) -> Piece:
    segment = credit.segments[number]
    return Piece(
        credit=credit.id,
        segment=number,
        kind=kind,
        day=credit.day,
        at=credit.at,
        units=units,
        size=credit.size,
        mode=segment.mode,
        categories=segment.categories,
        hands_on=segment.hands_on,
        course=credit.course,
        event=credit.event,
        may_serve=may_serve,
    )
