"""The cycle with empty hands: the table of further units alone, made once per rule and amount required, that every allocation starts from."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from math import lcm

from credits.engine.further import Kind, Role, Rulings, best, bits
from credits.engine.simplex import Table


@dataclass(eq=False)
class Ground:
    """A feasible table without held units. Amounts in it are times `scale`."""

    table: Table
    scale: int
    total: int  # the variable "all further units"
    rest: int | None  # the variable "further units inside the total", where what is on top can be served beyond its amount
    excess: int | None  # further units above caps, where the rule contradicts itself; None where it does not
    kinds: tuple[tuple[Kind, int], ...]  # with their variables
    modes: dict[str, tuple[int, ...]]
    categories: dict[str, tuple[int, ...]]
    units: dict[tuple[str, int], list[int]]  # what one unit in a row of the model is in the table
    _columns: dict[tuple[Role, int, int], list[int]] = field(default_factory=dict)

    def column(self, role: Role, caps: int, distinct: int) -> list[int]:
        """What a held unit in this role is in the table."""
        key = (role, caps, distinct)
        found = self._columns.get(key)
        if found is None:
            rows = [("total", 0)] if role.inside else []
            rows += [("minimum", i) for i in bits(role.serves)]
            rows += [("cap", i) for i in bits(caps)] + [("distinct", i) for i in bits(distinct)]
            found = [0] * len(self.table.rows)
            for row in rows:
                if row in self.units:
                    found = [a + b for a, b in zip(found, self.units[row], strict=True)]
            self._columns[key] = found
        return found


@lru_cache(maxsize=4096)
def ground(rules: Rulings, required: Fraction | None, rooms: tuple[Fraction, ...], choice: int) -> Ground | None:
    """None: not even ideal units can do it. `rooms` is what the caps per cycle admit, in rule order; `choice` is
    the distinct categories asked for. Without `required` only minima inside the total are asked for, and no total."""
    return _Builder(rules, required, rooms, choice, elastic=False).build() or _Builder(rules, required, rooms, choice, elastic=True).build()


class _Builder:
    def __init__(self, rules: Rulings, required: Fraction | None, rooms: tuple[Fraction, ...], choice: int, *, elastic: bool) -> None:
        self.rules, self.required, self.rooms, self.choice, self.elastic = rules, required, rooms, choice, elastic
        amounts = [minimum.units for minimum in rules.minima] + list(rooms)
        amounts += [required] if required is not None else []
        amounts += [rules.distinct.units_each] if rules.distinct and choice else []
        self.scale = lcm(*(amount.denominator for amount in amounts))
        self.table = Table()
        self.model: list[tuple[tuple[str, int], dict[int, int], int, bool]] = []  # name, coefficients, amount, whether a slack is in it

    def scaled(self, amount: Fraction) -> int:
        return amount.numerator * (self.scale // amount.denominator)

    def build(self) -> Ground | None:
        self._kinds()
        self._model()
        table = self.table
        width = len(table.value)
        total = table.variable(None, None, 0)
        open_ = table.variable(None, None, 0)  # what is not yet filled
        table.columns = list(range(width))
        owners: dict[tuple[str, int], int] = {}
        unfilled = [0] * width
        for name, coefficients, amount, slack in self.model:
            owners[name] = table.variable(0, None, amount)
            row = [coefficients.get(j, 0) for j in range(width)]
            table.row(owners[name], row)
            if not slack:
                unfilled = [a + b for a, b in zip(unfilled, row, strict=True)]
                table.value[open_] += amount
        table.row(open_, list(unfilled))
        table.row(total, [-1 if j < len(self.kinds) else 0 for j in range(width)])
        rest = None
        if self.rules.parents & self.rules.additional:
            rest = table.variable(None, None, 0)
            table.row(rest, [-1 if j < len(self.kinds) and self.kinds[j].role.inside else 0 for j in range(width)])
        excess = None
        if self.elastic:
            excess = table.variable(None, None, 0)
            table.row(excess, [-1 if j in self.over else 0 for j in range(width)])
        if not table.push(open_, -1, 0, keep=False):
            return None
        table.low[open_] = table.high[open_] = 0
        for name, _, _, slack in self.model:
            if not slack:
                table.low[owners[name]] = table.high[owners[name]] = 0
        if excess is not None:
            table.push(excess, -1, 0, keep=False)
        table.push(total, -1, None, keep=False)
        units = {name: self._unit(owners[name]) for name, _, _, slack in self.model if slack}
        both = self._unit(open_)  # what is unfilled counts in the row of `open_` as well; a held unit fills both
        for name, _, _, slack in self.model:
            if not slack:
                units[name] = [a + b for a, b in zip(self._unit(owners[name]), both, strict=True)]
        table.drop(j for j, variable in enumerate(table.columns) if table.high[variable] == 0)
        modes = {mode: self._places(kinds) for mode, kinds in self.by_mode.items()}
        categories = {category: self._places(kinds) for category, kinds in self.by_category.items()}
        kinds = tuple((kind, j) for j, kind in enumerate(self.kinds))
        return Ground(table, self.scale, total, rest, excess, kinds, modes, categories, units)

    def _places(self, kinds: tuple[Kind, ...]) -> tuple[int, ...]:
        """Where units of these kinds stand, and where they do above a cap."""
        return tuple(j for j, kind in enumerate(self.kinds) if (kind in kinds and j not in self.over) or self.over.get(j) in kinds)

    def _unit(self, owner: int) -> list[int]:
        table = self.table
        if owner in table.basic:
            at = table.basic.index(owner)
            return [table.factors[at] if i == at else 0 for i in range(len(table.rows))]
        j = table.columns.index(owner)
        return [row[j] for row in table.rows]

    def _kinds(self) -> None:
        rules = self.rules

        def asked(kinds: tuple[Kind, ...]) -> tuple[Kind, ...]:
            return best(Kind(kind.role, kind.caps, kind.distinct & self.choice) for kind in kinds if self.required is not None or kind.role.inside)

        self.by_mode = {mode: asked(kinds) for mode, kinds in rules.kinds_by_mode.items()}
        self.by_category = {category: asked(kinds) for category, kinds in rules.kinds_by_category.items()}
        self.kinds = list(dict.fromkeys(kind for kinds in (*self.by_mode.values(), *self.by_category.values()) for kind in kinds))
        for i in range(len(rules.minima)):
            # A minimum that no unit can match is filled by a unit of no kind, so that the answer is still a number.
            if not any(kind.role.serves >> i & 1 for kind in self.kinds):
                self.kinds.append(Kind(Role(not rules.additional >> i & 1, rules.ancestors[i] | 1 << i), 0, 0))
        self.over: dict[int, Kind] = {}
        if self.elastic:
            # Only further units go above a cap, as a kind the cap does not know; what is held never does.
            for kind in [kind for kind in self.kinds if kind.caps]:
                self.over[len(self.kinds)] = kind
                self.kinds.append(Kind(kind.role, 0, kind.distinct))
        for _ in self.kinds:
            self.table.variable(0, None, 0)

    def _model(self) -> None:
        rules, table = self.rules, self.table

        def holding(test: int, part: str) -> dict[int, int]:
            of = {"minimum": lambda kind: kind.role.serves, "cap": lambda kind: kind.caps, "distinct": lambda kind: kind.distinct}[part]
            return {j: 1 for j, kind in enumerate(self.kinds) if of(kind) & test}

        if self.required is not None:
            self.model.append((("total", 0), {j: 1 for j, kind in enumerate(self.kinds) if kind.role.inside}, self.scaled(self.required), False))
        for i, minimum in enumerate(rules.minima):
            on_top = bool(rules.additional >> i & 1)
            if (on_top and self.required is None) or not (on_top or minimum.units):
                continue
            row = holding(1 << i, "minimum")
            if not on_top or rules.parents >> i & 1:
                row[table.variable(0, None, 0)] = -1
            self.model.append((("minimum", i), row, self.scaled(minimum.units), False))
        if rules.distinct:
            for i in bits(self.choice):
                row = holding(1 << i, "distinct")
                row[table.variable(0, None, 0)] = -1
                self.model.append((("distinct", i), row, self.scaled(rules.distinct.units_each), False))
        for place, room in enumerate(self.rooms):
            row = holding(1 << place, "cap")
            self.model.append((("cap", place), row, self.scaled(room), True))
