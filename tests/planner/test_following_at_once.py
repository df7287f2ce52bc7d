"""Two workers look at one route at the same moment: one of them tells the person."""

from __future__ import annotations

from functools import partial

import pytest

from notifications.models import MailMessage
from planner import services
from planner.models import Route, RouteEvent
from planner.planning import Planning
from planner.wishes import Wishes
from tests.factories.planner import everything_for, licence_of
from tests.fixtures.at_once import at_once
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
    seen = [Route.objects.select_related("user").get(pk=route.pk) for _worker in range(2)]

    at_once(*[partial(services.look_again, route=mine, number=mine.asked) for mine in seen])

    assert sorted(RouteEvent.objects.values_list("code", flat=True)) == ["closes_no_longer", "lost", "saved"]
    assert MailMessage.objects.filter(template="planner/mail/route_changed").count() == 1
