"""Saving a route, changing it by hand, dropping it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.audit import record_audit
from credits.models import Licence
from planner.errors import RouteRefused
from planner.models import Goal, Route, RouteEvent
from planner.planning import Planning
from planner.services.looking import ask_to_look
from planner.services.writing import write_found
from planner.wishes import Wishes

MOST_FOLLOWED = 20


def save_route(*, user: Any, wishes: Wishes, goal: str, keys: Sequence[str], name: str = "", replaces: Route | None = None) -> Route:
    """Keep a set of workshops and courses as a route, or put it in the place of what `replaces` has still before it.

    `keys` are those of a plan ("workshop:81", "course:5"). Saving the same steps once more returns the route that has them.
    Raises RouteRefused when one of them can not be taken any more, or too many routes are followed.
    """
    if goal not in Goal.values:
        raise RouteRefused(_("Choose what the route is to be best at: cheapest, least travel or soonest."), code="unknown_goal")
    planning = Planning(user, wishes)
    choices = {choice.key: choice for choice in planning.shelf.open}
    gone = [key for key in dict.fromkeys(keys) if key not in choices]
    if gone:
        raise RouteRefused(_("One of these steps can no longer be taken. Look at the plan again; it shows what is possible now."), code="step_gone")
    found = planning.measure([choices[key] for key in dict.fromkeys(keys)], goal)
    if not found.steps and not any(not step.is_useless for step in found.booked):
        raise RouteRefused(_("There is nothing to keep: no step counts for these licences."), code="nothing_to_keep")
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)  # one route of a person is saved at a time
        licences = [deficit.licence for deficit in planning.deficits if deficit.is_open]
        if replaces is None and (same := _same(user, goal, found.keys, licences)):
            return same
        if replaces is None and Route.objects.filter(user=user).followed().count() >= MOST_FOLLOWED:
            raise RouteRefused(_("You follow %(count)s routes already. Drop one of them first.") % {"count": MOST_FOLLOWED}, code="too_many_routes")
        route = _row(user, wishes, goal, name, replaces, licences)
        write_found(route=route, planning=planning, found=found)
        RouteEvent.objects.create(route=route, code=RouteEvent.Code.REPLACED if replaces else RouteEvent.Code.SAVED, at=clock.now())
        record_audit(actor=user, action="planner.save_route", record=route, goal=goal, steps=list(found.keys))
    return route


def _same(user: Any, goal: str, keys: Sequence[str], licences: Sequence[Licence]) -> Route | None:
    """The followed route that has these steps for these licences already."""
    for route in Route.objects.filter(user=user, goal=goal).followed().prefetch_related("steps", "licences"):
        planned = {step.key for step in route.steps.all() if step.state == step.State.PLANNED}
        if planned == set(keys) and {licence.pk for licence in route.licences.all()} == {licence.pk for licence in licences}:
            return route
    return None


def _row(user: Any, wishes: Wishes, goal: str, name: str, replaces: Route | None, licences: Sequence[Licence]) -> Route:
    origin = wishes.origin
    values: dict[str, Any] = {
        "goal": goal,
        "place_label": origin.label if origin else "",
        # A hundredth of a degree is about a kilometre: near enough for travel, and nobody's front door.
        "lat": round(origin.lat, 2) if origin else None,
        "lng": round(origin.lng, 2) if origin else None,
        "margin_days": wishes.margin_days,
        "hours_per_week": wishes.hours_per_week,
        "state": Route.State.FOLLOWED,
    }
    if replaces is None:
        route = Route.objects.create(user=user, name=_name(name, goal, licences), **values)
    else:
        route = Route.objects.select_for_update().get(pk=replaces.pk, user=user)
        for field, value in values.items():
            setattr(route, field, value)
        route.save(update_fields=[*values, "updated_at"])
        route.steps.filter(state__in=["planned", "lost"]).delete()
    route.licences.set(licences)
    return route


def _name(name: str, goal: str, licences: Sequence[Licence]) -> str:
    own = " ".join(name.split())[:100]
    boards = ", ".join(dict.fromkeys(licence.board.name for licence in licences))
    return own or f"{boards[:80]} · {Goal(goal).label}"


def rename_route(*, route: Route, name: str) -> Route:
    name = " ".join(name.split())
    if not name:
        raise RouteRefused(_("Give the route a name."), code="name_missing")
    route.name = name[:100]
    route.save(update_fields=["name", "updated_at"])
    return route


def set_mail(*, route: Route, wants_mail: bool) -> Route:
    """Whether the person is written to about this route."""
    route.wants_mail = wants_mail
    route.save(update_fields=["wants_mail", "updated_at"])
    return route


def drop_route(*, route: Route) -> Route:
    """Stop following a route; a second call changes nothing. Seats and courses stay as they are."""
    with transaction.atomic():
        route = Route.objects.select_for_update().get(pk=route.pk)
        if route.state != Route.State.DROPPED:
            route.state = Route.State.DROPPED
            route.save(update_fields=["state", "updated_at"])
            RouteEvent.objects.create(route=route, code=RouteEvent.Code.DROPPED, at=clock.now())
    return route


def follow_again(*, route: Route) -> Route:
    """Follow a dropped or reached route once more; it is looked at anew."""
    with transaction.atomic():
        route = Route.objects.select_for_update().get(pk=route.pk)
        if not route.is_followed:
            if Route.objects.filter(user=route.user_id).followed().count() >= MOST_FOLLOWED:
                raise RouteRefused(_("You follow %(count)s routes already. Drop one of them first.") % {"count": MOST_FOLLOWED}, code="too_many_routes")
            route.state = Route.State.FOLLOWED
            route.save(update_fields=["state", "updated_at"])
            ask_to_look(Route.objects.filter(pk=route.pk))
    return route
