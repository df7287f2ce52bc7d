"""An exact simplex over bounded variables that pushes one variable after another to its best and keeps its basis.

Everything the allocation asks in turn is "the most (or least) of this one variable, with what was found so far kept", so there
are no cost rows: the row of a basic variable is its reduced costs. A column that would worsen what was found leaves for
good, so the table shrinks from one question to the next. Rows hold integers, each with a factor of its own; values are
fractions only where they do not come out whole. Bland's rule makes it end.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import gcd

Number = int | Fraction


class Unbounded(Exception):
    """The variable asked about has no best value: the model is wrong."""


class Table:
    """Rows `factor * basic + sum(coefficient * column) = constant`; columns rest on one of their bounds.

    A bound of None is none. `value` is kept for every variable, basic or not.
    """

    def __init__(self) -> None:
        self.value: list[Number] = []
        self.low: list[Number | None] = []
        self.high: list[Number | None] = []
        self.basic: list[int] = []
        self.factors: list[int] = []
        self.rows: list[list[int]] = []
        self.columns: list[int] = []

    def variable(self, low: Number | None, high: Number | None, value: Number) -> int:
        self.value.append(value)
        self.low.append(low)
        self.high.append(high)
        return len(self.value) - 1

    def row(self, basic: int, coefficients: list[int]) -> None:
        self.basic.append(basic)
        self.factors.append(1)
        self.rows.append(coefficients)

    def push(self, variable: int, sign: int, target: Number | None, *, any_gain: bool = False, keep: bool = True) -> bool:
        """Move `variable` up (sign 1) or down (-1) until it stands at `target` or beyond.

        False says that it cannot: it is at its best, and what would worsen it is gone (`_keep`), unless `keep` is False.
        With `any_gain` the first step that moves it is enough.
        """
        value, low, high, basic, columns, rows = self.value, self.low, self.high, self.basic, self.columns, self.rows
        began = value[variable]
        while True:
            now = value[variable]
            if target is not None and (now - target) * sign >= 0:
                return True
            if any_gain and now != began:
                return True
            row = None
            if variable in basic:
                at = basic.index(variable)
                row = rows[at]
                enter, direction, chosen = -1, 0, -1
                for j, t in enumerate(row):
                    if not t:
                        continue
                    other = columns[j]
                    if chosen >= 0 and other > chosen:
                        continue
                    way = -sign if t > 0 else sign  # how `other` must move for `variable` to move by sign
                    bound = high[other] if way > 0 else low[other]
                    if bound is None or bound != value[other]:
                        enter, direction, chosen = j, way, other
                if enter < 0:
                    if keep:
                        self._keep(at)
                    return False
            else:
                at = -1
                bound = high[variable] if sign > 0 else low[variable]
                if variable not in columns:
                    return False
                enter = columns.index(variable)
                if bound is not None and bound == now:
                    if keep:
                        self.drop((enter,))
                    return False
                direction = sign
            self._step(enter, direction, at, target)

    def _step(self, enter: int, direction: int, aim: int, target: Number | None) -> None:
        """Move the column `enter` as far as every bound allows, and row `aim` no further than `target`; pivot if a row stopped it."""
        value, low, high, basic, columns, factors = self.value, self.low, self.high, self.basic, self.columns, self.factors
        moved = columns[enter]
        own = high[moved] if direction > 0 else low[moved]
        step: Number | None = None if own is None else _distance(own, value[moved])
        if aim < 0 and target is not None:
            left = _distance(target, value[moved])
            if step is None or left < step:
                step = left
        leave, leaving = -1, -1
        moving = []
        for i, row in enumerate(self.rows):
            t = row[enter]
            if not t:
                continue
            rate = -t * direction  # for `factor` of the row
            moving.append((i, rate))
            variable = basic[i]
            bound = high[variable] if rate > 0 else low[variable]
            if i == aim:
                if target is not None:
                    bound = target
            elif bound is None:
                continue
            if bound is None:
                continue
            reach = _distance(bound, value[variable])
            if rate not in (1, -1) or factors[i] != 1:
                reach = quotient(reach * factors[i], abs(rate))
            # Ties: a bound flip before a pivot, then the row aimed at, then the lowest variable.
            if step is None or reach < step or (reach == step and leave >= 0 and (i == aim or (leave != aim and variable < leaving))):
                step, leave, leaving = reach, i, variable
        if step is None:
            raise Unbounded
        if step:
            for i, rate in moving:
                value[basic[i]] += rate * step if factors[i] == 1 else quotient(rate * step, factors[i])
            value[moved] += direction * step
            if not isinstance(step, int):
                for variable in (moved, *(basic[i] for i, _ in moving)):
                    value[variable] = quotient(value[variable], 1)
        if leave >= 0:
            self.pivot(leave, enter)

    def pivot(self, at: int, enter: int) -> None:
        """Exchange the basic variable of row `at` with the column `enter`; values stay."""
        rows = self.rows
        row = rows[at]
        p = row[enter]
        row[enter] = self.factors[at]
        if p < 0:
            row = rows[at] = [-t for t in row]
            p = -p
        self.factors[at] = p
        for i, other in enumerate(rows):
            f = other[enter]
            if f and i != at:
                other[enter] = 0
                if p != 1:
                    rows[i], self.factors[i] = _lowest([a * p - f * b for a, b in zip(other, row, strict=True)], self.factors[i] * p)
                elif f == 1:
                    rows[i] = [a - b for a, b in zip(other, row, strict=True)]
                elif f == -1:
                    rows[i] = [a + b for a, b in zip(other, row, strict=True)]
                else:
                    rows[i] = [a - f * b for a, b in zip(other, row, strict=True)]
        self.basic[at], self.columns[enter] = self.columns[enter], self.basic[at]

    def _keep(self, at: int) -> None:
        """The basic variable of row `at` is at its best: every column in its row stays where it is, and the row says no more."""
        self.drop(tuple(j for j, t in enumerate(self.rows[at]) if t))
        del self.rows[at], self.basic[at], self.factors[at]

    def drop(self, gone: Iterable[int]) -> None:
        """Columns that keep their value for good."""
        away = set(gone)
        if away:
            kept = [j for j in range(len(self.columns)) if j not in away]
            self.columns[:] = [self.columns[j] for j in kept]
            self.rows[:] = [[row[j] for j in kept] for row in self.rows]

    def copy(self) -> Table:
        other = Table()
        other.value, other.low, other.high = self.value[:], self.low[:], self.high[:]
        other.basic, other.columns = self.basic[:], self.columns[:]
        other.rows, other.factors = [row[:] for row in self.rows], self.factors[:]
        return other


def _distance(a: Number, b: Number) -> Number:
    return a - b if a > b else b - a


def quotient(a: Number, b: Number) -> Number:
    """a / b, an integer where it is one."""
    if isinstance(a, int) and isinstance(b, int) and not a % b:
        return a // b
    found = Fraction(a) / b
    return found.numerator if found.denominator == 1 else found


def _lowest(row: list[int], factor: int) -> tuple[list[int], int]:
    common = gcd(factor, *row)
    return (row, factor) if common == 1 else ([t // common for t in row], factor // common)
