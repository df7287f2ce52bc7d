"""What a unit may serve under one rule, and which kinds of further unit exist.

A further unit is ideal: any mode, any of the categories the rule names, any hands-on fraction, size and date. Only caps per
cycle bind it. Of all kinds, those are kept that are best for some mode or some category they have; the others would
never be earned in an optimum that asks about that mode or category.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import product

from credits.engine.matching import MODES, Match
from credits.engine.problem import Cap, Distinct, Minimum, Piece


@dataclass(frozen=True)
class Role:
    """What one counted unit does: it lies inside the total, or on top for one additional minimum, and serves these minima."""

    inside: bool
    serves: int  # bits of the minima


@dataclass(frozen=True)
class Kind:
    """A kind of further unit in one role. `caps` are bits of the caps per cycle, `distinct` of the distinct categories."""

    role: Role
    caps: int
    distinct: int


def bits(mask: int) -> Iterator[int]:
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


@dataclass(eq=False)
class Rulings:
    """The minima, caps and distinct categories of a rule, made ready once. Bits stand for them in rule order."""

    minima: tuple[Minimum, ...]
    caps: tuple[Cap, ...]
    distinct: Distinct | None
    ancestors: list[int] = field(init=False)  # without the minimum itself
    parents: int = field(init=False)  # those that another one is nested in
    additional: int = field(init=False)
    apart: list[int] = field(init=False)  # minima that a unit serving this one cannot serve
    cycle_caps: tuple[int, ...] = field(init=False)  # positions in `caps`
    _roles: dict[int, tuple[Role, ...]] = field(init=False, default_factory=dict)
    _seen: dict[object, tuple[int, int, int]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._nest()
        self._part()
        self.cycle_caps = tuple(i for i, cap in enumerate(self.caps) if cap.scope == "cycle")
        matches = [minimum.match for minimum in self.minima] + [cap.match for cap in self.caps]
        self.by_size = any(m.size_from is not None or m.size_below is not None for m in matches)
        self.by_day = any(m.dated_from is not None or m.dated_to is not None for m in matches)
        self.by_hand = any(m.hands_on_min is not None for m in matches)
        self.listed = self.distinct.categories if self.distinct else ()
        self.named = sorted({c for m in matches for c in (m.categories or frozenset()) | m.without} | set(self.listed))
        self.kinds_by_mode, self.kinds_by_category = self._kinds()

    def _nest(self) -> None:
        place = {minimum.code: i for i, minimum in enumerate(self.minima)}
        self.ancestors, self.parents, self.additional = [], 0, 0
        for i, minimum in enumerate(self.minima):
            above, at = 0, minimum
            while at.nested_in is not None and at.nested_in in place and not above >> place[at.nested_in] & 1:
                above |= 1 << place[at.nested_in]
                at = self.minima[place[at.nested_in]]
            self.ancestors.append(above)
            self.parents |= above
            if at.additional:  # what is nested lies where the outermost one lies
                self.additional |= 1 << i

    def _part(self) -> None:
        """A unit in one minimum of a group is in no other, nor in what is nested there; a group does not part nested from parent."""
        count = len(self.minima)
        lineage = [self.ancestors[i] | 1 << i for i in range(count)]
        direct = [0] * count
        for i, one in enumerate(self.minima):
            for j, other in enumerate(self.minima):
                if i != j and one.group is not None and one.group == other.group and not (lineage[i] >> j & 1 or lineage[j] >> i & 1):
                    direct[i] |= 1 << j
        self.apart = [0] * count
        for i in range(count):
            for j in range(count):
                if i != j and any(direct[a] & lineage[j] for a in bits(lineage[i])):
                    self.apart[i] |= 1 << j

    def matched(self, piece: Piece) -> tuple[int, int, int]:
        """The minima, caps and distinct categories that a unit of this piece matches."""
        about = (piece.hands_on if self.by_hand else None, piece.size if self.by_size else None, piece.day if self.by_day else None)
        key = (piece.mode, piece.categories, piece.kind, piece.may_serve, about)
        found = self._seen.get(key)
        if found is None:
            if len(self._seen) > 20_000:
                self._seen.clear()
            found = self._seen[key] = self._matched(piece)
        return found

    def _matched(self, piece: Piece) -> tuple[int, int, int]:
        def holds(match: Match) -> bool:
            return match.holds(categories=piece.categories, mode=piece.mode, hands_on=piece.hands_on, size=piece.size, day=piece.day)

        minima = caps = 0
        if piece.may_serve:
            minima = self._with_parents(sum(1 << i for i, minimum in enumerate(self.minima) if holds(minimum.match)))
        if piece.kind != "carried":
            caps = sum(1 << i for i, cap in enumerate(self.caps) if (piece.kind == "credit" or cap.scope == "cycle") and holds(cap.match))
        return minima, caps, sum(1 << i for i, category in enumerate(self.listed) if category in piece.categories)

    def _with_parents(self, minima: int) -> int:
        return sum(1 << i for i in bits(minima) if not self.ancestors[i] & ~minima)

    def roles(self, minima: int) -> tuple[Role, ...]:
        """Everything a unit that matches these minima can do; inside the total only the fullest sets, since what is full may be left unserved."""
        found = self._roles.get(minima)
        if found is None:
            inside = [Role(True, chosen) for chosen in self._fullest(minima & ~self.additional)]
            found = self._roles[minima] = (*inside, *(Role(False, self.ancestors[i] | 1 << i) for i in bits(minima & self.additional)))
        return found

    def _fullest(self, minima: int) -> list[int]:
        at_odds = next((i for i in bits(minima) if self.apart[i] & minima), None)
        if at_odds is None:
            return [minima]
        with_it = self._fullest(minima & ~self.apart[at_odds])
        without = self._fullest(self._with_parents(minima & ~(1 << at_odds)))
        sets = list(dict.fromkeys([*with_it, *without]))
        return [one for one in sets if not any(one != other and one & ~other == 0 for other in sets)]

    # Further units

    def _kinds(self) -> tuple[dict[str, tuple[Kind, ...]], dict[str, tuple[Kind, ...]]]:
        """For each mode, and for each named category, the kinds of further unit that have it."""
        by_mode: dict[str, set[tuple[int, int, int]]] = {mode: set() for mode in MODES}
        by_category: dict[str, set[tuple[int, int, int]]] = {category: set() for category in self.named}
        for mode, categories, matched in self._ideal():
            by_mode[mode].add(matched)
            for category in categories:
                by_category[category].add(matched)
        return (
            {mode: self._in_roles(found) for mode, found in by_mode.items()},
            {category: self._in_roles(found) for category, found in by_category.items()},
        )

    def _in_roles(self, matched: Iterable[tuple[int, int, int]]) -> tuple[Kind, ...]:
        return best(Kind(role, caps, distinct) for minima, caps, distinct in sorted(matched) for role in self.roles(minima))

    def _ideal(self) -> Iterator[tuple[str, frozenset[str], tuple[int, int, int]]]:
        """Every sort of ideal unit worth a thought: its mode, the categories it has, and what it matches."""
        matches = [minimum.match for minimum in self.minima] + [self.caps[i].match for i in self.cycle_caps]
        first_cap = len(self.minima)
        cells = self._cells(matches)
        wanted = {c for m in matches[:first_cap] for c in m.categories or ()} | {c for m in matches[first_cap:] for c in m.without} | set(self.listed)
        shunned = {c for m in matches[:first_cap] for c in m.without} | {c for m in matches[first_cap:] for c in m.categories or ()}
        always = frozenset(wanted - shunned)
        either = self._one_of_each(sorted(wanted & shunned), matches)
        for chosen in product((False, True), repeat=len(either)):
            base = always.union(*(group for group, taken in zip(either, chosen, strict=True) if taken))
            for extra in (None, *(c for c in self.named if c not in base)):
                categories = base if extra is None else base | {extra}
                fits = [(m.categories is None or not m.categories.isdisjoint(categories)) and m.without.isdisjoint(categories) for m in matches]
                allowed = sum(1 << i for i, fit in enumerate(fits) if fit)
                distinct = sum(1 << i for i, category in enumerate(self.listed) if category in categories)
                for mode, cell in cells:
                    both = cell & allowed
                    minima = self._with_parents(both & ((1 << first_cap) - 1))
                    yield mode, categories, (minima, both >> first_cap, distinct)

    def _one_of_each(self, categories: list[str], matches: list[Match]) -> list[frozenset[str]]:
        """Categories that every match treats alike go together."""
        alike: dict[tuple[tuple[bool, bool], ...], set[str]] = {}
        for category in categories:
            sort = tuple((m.categories is not None and category in m.categories, category in m.without) for m in matches)
            alike.setdefault((*sort, (category in self.listed, False)), set()).add(category)
        return [frozenset(group) for group in alike.values()]

    @staticmethod
    def _cells(matches: list[Match]) -> list[tuple[str, int]]:
        """Modes with each set of matches that hands-on fraction, size and date can satisfy together."""
        hands = {Fraction(0), Fraction(1)} | {m.hands_on_min for m in matches if m.hands_on_min is not None}
        sizes = {Fraction(0)} | {edge for m in matches for edge in (m.size_from, m.size_below) if edge is not None}
        days: set[date] = {date.min}
        for m in matches:
            days |= {m.dated_from} if m.dated_from else set()
            days |= {m.dated_to, m.dated_to + timedelta(days=1)} if m.dated_to and m.dated_to < date.max else set()
        bare = [replace(m, categories=None, without=frozenset()) for m in matches]
        found: dict[tuple[str, int], None] = {}
        for mode, hand, size, day in product(MODES, sorted(hands), sorted(sizes), sorted(days)):
            held = (m.holds(categories=frozenset(), mode=mode, hands_on=hand, size=size, day=day) for m in bare)
            found[mode, sum(1 << i for i, fit in enumerate(held) if fit)] = None
        return list(found)


def best(kinds: Iterable[Kind]) -> tuple[Kind, ...]:
    """Those that no other one replaces: the same place, at least the same service, no more caps."""
    found = list(dict.fromkeys(kinds))

    def replaced(one: Kind, other: Kind) -> bool:
        if one is other or one.role.inside != other.role.inside or other.caps & ~one.caps or one.distinct & ~other.distinct:
            return False
        if one.role.inside:
            return one.role.serves & ~other.role.serves == 0
        return one.role.serves == other.role.serves

    return tuple(one for one in found if not any(replaced(one, other) for other in found))


@lru_cache(maxsize=2048)
def rulings(minima: tuple[Minimum, ...], caps: tuple[Cap, ...], distinct: Distinct | None) -> Rulings:
    return Rulings(minima, caps, distinct)
