"""The demonstration's routes."""

import pytest

from demo.routes import make_routes
from planner.models import Route
from tests.factories.planner import everything_for, licence_of
from workshops.models import Place

pytestmark = pytest.mark.django_db


def test_the_learner_follows_a_cheap_and_a_near_route_once():
    licence = licence_of()
    everything_for(licence)
    Place.objects.create(kind="city", search_key="pensacola, fl", label="Pensacola, FL", lat=30.4213, lng=-87.2169)

    make_routes(learner=licence.user)
    make_routes(learner=licence.user)

    assert sorted(Route.objects.values_list("goal", "is_closing")) == [("cheapest", True), ("nearest", True)]


def test_a_learner_without_a_gap_has_none():
    licence = licence_of()

    make_routes(learner=licence.user)

    assert not Route.objects.exists()
