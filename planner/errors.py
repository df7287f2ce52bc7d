"""What the planner may refuse."""

from core.errors import DomainError


class RouteRefused(DomainError):
    code = "route_refused"
