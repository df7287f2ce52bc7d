"""What one evaluated cycle leaves to the next: carried units, a deferred shortfall, used credits, duties met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from credits.engine.facts import Credit, Segment


@dataclass(frozen=True)
class Lot:
    """Units of one segment that were carried out of a cycle. `last_cycle` is the number of the last one they may serve."""

    credit: Credit
    segment: int
    units: Fraction
    earned: int
    last_cycle: int
    satisfies_minima: bool
    new_first: bool

    @property
    def content(self) -> Segment:
        return self.credit.segments[self.segment]


@dataclass(frozen=True)
class State:
    """`used`: units spent per credit and segment. `spent`: credits of which no later cycle may take more. `credited`: credits that passed
    every check in a cycle, for the repeat policy. `met`: the number of the cycle in which a minimum was last met."""

    lots: tuple[Lot, ...] = ()
    shortfall: Fraction = Fraction(0)
    used: Mapping[tuple[str, int], Fraction] = field(default_factory=dict)
    spent: frozenset[str] = frozenset()
    credited: tuple[Credit, ...] = ()
    met: Mapping[str, int] = field(default_factory=dict)
