"""What a set that closes the gaps costs at least: the lower bounds of the search. Pure, whole numbers only.

A gap is covered by units. Whatever is left out of a group of candidates, the others can close only a part of the gap
however many of them are taken; the rest has to come from the group itself. Groups have no member in common, so what each of
them has to add may be summed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

FEW = 10


@dataclass(frozen=True)
class Demand:
    """`amount` of weight has to be taken out of `places`, each of which weighs what `weights` says."""

    places: frozenset[int]
    weights: Sequence[int]
    amount: int


@dataclass(frozen=True)
class _Part:
    """All dates of one activity as one: the least cost and the most weight that any of them has. `last` is the last of their places."""

    activity: str
    cost: int
    weight: int
    last: int


class Bounds:
    """The least that sets add up to, by the name of a cost. `costs` has one list for each name, `activities` one word for each place."""

    def __init__(self, costs: Mapping[str, Sequence[int]], activities: Sequence[str]) -> None:
        self._costs = costs
        self._activities = activities
        self._parts: dict[tuple[str, int], list[_Part]] = {}
        self._covers: dict[tuple[tuple[_Part, ...], int], int] = {}
        self._kept: list[Demand] = []  # so that no other demand ever has the same id

    def spent(self, name: str, chosen: Collection[int]) -> int:
        return sum(self._costs[name][place] for place in chosen)

    def more(self, name: str, demands: Sequence[Demand], chosen: frozenset[int], start: int) -> int | None:
        """The least that places from `start` on add to `chosen` until every one of `demands` is met; None when they cannot.

        The demands are summed, so their places must not overlap.
        """
        taken = {self._activities[place] for place in chosen}
        total = 0
        for demand in demands:
            need = demand.amount - sum(demand.weights[place] for place in chosen & demand.places)
            if need > 0:
                least = self._fill(name, demand, need, taken, start)
                if least is None:
                    return None
                total += least
        return total

    def _fill(self, name: str, demand: Demand, need: int, taken: Collection[str], start: int) -> int | None:
        """Whole things where there are few, else parts of things; both cost no more than any set of them that fills `need`."""
        parts = tuple(part for part in self._ordered(name, demand) if part.last >= start and part.activity not in taken)
        if sum(part.weight for part in parts) < need:
            return None
        return self._whole(parts, need) if len(parts) <= FEW else _in_parts(parts, need)

    def _whole(self, parts: tuple[_Part, ...], need: int) -> int:
        """The least cost of parts, each taken whole or not at all, that weigh `need` together."""
        if (parts, need) not in self._covers:
            best = {need: 0}  # what is still to be filled, and the least it cost to come there
            for part in parts:
                for left, cost in list(best.items()):
                    after = max(0, left - part.weight)
                    if left and best.get(after, cost + part.cost + 1) > cost + part.cost:
                        best[after] = cost + part.cost
            self._covers[parts, need] = best[0]
        return self._covers[parts, need]

    def _ordered(self, name: str, demand: Demand) -> list[_Part]:
        key = name, id(demand)
        if key not in self._parts:
            self._kept.append(demand)
            found: dict[str, _Part] = {}
            for place in sorted(demand.places):
                if weight := demand.weights[place]:
                    activity, cost = self._activities[place], self._costs[name][place]
                    other = found.get(activity, _Part(activity, cost, weight, place))
                    found[activity] = _Part(activity, min(cost, other.cost), max(weight, other.weight), place)
            self._parts[key] = sorted(found.values(), key=lambda part: (part.cost / part.weight, part.last))
        return self._parts[key]


def _in_parts(parts: Sequence[_Part], need: int) -> int:
    """Those that cost least for their weight first; `parts` are in that order."""
    total = 0
    for part in parts:
        if part.weight >= need:
            return total - (-part.cost * need // part.weight)
        total, need = total + part.cost, need - part.weight
    return total
