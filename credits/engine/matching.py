"""`match`: which units a minimum, a cap, an exclusion or a carry-over is about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from credits.engine.dates import civil
from credits.engine.quantities import quantity

MODES = ("in_person_hands_on", "in_person_lecture", "live_remote", "self_paced")


@dataclass(frozen=True)
class Match:
    """All given parts hold; a part that is None asks nothing. An empty set of categories or modes matches nothing."""

    categories: frozenset[str] | None = None
    without: frozenset[str] = frozenset()
    modes: frozenset[str] | None = None
    hands_on_min: Fraction | None = None
    size_from: Fraction | None = None
    size_below: Fraction | None = None
    dated_from: date | None = None
    dated_to: date | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Match:
        size, dated = data.get("size", {}), data.get("dated", {})
        return cls(
            categories=frozenset(data["categories"]) if "categories" in data else None,
            without=frozenset(data.get("without", ())),
            modes=frozenset(data["modes"]) if "modes" in data else None,
            hands_on_min=quantity(data["hands_on_fraction_min"]) if "hands_on_fraction_min" in data else None,
            size_from=quantity(size["from"]) if "from" in size else None,
            size_below=quantity(size["below"]) if "below" in size else None,
            dated_from=civil(dated["from"]) if "from" in dated else None,
            dated_to=civil(dated["to"]) if "to" in dated else None,
        )

    def holds(self, *, categories: frozenset[str], mode: str | None, hands_on: Fraction, size: Fraction, day: date | None) -> bool:
        """Whether a unit with these properties matches. `size` is that of the whole credit.

        What has no mode or no day (None) fails a part that asks for one.
        """
        return (
            (self.categories is None or not self.categories.isdisjoint(categories))
            and self.without.isdisjoint(categories)
            and (self.modes is None or mode in self.modes)
            and (self.hands_on_min is None or hands_on >= self.hands_on_min)
            and (self.size_from is None or size >= self.size_from)
            and (self.size_below is None or size < self.size_below)
            and (self.dated_from is None or (day is not None and day >= self.dated_from))
            and (self.dated_to is None or (day is not None and day <= self.dated_to))
        )
