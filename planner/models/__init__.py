"""Tables of the planner."""

from planner.models.routes import Goal, Route, RouteEvent, RouteQuerySet, RouteStep

__all__ = ["Goal", "Route", "RouteEvent", "RouteQuerySet", "RouteStep"]
