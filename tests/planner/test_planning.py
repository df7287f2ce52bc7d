"""From a person's gaps to the sets that close them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from planner.planning import Planning
from planner.wishes import Origin, Wishes
from tests.factories.accounts import UserFactory
from tests.factories.courses import completed, enrolled
from tests.factories.planner import course_for, everything_for, licence_of, workshop_for
from tests.factories.workshops import SeatFactory, VenueFactory

pytestmark = pytest.mark.django_db

PENSACOLA = Origin("Pensacola, FL", 30.4213, -87.2169)


def plan_of(licence, **wishes):
    return Planning(licence.user, Wishes(**({"origin": PENSACOLA, "hours_per_week": 10} | wishes))).plan()


def answer(plan, goal="cheapest"):
    return next(found for found in plan.answers if found.goal == goal)


def titles(found):
    return [step.choice.title for step in found.steps]


def test_a_gap_is_closed_by_workshops_and_courses_together():
    licence = licence_of()
    everything_for(licence)

    plan = plan_of(licence)
    found = answer(plan)

    assert [row.goal for row in plan.answers] == ["cheapest", "nearest", "soonest"]
    assert (found.is_closing, found.is_proven, len(found.steps)) == (True, True, 7)
    assert found.cents == 15000 + 18000 + 3 * 2900 + 1900 + 4900
    assert found.after[0].needed == 0
