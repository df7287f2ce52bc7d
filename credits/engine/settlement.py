"""Step 5 of a standing: what becomes of every unit of a cycle, and what the next cycle starts from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from credits.engine.allocation import Allocation
from credits.engine.eligible import Entry, Excluded
from credits.engine.requirement import Plan
from credits.engine.rows import Carry, Rule
from credits.engine.state import Lot

ZERO = Fraction(0)
DISPOSITIONS = ("counted", "over_cap", "carried_out", "left_for_later", "lost", "excluded")


@dataclass(frozen=True)
class Line:
    """What happened to some units of one segment, and why."""

    day: date
    credit: str
    segment: int
    disposition: str
    units: Fraction
    reason: str | None
    serves: tuple[tuple[str, Fraction], ...] = ()

    @property
    def order(self) -> tuple[date, str, int, int, str]:
        return self.day, self.credit, self.segment, DISPOSITIONS.index(self.disposition), self.reason or ""


@dataclass(frozen=True)
class Settlement:
    """`lines` in the order of the result; `lots` go into the next cycle; `used` and `spent` are this cycle's own."""

    lines: tuple[Line, ...]
    lots: tuple[Lot, ...]
    used: Mapping[tuple[str, int], Fraction]
    spent: frozenset[str]
    late: bool

    @property
    def carried_out(self) -> Fraction:
        return sum((lot.units for lot in self.lots), ZERO)

    @property
    def lost(self) -> Fraction:
        return sum((line.units for line in self.lines if line.disposition == "lost"), ZERO)


def settle(
    *,
    plan: Plan,
    rule: Rule,
    entries: Sequence[Entry],
    allocation: Allocation,
    excluded: Iterable[Excluded],
    met: bool,
    later: Sequence[Plan],
    codes: Sequence[str],
) -> Settlement:
    """`entries` are the pieces of the allocation, in its order; `later` the cycles evaluated after this one; `codes` the minima in rule order."""
    counted = {entry.credit.id for entry, units in zip(entries, allocation.counted, strict=True) if units and entry.credit is not None}
    lines = [Line(item.credit.day, item.credit.id, item.segment, "excluded", item.units, item.reason) for item in excluded]
    used: dict[tuple[str, int], Fraction] = {}
    surplus: list[tuple[Entry, Fraction]] = []
    late = False
    for number, entry in enumerate(entries):
        units = allocation.counted[number]
        if units or not entry.piece.units:
            serves = tuple((code, allocation.serves[number][code]) for code in codes if allocation.serves[number].get(code))
            lines.append(_line(entry, "counted", units, None, serves))
        if units and entry.credit is not None:
            used[entry.credit.id, entry.piece.segment] = units
            late = late or plan.in_grace(entry.piece.day)
        if over := allocation.over_cap[number]:
            lines.append(_line(entry, "over_cap", over, "over_cap"))
        if rest := allocation.surplus[number]:
            if not _later_window(entry, plan, later):
                surplus.append((entry, rest))
            elif entry.piece.credit in counted and not rule.splits:
                lines.append(_line(entry, "lost", rest, "not_split"))
            else:
                lines.append(_line(entry, "left_for_later", rest, "in_later_window"))
    carried, lots = _carry(surplus, plan=plan, rule=rule, met=met)
    lines.extend(carried)
    spent = frozenset() if rule.splits else frozenset(counted)
    return Settlement(tuple(sorted(lines, key=lambda line: line.order)), lots, used, spent, late)


def _later_window(entry: Entry, plan: Plan, later: Sequence[Plan]) -> bool:
    """Whether a cycle evaluated later may still use the piece. A credit that was submitted for this cycle serves no other."""
    if entry.credit is None or entry.credit.assigned_to == plan.cycle.end:
        return False
    return any(other.rule is not None and other.in_window(entry.piece.day) for other in later)


def _carry(surplus: Sequence[tuple[Entry, Fraction]], *, plan: Plan, rule: Rule, met: bool) -> tuple[list[Line], tuple[Lot, ...]]:
    """The newest surplus goes into the next cycle, as far as the rule lets it; the rest is lost."""
    lines: list[Line] = []
    lots: list[Lot] = []
    room = None if rule.carry is None else plan.share(rule.carry.units, rule.carry.fraction)
    for entry, units in sorted(surplus, key=lambda item: (item[0].piece.day, item[0].piece.credit, item[0].piece.segment), reverse=True):
        reason, moved = _loss(entry, plan, rule, met), ZERO
        if reason is None and rule.carry is not None:
            moved = units if room is None else min(units, room)
            room = None if room is None else room - moved
        if moved and rule.carry is not None:
            lines.append(_line(entry, "carried_out", moved, None))
            lots.append(_lot(entry, moved, plan, rule.carry))
        if units > moved:
            lines.append(_line(entry, "lost", units - moved, reason or "carry_ceiling"))
    return lines, tuple(lots)


def _loss(entry: Entry, plan: Plan, rule: Rule, met: bool) -> str | None:
    """Why the rule does not let surplus of this piece go into the next cycle; None when it does. A held credential gives its units anew there."""
    if rule.carry is None:
        return "no_carry_over"
    if not met:
        return "cycle_not_met"
    earned = entry.lot.earned if entry.lot is not None else plan.cycle.number
    if plan.cycle.number + 1 - earned > rule.carry.generations:
        return "carry_expired"
    piece = entry.piece
    if piece.kind == "credential" or not rule.carry.match.holds(
        categories=piece.categories, mode=piece.mode, hands_on=piece.hands_on, size=piece.size, day=piece.day
    ):
        return "carry_not_eligible"
    return None


def _lot(entry: Entry, units: Fraction, plan: Plan, carry: Carry) -> Lot:
    credit = entry.credit if entry.lot is None else entry.lot.credit
    if credit is None:
        raise ValueError("A held credential is not carried.")
    earned = plan.cycle.number if entry.lot is None else entry.lot.earned
    return Lot(credit, entry.piece.segment, units, earned, earned + carry.generations, carry.satisfies_minima, carry.new_first)


def _line(entry: Entry, disposition: str, units: Fraction, reason: str | None, serves: tuple[tuple[str, Fraction], ...] = ()) -> Line:
    return Line(entry.piece.day, entry.piece.credit, entry.piece.segment, disposition, units, reason, serves)
