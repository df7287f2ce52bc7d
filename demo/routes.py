"""Routes to a renewal that the demonstration's learner follows."""

from __future__ import annotations

from accounts.models import User
from planner.models import Route
from planner.planning import Planning
from planner.services import save_route
from planner.wishes import Origin, Wishes
from workshops.near.places import find_places

TOWN = "Pensacola, FL"
NAMES = {"cheapest": "Florida 2027, what costs least", "nearest": "Florida 2027, close to home"}


def make_routes(*, learner: User) -> None:
    """Safe to repeat: who has a route keeps it as it is."""
    if Route.objects.visible_to(learner).exists():
        return
    places = find_places(TOWN)
    origin = Origin(places[0].label, places[0].lat, places[0].lng) if places else None
    wishes = Wishes(origin=origin, hours_per_week=4)
    for found in Planning(learner, wishes).plan().answers:
        if found.goal in NAMES and found.steps:
            save_route(user=learner, wishes=wishes, goal=found.goal, keys=found.keys, name=NAMES[found.goal])
