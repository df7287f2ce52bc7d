"""Where apps above lead from a licence that still misses something: credits sits below them and cannot link to their pages.

An app registers a link once, in `AppConfig.ready()`: its words and a function that gives the address for a licence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from credits.models import Licence


@dataclass(frozen=True)
class Link:
    title: Any
    url: str


_ways: dict[str, tuple[Any, Callable[[Licence], str]]] = {}


def register(name: str, title: Any, *, address: Callable[[Licence], str]) -> None:
    """Offer a way on; registering the same name again replaces it."""
    _ways[name] = (title, address)


def ways_for(licence: Licence) -> list[Link]:
    return [Link(title, address(licence)) for _, (title, address) in sorted(_ways.items())]
