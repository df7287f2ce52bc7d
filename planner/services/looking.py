"""Asking for another look at routes: each reason is counted, and one job answers all that came before it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import F

from core.jobs import enqueue
from planner.models import Route, RouteQuerySet


def ask_to_look(routes: RouteQuerySet) -> int:
    """Have each followed route of `routes` looked at again, once the caller's transaction is committed; returns how many."""
    if not routes.followed().exists():
        return 0
    with transaction.atomic():
        found = list(routes.followed().order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
        Route.objects.filter(pk__in=found).update(asked=F("asked") + 1)
        for pk, number in Route.objects.filter(pk__in=found).values_list("pk", "asked"):
            enqueue("planner.look_again", key=f"route-look:{pk}:{number}", args={"route": pk, "number": number})
    return len(found)


def ask_for_person(user_id: int) -> int:
    return ask_to_look(Route.objects.filter(user_id=user_id))


def ask_for_step(**step: Any) -> int:
    """Routes with a step that still lies ahead, such as `workshop=81`."""
    return ask_to_look(Route.objects.filter(pk__in=Route.objects.filter(**{f"steps__{name}": value for name, value in step.items()}).values("pk")))


def ask_for_all(*, chunk: int = 500) -> int:
    """Every followed route, a chunk in a transaction: prices, seats and days change without anybody's news."""
    last, count = 0, 0
    while pks := list(Route.objects.followed().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:chunk]):
        count += ask_to_look(Route.objects.filter(pk__in=pks))
        last = pks[-1]
    return count
