"""The allocation once more, from the text of the rules alone: a linear programme per question, solved by HiGHS.

It shares no code with the engine but the dataclasses and `Match.holds`. Every set of minima a unit may serve is a variable of
its own, every combination of mode, hands-on fraction, size, date and categories is tried for further units, and each
question is a run with all earlier answers fixed. Data are scaled to integers; an optimum is a corner of a polytope with
entries 0 and 1, so its coordinates are fractions with a small denominator, and the nearest one is the exact answer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from itertools import chain, combinations, product
from math import lcm

import highspy
import numpy as np

from credits.engine.problem import Allocation, Cap, Minimum, Piece, Problem

MODES = ("in_person_hands_on", "in_person_lecture", "live_remote", "self_paced")
FREE = highspy.kHighsInf


@dataclass
class Programme:
    """Columns and equality or range rows; `best` asks for one column and fixes the answer."""

    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    rows: list[tuple[dict[int, int], float, float]] = field(default_factory=list)

    def column(self, low: float = 0, high: float = FREE) -> int:
        self.low.append(low)
        self.high.append(high)
        return len(self.low) - 1

    def row(self, parts: dict[int, int], low: float, high: float) -> None:
        self.rows.append((parts, low, high))

    def sum(self, parts: Iterable[int]) -> int:
        """A column that equals the sum of these."""
        total = self.column(-FREE)
        self.row({**dict.fromkeys(parts, 1), total: -1}, 0, 0)
        return total

    def start(self) -> None:
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self.low), len(self.rows)
        model.col_cost_ = np.zeros(len(self.low))
        model.col_lower_, model.col_upper_ = np.array(self.low, dtype=float), np.array(self.high, dtype=float)
        model.row_lower_ = np.array([low for _, low, _ in self.rows], dtype=float)
        model.row_upper_ = np.array([high for _, _, high in self.rows], dtype=float)
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = np.array([0, *np.cumsum([len(parts) for parts, _, _ in self.rows])], dtype=np.int32)
        model.a_matrix_.index_ = np.array([column for parts, _, _ in self.rows for column in parts], dtype=np.int32)
        model.a_matrix_.value_ = np.array([value for parts, _, _ in self.rows for value in parts.values()], dtype=float)
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        self.solver.setOptionValue("threads", 1)
        self.solver.setOptionValue("presolve", "off")
        self.solver.passModel(model)

    def most(self, columns: list[int], sign: int = 1) -> float | None:
        """The most (or least) that the sum of these columns can be; None when nothing is feasible."""
        for column in columns:
            self.solver.changeColCost(column, -float(sign))
        self.solver.run()
        status = self.solver.getModelStatus()
        found = self.solver.getInfo().objective_function_value
        for column in columns:
            self.solver.changeColCost(column, 0.0)
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        assert status == highspy.HighsModelStatus.kOptimal, status
        return -sign * float(found)

    def fix(self, column: int, sign: int) -> Fraction | None:
        found = self.most([column], sign)
        if found is None:
            return None
        exact = nearest(found)
        self.solver.changeColBounds(column, float(exact), float(exact))
        return exact


def nearest(value: float) -> Fraction:
    exact = Fraction(value).limit_denominator(240)
    assert abs(float(exact) - value) < 1e-5, value
    return exact


def subsets(items: Iterable[int]) -> Iterable[tuple[int, ...]]:
    found = list(items)
    return chain.from_iterable(combinations(found, size) for size in range(len(found) + 1))


class Rule:
    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.minima = problem.minima
        self.place = {minimum.code: i for i, minimum in enumerate(problem.minima)}
        self.parent = {i: self.place.get(minimum.nested_in or "") for i, minimum in enumerate(problem.minima)}
        self.is_parent = set(self.parent.values()) - {None}
        self.cycle = [cap for cap in problem.caps if cap.scope == "cycle"]

    def lineage(self, i: int) -> list[int]:
        above = self.parent[i]
        return [i] if above is None else [i, *self.lineage(above)]

    def uses(self, matched: set[int]) -> list[tuple[bool, frozenset[int]]]:
        """Inside the total with any permitted set of minima, or on top for one."""
        found = [(True, frozenset(chosen)) for chosen in subsets(i for i in matched if not self.on_top(i)) if self.permitted(chosen)]
        return found + [(False, frozenset(self.lineage(i))) for i in matched if self.on_top(i) and set(self.lineage(i)) <= matched]

    def on_top(self, i: int) -> bool:
        return self.minima[self.lineage(i)[-1]].additional

    def permitted(self, chosen: tuple[int, ...]) -> bool:
        if any(self.parent[i] is not None and self.parent[i] not in chosen for i in chosen):
            return False
        groups = [self.minima[i].group for i in chosen if self.minima[i].group]
        return len(groups) == len(set(groups))

    def matched(self, piece: Piece) -> set[int]:
        return {i for i, minimum in enumerate(self.minima) if piece.may_serve and holds(minimum, piece)}

    def ideal(self) -> dict[tuple[frozenset[int], frozenset[int], frozenset[str]], tuple[set[str], set[str]]]:
        """What each imaginable unit matches (minima, cycle caps, distinct categories), with the modes and categories it may have."""
        matches = [entry.match for entry in (*self.minima, *self.problem.caps)]
        listed = self.problem.distinct.categories if self.problem.distinct else ()
        named = sorted({c for m in matches for c in (m.categories or frozenset()) | m.without} | set(listed))
        hands = sorted({Fraction(0), Fraction(1)} | {m.hands_on_min for m in matches if m.hands_on_min is not None})
        sizes = sorted({Fraction(1, 1000)} | {edge for m in matches for edge in (m.size_from, m.size_below) if edge is not None})
        days = {date(1900, 1, 1)} | {m.dated_from for m in matches if m.dated_from} | {m.dated_to + timedelta(1) for m in matches if m.dated_to}
        found: dict[tuple[frozenset[int], frozenset[int], frozenset[str]], tuple[set[str], set[str]]] = {}
        for mode, hand, size, day, chosen in product(MODES, hands, sizes, sorted(days), subsets(range(len(named)))):
            categories = frozenset(named[k] for k in chosen)
            about = {"categories": categories, "mode": mode, "hands_on": hand, "size": size, "day": day}
            key = (
                frozenset(i for i, minimum in enumerate(self.minima) if minimum.match.holds(**about)),
                frozenset(k for k, cap in enumerate(self.cycle) if cap.match.holds(**about)),
                categories & frozenset(listed),
            )
            modes, having = found.setdefault(key, (set(), set()))
            modes.add(mode)
            having |= categories
        self.named = named
        return found


def holds(entry: Minimum | Cap, piece: Piece) -> bool:
    return entry.match.holds(categories=piece.categories, mode=piece.mode, hands_on=piece.hands_on, size=piece.size, day=piece.day)


def instant(piece: Piece) -> datetime:
    return piece.at or datetime.combine(piece.day, time(), UTC)


def years(day: date, start: date) -> int:
    def begins(year: int) -> date:
        try:
            return start.replace(year=year)
        except ValueError:
            return date(year, 2, 28)

    return day.year - start.year - (day < begins(day.year))


def together(cap: Cap, one: Piece, other: Piece, start: date) -> bool:
    """Whether `other` uses the room of the cap that is looked at for `one`."""
    if cap.scope == "24_hours":
        return timedelta(0) <= instant(one) - instant(other) < timedelta(hours=24)
    return {
        "cycle": True,
        "cycle_year": years(one.day, start) == years(other.day, start),
        "calendar_day": one.day == other.day,
        "event": one.event == other.event,
        "course": one.course == other.course,
    }[cap.scope]


def rooms(problem: Problem, cap: Cap) -> list[list[int]]:
    under = [
        i for i, piece in enumerate(problem.pieces) if (piece.kind == "credit" or (piece.kind == "credential" and cap.scope == "cycle")) and holds(cap, piece)
    ]
    return [[j for j in under if together(cap, problem.pieces[i], problem.pieces[j], problem.cycle_start)] for i in under]


def as_they_came(problem: Problem) -> list[Fraction]:
    """Units after caps in completion order."""
    admitted: dict[int, Fraction] = {}
    order = sorted(range(len(problem.pieces)), key=lambda i: (instant(problem.pieces[i]), problem.pieces[i].credit, problem.pieces[i].segment))
    for i in order:
        piece, units = problem.pieces[i], problem.pieces[i].units
        for cap in problem.caps:
            if cap.in_completion_order and piece.kind != "carried" and (piece.kind == "credit" or cap.scope == "cycle") and holds(cap, piece):
                before = [
                    j
                    for j in admitted
                    if (problem.pieces[j].kind == "credit" or (problem.pieces[j].kind == "credential" and cap.scope == "cycle"))
                    and holds(cap, problem.pieces[j])
                    and together(cap, piece, problem.pieces[j], problem.cycle_start)
                ]
                units = max(Fraction(0), min(units, cap.units - sum((admitted[j] for j in before), Fraction(0))))
        admitted[i] = units
    return [admitted[i] for i in range(len(problem.pieces))]


def least_total(problem: Problem) -> Fraction | None:
    rule, scale = Rule(problem), lcm(*(minimum.units.denominator for minimum in problem.minima))
    programme = Programme()
    uses = {chosen for matched, _, _ in rule.ideal() for inside, chosen in rule.uses(set(matched)) if inside}
    columns = {chosen: programme.column() for chosen in uses}
    for i, minimum in enumerate(problem.minima):
        if not rule.on_top(i):
            programme.row({column: 1 for chosen, column in columns.items() if i in chosen}, float(minimum.units * scale), FREE)
    total = programme.sum(columns.values())
    programme.start()
    found = programme.fix(total, -1)
    return None if found is None else found / scale


def allocate(problem: Problem) -> Allocation | None:
    """None when not even ideal units can do what is asked."""
    distinct = problem.distinct
    if distinct is None or not problem.required:
        return _allocate(problem, ())
    best, best_worth = None, None
    for chosen in combinations(distinct.categories, distinct.at_least):
        found = _allocate(problem, chosen)
        if found is not None:
            worth = (-found.further, [-m for m in found.missing.values()], found.counted, [[s.get(m.code, 0) for s in found.serves] for m in problem.minima])
            if best_worth is None or worth > best_worth:
                best, best_worth = found, worth
    return best


def _allocate(problem: Problem, chosen: tuple[str, ...]) -> Allocation | None:
    rule, pieces = Rule(problem), problem.pieces
    units = as_they_came(problem)
    amounts = [*units, problem.required, *(m.units for m in problem.minima), *(c.units for c in problem.caps)]
    amounts += [problem.distinct.units_each] if problem.distinct else []
    scale = lcm(*(amount.denominator for amount in amounts))
    lp = Programme()
    held = [{use: lp.column() for use in rule.uses(rule.matched(piece))} for piece in pieces]
    ideal = rule.ideal()
    more = {key: {use: lp.column() for use in rule.uses(set(key[0]))} for key in ideal}
    counted = [lp.sum(uses.values()) for uses in held]
    for i, column in enumerate(counted):
        lp.low[column], lp.high[column] = 0, float(units[i] * scale)
    inside = [lp.sum(column for (within, _), column in uses.items() if within) for uses in held]
    further = lp.sum(column for uses in more.values() for column in uses.values())
    further_inside = [column for uses in more.values() for (within, _), column in uses.items() if within]
    lp.row(dict.fromkeys([*inside, *further_inside], 1), float(problem.required * scale), float(problem.required * scale))
    serves = [[lp.sum(column for (_, served), column in uses.items() if m in served) for uses in held] for m in range(len(problem.minima))]
    missing = []
    for m, minimum in enumerate(problem.minima):
        whole = float(minimum.units * scale)
        by_more = [column for uses in more.values() for (_, served), column in uses.items() if m in served]
        lp.row(dict.fromkeys([*serves[m], *by_more], 1), whole, FREE if m in rule.is_parent else whole)
        missing.append(lp.column())
        lp.row(dict.fromkeys([*serves[m], missing[-1]], 1), whole, FREE)
    for category in chosen:
        assert problem.distinct is not None
        of = [counted[i] for i, piece in enumerate(pieces) if category in piece.categories]
        of += [column for (_, _, having), uses in more.items() for column in uses.values() if category in having]
        lp.row(dict.fromkeys(of, 1), float(problem.distinct.units_each * scale), FREE)
    left: dict[str, Fraction] = {}
    for k, cap in enumerate(rule.cycle):
        by_more = [column for (_, caps, _), uses in more.items() for column in uses.values() if k in caps]
        members = (rooms(problem, cap) or [[]])[0]
        if cap.in_completion_order:
            left[cap.code] = max(Fraction(0), cap.units - sum((units[i] for i in members), Fraction(0)))
            lp.row(dict.fromkeys(by_more, 1), 0, float(left[cap.code] * scale))
        else:
            lp.row(dict.fromkeys([*by_more, *(counted[i] for i in members)], 1), -FREE, float(cap.units * scale))
    fixed_rooms = [(cap.units, members) for cap in problem.caps if not cap.in_completion_order for members in rooms(problem, cap)]
    for room, members in fixed_rooms:
        lp.row(dict.fromkeys((counted[i] for i in members), 1), -FREE, float(room * scale))
    lp.start()
    needed = lp.fix(further, -1)
    if needed is None:
        return None
    short = [lp.fix(column, -1) for column in missing]
    counts = [lp.fix(column, 1) for column in counted]
    serving = [[lp.fix(column, 1) for column in row] for row in serves]
    within = [lp.fix(column, 1) for column in inside]

    def amount(found: Fraction | None) -> Fraction:
        assert found is not None
        return found / scale

    def can(test: int, label: str) -> bool:
        columns = [column for key, uses in more.items() if label in ideal[key][test] for column in uses.values()]
        return bool(columns) and (lp.most(columns) or 0) > 1e-6

    counted_units = [amount(found) for found in counts]
    for cap in rule.cycle:
        if not cap.in_completion_order:
            left[cap.code] = cap.units - sum((counted_units[i] for i in (rooms(problem, cap) or [[]])[0]), Fraction(0))
    surplus = _surplus([a - b for a, b in zip(units, counted_units, strict=True)], counted_units, fixed_rooms, scale * 240)
    enough = 0
    if problem.distinct and problem.required:
        for category in problem.distinct.categories:
            of_it = sum((counted_units[i] for i, piece in enumerate(pieces) if category in piece.categories), Fraction(0))
            enough += of_it >= problem.distinct.units_each
    return Allocation(
        counted=tuple(counted_units),
        inside=tuple(amount(found) for found in within),
        serves=tuple({m.code: amount(serving[k][i]) for k, m in enumerate(problem.minima) if serving[k][i]} for i in range(len(pieces))),
        applied=sum((amount(found) for found in within), Fraction(0)),
        further=amount(needed),
        missing={m.code: amount(short[k]) for k, m in enumerate(problem.minima)},
        modes=tuple(mode for mode in MODES if can(0, mode)) if needed else (),
        not_categories=tuple(category for category in rule.named if not can(1, category)) if needed else (),
        at_most=tuple((cap.code, left[cap.code]) for cap in rule.cycle) if needed else (),
        distinct_missing=bool(problem.distinct and problem.required and enough < problem.distinct.at_least),
        surplus=tuple(surplus),
        over_cap=tuple(piece.units - a - b for piece, a, b in zip(pieces, counted_units, surplus, strict=True)),
    )


def _surplus(spare: list[Fraction], counted: list[Fraction], taken: list[tuple[Fraction, list[int]]], scale: int) -> list[Fraction]:
    lp = Programme()
    columns = [lp.column(0, float(units * scale)) for units in spare]
    for room, members in taken:
        lp.row(dict.fromkeys((columns[i] for i in members), 1), -FREE, float((room - sum((counted[i] for i in members), Fraction(0))) * scale))
    total = lp.sum(columns)
    lp.start()
    lp.fix(total, 1)
    found = [lp.fix(column, 1) for column in columns]
    return [units / scale for units in found if units is not None]
