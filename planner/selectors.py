"""Reads of routes that other pages show."""

from __future__ import annotations

from typing import Any

from planner.models import Route

SHOWN = 3


def followed_routes(user: Any) -> list[Route]:
    """The latest routes a person follows, at most three. One query."""
    return list(Route.objects.visible_to(user).followed()[:SHOWN])
