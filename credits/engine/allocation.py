"""Which of the units held count, for what, and how many more are needed: one exact optimisation (decision 0026).

Pieces that match the same minima and share the same caps are one class: the model has a variable per class and role, and
rows for the total, each minimum and each cap. The questions of step 4 are asked of that one table in turn; how a class's
units fall to its pieces follows from their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from math import lcm

from credits.engine import ceilings
from credits.engine.further import Role, Rulings, rulings
from credits.engine.ground import Ground, ground
from credits.engine.matching import MODES
from credits.engine.problem import Allocation, Cap, Distinct, Minimum, Piece, Problem
from credits.engine.serving import serve
from credits.engine.simplex import Number, quotient

__all__ = ["Allocation", "Cap", "Distinct", "Impossible", "Minimum", "Piece", "Problem", "allocate", "least_total"]

NONE = Fraction(0)


class Impossible(Exception):
    """Not even ideal units can do what is asked, and no rule can ask that: the model is wrong."""


def least_total(problem: Problem) -> Fraction:
    """The least total that the minima inside it fit in, of ideal units and without caps."""
    found = ground(rulings(problem.minima, (), None), None, (), 0)
    if found is None:
        raise Impossible
    return Fraction(found.table.value[found.total]) / found.scale


def allocate(problem: Problem) -> Allocation:
    """The best allocation. A total that is too small for the minima inside it is taken as the least that fits them."""
    rules = rulings(problem.minima, problem.caps, problem.distinct)
    held = _Held.of(problem, rules)
    best = _Attempt(problem, rules, held, 0)
    if not best.feasible:
        problem = replace(problem, required=max(problem.required, least_total(problem)))
        best = _Attempt(problem, rules, held, 0)
        if not best.feasible:
            raise Impossible
    best.optimise()
    if problem.distinct is not None and problem.required:
        best = _best_choice(problem, rules, held, problem.distinct, best)
    return _answer(problem, rules, held, best)


def _best_choice(problem: Problem, rules: Rulings, held: _Held, distinct: Distinct, free: _Attempt) -> _Attempt:
    """Every choice of categories in list order. None can beat `free`, which has no choice to keep, so the first that equals it ends the search."""
    goal = free.worth()
    in_hand = [sum((held.units[i] for i, mask in enumerate(held.distinct) if mask >> k & 1), NONE) for k in range(len(distinct.categories))]
    best: _Attempt | None = None
    for chosen in combinations(range(len(distinct.categories)), min(distinct.at_least, len(distinct.categories))):
        lacking = max((distinct.units_each - in_hand[k] for k in chosen), default=NONE)
        if best is not None and lacking > best.further:
            continue
        attempt = _Attempt(problem, rules, held, sum(1 << k for k in chosen))
        if not attempt.feasible:
            continue
        attempt.optimise()
        if attempt.above_caps > free.above_caps:
            continue  # the categories cannot be had within the caps
        if best is None or attempt.worth() > best.worth():
            best = attempt
            if best.worth() == goal:
                break
    return best or free  # no choice fits even with ideal units: the rest of the rule still has its answer


@dataclass(eq=False)
class _Held:
    """What the pieces match, which rooms they share, and what each may give."""

    units: list[Fraction]  # after caps in completion order
    minima: list[int]
    distinct: list[int]
    under: list[int]  # bits of the caps per cycle, by their place among those
    local: list[tuple[int, ...]]  # the tight rooms of other scopes, by position in `tight`
    tight: list[ceilings.Room]
    rooms: list[ceilings.Room]  # every room of the caps that are constraints
    cycle_rooms: tuple[Fraction, ...]

    @classmethod
    def of(cls, problem: Problem, rules: Rulings) -> _Held:
        pieces = problem.pieces
        matched = [rules.matched(piece) for piece in pieces]
        caps = [found[1] for found in matched]
        units = [piece.units for piece in pieces]
        taken: dict[int, Fraction] = {}
        if any(cap.in_completion_order for cap in problem.caps):
            passes = ceilings.shared_rooms(rules, pieces, caps, problem.cycle_start, in_completion_order=True)
            units = ceilings.in_completion_order([room for rooms in passes.values() for room in rooms], pieces)
            for at, rooms in passes.items():
                taken[at] = sum((units[i] for _, members in rooms for i in members), NONE)
        by_cap = ceilings.shared_rooms(rules, pieces, caps, problem.cycle_start, in_completion_order=False)
        cycle_rooms = tuple(max(NONE, problem.caps[at].units - taken.get(at, NONE)) for at in rules.cycle_caps)
        own = [(place, at) for place, at in enumerate(rules.cycle_caps) if not problem.caps[at].in_completion_order]
        under = [sum(1 << place for place, at in own if mask >> at & 1) for mask in caps]
        tight = [
            (room, members)
            for at, rooms in by_cap.items()
            if problem.caps[at].scope != "cycle"
            for room, members in rooms
            if sum((units[i] for i in members), NONE) > room
        ]
        local: list[tuple[int, ...]] = [()] * len(pieces)
        for j, (_, members) in enumerate(tight):
            for i in members:
                local[i] += (j,)
        rooms = [room for rooms in by_cap.values() for room in rooms]
        return cls(units, [found[0] for found in matched], [found[2] for found in matched], under, local, tight, rooms, cycle_rooms)


class _Attempt:
    """The optimisation for one choice of distinct categories."""

    def __init__(self, problem: Problem, rules: Rulings, held: _Held, choice: int) -> None:
        self.problem, self.rules, self.held, self.choice = problem, rules, held, choice
        found = ground(rules, problem.required, held.cycle_rooms, choice)
        self.feasible = found is not None
        if found is not None:
            self.ground: Ground = found
            self.above_caps = NONE  # further units that no cap admits: only where the rule contradicts itself

    def optimise(self) -> None:
        self._lay()
        self._fewest_further()
        self._least_missing()
        self._most_counted()
        self._served()

    def worth(self) -> tuple[object, ...]:
        """Greater is better: fewest further, least missing, most counted, most served."""
        served = tuple(tuple(serves.get(i, NONE) for serves in self.serves) for i in range(len(self.problem.minima)))
        return (-self.further, tuple(-missing for missing in self.missing), tuple(self.counted), served)

    def _lay(self) -> None:
        """The ground's table with a column for each class and role."""
        base, rules, held, problem = self.ground, self.rules, self.held, self.problem
        amounts = {units.denominator for units in held.units} | {room.denominator for room, _ in held.tight}
        self.scale = scale = lcm(base.scale, *amounts)
        table = self.table = base.table.copy()
        times = scale // base.scale
        if times != 1:
            table.value = [value * times for value in table.value]
        classes: dict[tuple[int, int, int, tuple[int, ...]], list[int]] = {}
        for i, units in enumerate(held.units):
            if units:
                key = (held.minima[i], held.under[i], held.distinct[i] & self.choice, held.local[i])
                classes.setdefault(key, []).append(i)
        self.members = list(classes.values())
        self.class_of = {i: c for c, members in enumerate(self.members) for i in members}
        whole = self.whole = [units.numerator * (scale // units.denominator) for units in held.units]
        roles: list[tuple[int, Role]] = []
        vectors: list[list[int]] = []
        spans: list[tuple[int, int]] = []
        for c, (minima, caps, distinct, _) in enumerate(classes):
            began = len(roles)
            for role in rules.roles(minima):
                roles.append((c, role))
                vectors.append(base.column(role, caps, distinct))
            spans.append((began, len(roles)))
        width = len(table.columns)
        for at, row in enumerate(table.rows):
            row.extend([vector[at] for vector in vectors])
        blank: list[int] = [0] * width
        self.total: list[int] = []  # the variable of each class's counted units
        for c, (began, ended) in enumerate(spans):
            limit, single = sum(whole[i] for i in self.members[c]), ended - began == 1
            columns = [table.variable(0, limit if single else None, 0) for _ in range(began, ended)]
            table.columns += columns
            if not single:
                columns = [table.variable(0, limit, 0)]
                table.row(columns[0], blank + [-1 if began <= j < ended else 0 for j in range(len(roles))])
            self.total.append(columns[0])
        self.filled: list[int] = []  # the variable of each minimum's held units
        for i in range(len(problem.minima)):
            self.filled.append(table.variable(None, None, 0))
            table.row(self.filled[-1], blank + [-1 if role.serves >> i & 1 else 0 for _, role in roles])
        sharers = [local for _, _, _, local in classes]
        for j, (room, _) in enumerate(held.tight):
            slack = table.variable(0, None, room.numerator * (scale // room.denominator))
            table.row(slack, blank + [1 if j in sharers[c] else 0 for c, _ in roles])

    def _fraction(self, value: Number) -> Fraction:
        return Fraction(value, self.scale) if isinstance(value, int) else value / self.scale

    def _fewest_further(self) -> None:
        table, base = self.table, self.ground
        kinds = [variable for _, variable in base.kinds]
        if base.excess is not None:
            self._least(base.excess)
            self.above_caps = self._fraction(table.value[base.excess])
        self._least(base.total)
        self.further = self._fraction(table.value[base.total])
        if not self.further:
            for variable in kinds:
                table.high[variable] = 0
            table.drop(tuple(j for j, variable in enumerate(table.columns) if table.high[variable] == 0))

    def _least(self, variable: int) -> None:
        table = self.table
        if table.push(variable, -1, 0):
            table.low[variable] = table.high[variable] = 0
            if variable in table.columns:
                table.drop((table.columns.index(variable),))

    def _least_missing(self) -> None:
        table = self.table
        self.missing: list[Fraction] = []
        for variable, minimum in zip(self.filled, self.problem.minima, strict=True):
            whole = self._amount(minimum.units)
            if table.push(variable, 1, whole):
                table.low[variable] = whole
                self.missing.append(NONE)
            else:
                self.missing.append(minimum.units - self._fraction(table.value[variable]))

    def _most_counted(self) -> None:
        table = self.table
        fixed = [0] * len(self.members)
        closed = [False] * len(self.members)
        self.counted = [NONE] * len(self.problem.pieces)
        for i, c in sorted(self.class_of.items()):
            if closed[c]:
                continue
            target = fixed[c] + self.whole[i]
            variable = self.total[c]
            if table.push(variable, 1, target):
                table.low[variable] = fixed[c] = target
                self.counted[i] = self.held.units[i]
            else:
                self.counted[i] = self._fraction(table.value[variable] - fixed[c])
                closed[c] = True

    def _served(self) -> None:
        """Step 4d, in whole numbers: what is settled so far says how much of each piece and of each minimum there is to give out."""
        table, base = self.table, self.ground
        settled = [self._amount(self.problem.required) - bound for bound in self._rest()]
        filled = [self._amount(minimum.units - missing) for minimum, missing in zip(self.problem.minima, self.missing, strict=True)]
        counted = [self._amount(units) for units in self.counted]
        finer = lcm(*(number.denominator for number in (*settled, *filled, *counted)))
        if finer != 1:
            settled, filled, counted = ([number * finer for number in numbers] for numbers in (settled, filled, counted))
        handed_out, inside = serve(self.rules, self.held.minima, [int(n) for n in counted], (int(settled[1]), int(settled[0])), [int(n) for n in filled])
        named: dict[Number, Fraction] = {0: NONE}

        def fraction(number: Number) -> Fraction:
            found = named.get(number)
            if found is None:
                found = named[number] = Fraction(number, self.scale * finer)
            return found

        self.serves = [{m: fraction(number) for m, number in serves.items()} for serves in handed_out]
        self.inside = [fraction(number) for number in inside]
        within = sum(inside)
        self.applied = fraction(within)
        if base.rest is not None and settled[0] != settled[1]:
            rest = self._amount(self.problem.required) - quotient(within, finer)
            table.push(base.rest, 1, rest)
            table.push(base.rest, -1, rest)
            table.low[base.rest] = table.high[base.rest] = rest

    def _rest(self) -> tuple[Number, Number]:
        """The least and the most further units inside the total: one amount, but where minima on top can take more than they ask."""
        table, base = self.table, self.ground
        if base.rest is None or not self.further:
            rest = sum((table.value[variable] for kind, variable in base.kinds if kind.role.inside), 0)
            return rest, rest
        table.push(base.rest, -1, 0, keep=False)
        least = table.value[base.rest]
        table.push(base.rest, 1, None, keep=False)
        return least, table.value[base.rest]

    def _amount(self, units: Fraction) -> Number:
        if self.scale % units.denominator:
            return units * self.scale
        return units.numerator * (self.scale // units.denominator)

    def possible(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The modes a further unit can have in an optimum, and the named categories that none can have."""
        table, base = self.table, self.ground
        seen = [bool(table.value[variable]) for _, variable in base.kinds]

        def can(places: Sequence[int]) -> bool:
            for place in places:
                variable = base.kinds[place][1]
                if not seen[place] and table.push(variable, 1, None, any_gain=True):
                    for other, (_, its) in enumerate(base.kinds):
                        seen[other] = seen[other] or bool(table.value[its])
                if seen[place]:
                    return True
            return False

        modes = tuple(mode for mode in MODES if can(base.modes[mode]))
        return modes, tuple(category for category in self.rules.named if not can(base.categories[category]))


def _answer(problem: Problem, rules: Rulings, held: _Held, best: _Attempt) -> Allocation:
    left = [units - counted if counted is not units else NONE for units, counted in zip(held.units, best.counted, strict=True)]
    surplus = ceilings.surplus(left, held.rooms, best.counted) if any(left) else left
    modes: tuple[str, ...] = ()
    closed: tuple[str, ...] = ()
    at_most: tuple[tuple[str, Fraction], ...] = ()
    if best.further:
        modes, closed = best.possible()
        at_most = tuple(
            (problem.caps[at].code, max(NONE, room - sum((best.counted[i] for i, mask in enumerate(held.under) if mask >> place & 1), NONE)))
            for place, (at, room) in enumerate(zip(rules.cycle_caps, held.cycle_rooms, strict=True))
        )
    codes = [minimum.code for minimum in problem.minima]
    return Allocation(
        counted=tuple(best.counted),
        inside=tuple(best.inside),
        serves=tuple({codes[i]: serves[i] for i in sorted(serves)} for serves in best.serves),
        applied=best.applied,
        further=best.further,
        missing=dict(zip(codes, best.missing, strict=True)),
        modes=modes,
        not_categories=closed,
        at_most=at_most,
        distinct_missing=_distinct_missing(problem, held, best),
        surplus=tuple(surplus),
        over_cap=tuple(
            piece.units - units + spare - kept if spare or units is not piece.units else NONE
            for piece, units, spare, kept in zip(problem.pieces, held.units, left, surplus, strict=True)
        ),
    )


def _distinct_missing(problem: Problem, held: _Held, best: _Attempt) -> bool:
    distinct = problem.distinct
    if distinct is None or not problem.required:
        return False
    enough = 0
    for k in range(len(distinct.categories)):
        enough += sum((best.counted[i] for i, mask in enumerate(held.distinct) if mask >> k & 1), NONE) >= distinct.units_each
    return enough < distinct.at_least
