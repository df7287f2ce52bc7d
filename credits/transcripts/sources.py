"""What a person is in the middle of. The apps above the ledger say it: each registers its own when it starts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from credits.prospects.offers import Offer


@dataclass(frozen=True)
class InProgress:
    """Something begun or booked. `offer` is what completing it would give; None when no board was ever asked about it."""

    title: str
    word: Promise | str  # how far it is, such as "In progress"
    address: str
    offer: Offer | None = None


_sources: dict[str, Callable[[Any], list[InProgress]]] = {}


def register_source(name: str, function: Callable[[Any], list[InProgress]]) -> None:
    """`function(user)` gives what the person is in the middle of, in a constant number of queries. The same name again replaces it."""
    _sources[name] = function


def in_progress_of(user: Any) -> list[InProgress]:
    return [found for name in sorted(_sources) for found in _sources[name](user)]
