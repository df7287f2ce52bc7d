"""Two workers look at one route at the same moment: one of them tells the person."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from notifications.models import MailMessage
from planner import services
from planner.models import Route, RouteEvent
from planner.planning import Planning
from planner.wishes import Wishes
from tests.factories.planner import everything_for, licence_of
from workshops.models import Workshop

WISHES = Wishes(hours_per_week=10)


@pytest.mark.django_db(transaction=True)
def test_a_broken_route_is_told_of_once_however_many_look():
    licence = licence_of()
    everything_for(licence)
    found = Planning(licence.user, WISHES).plan().answers[0]
    route = services.save_route(user=licence.user, wishes=WISHES, goal="cheapest", keys=found.keys)
    Workshop.objects.filter(title="The Knee, Hands On").update(state="cancelled")
    services.ask_to_look(Route.objects.filter(pk=route.pk))
    number, barrier, failures = Route.objects.get().asked, threading.Barrier(2), []

    def look() -> None:
        try:
            mine = Route.objects.select_related("user").get(pk=route.pk)
            barrier.wait(timeout=20)
            services.look_again(route=mine, number=number)
        except Exception as failure:  # a thread's own would be lost
            failures.append(failure)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    assert sorted(RouteEvent.objects.values_list("code", flat=True)) == ["closes_no_longer", "lost", "saved"]
    assert MailMessage.objects.filter(template="planner/mail/route_changed").count() == 1
