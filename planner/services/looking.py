"""Asking for another look at routes: each reason is counted, and one job answers all that came before it."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import F

from core.jobs import enqueue
from planner.models import Route, RouteQuerySet

CHUNK = 500


def note_news(routes: RouteQuerySet) -> int:
    """Something happened that followed routes of `routes` may have to follow; returns how many. Safe in anybody's transaction.

    It takes no lock: whoever has the news holds a seat's or a person's, and a look at a route holds the route's while it
    writes about them.
    """
    found = list(routes.followed().order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(found), CHUNK):
        enqueue("planner.hear_news", key=f"route-news:{uuid.uuid4()}", args={"routes": found[first : first + CHUNK]})
    return len(found)


def note_news_of_person(user_id: int) -> int:
    return note_news(Route.objects.filter(user_id=user_id))


def note_news_of_workshop(workshop_id: int) -> int:
    return note_news(Route.objects.filter(pk__in=Route.objects.filter(steps__workshop=workshop_id).values("pk")))


def note_news_of_course(course_id: int) -> int:
    return note_news(Route.objects.filter(pk__in=Route.objects.filter(steps__course=course_id).values("pk")))


def note_news_of_board(code: str) -> int:
    return note_news(Route.objects.filter(pk__in=Route.objects.filter(licences__board__code=code).values("pk")))


def ask_to_look(routes: RouteQuerySet) -> int:
    """Have each followed route of `routes` looked at again, once the caller's transaction is committed; returns how many."""
    with transaction.atomic():
        found = list(routes.followed().order_by("pk").select_for_update(of=("self",)).values_list("pk", flat=True))
        Route.objects.filter(pk__in=found).update(asked=F("asked") + 1)
        for pk, number in Route.objects.filter(pk__in=found).values_list("pk", "asked"):
            enqueue("planner.look_again", key=f"route-look:{pk}:{number}", args={"route": pk, "number": number})
    return len(found)


def ask_for_all(*, chunk: int = CHUNK) -> int:
    """Every followed route, a chunk in a transaction: prices, seats and days change without anybody's news."""
    last, count = 0, 0
    followed = Route.objects.followed().filter(user__is_active=True).order_by("pk")
    while pks := list(followed.filter(pk__gt=last).values_list("pk", flat=True)[:chunk]):
        count += ask_to_look(Route.objects.filter(pk__in=pks))
        last = pks[-1]
    return count
