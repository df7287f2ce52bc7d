"""The planner's pages in a real browser: axe finds nothing, nothing scrolls sideways, and a device's position is used."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from planner import services
from planner.models import Route
from planner.planning import Planning
from planner.wishes import Origin, Wishes
from tests.factories.accounts import LegalNameFactory, UserFactory
from tests.factories.courses import enrolled
from tests.factories.planner import approve, course_for, everything_for, licence_of, workshop_for
from tests.factories.workshops import SeatFactory, VenueFactory
from workshops.models import Workshop

WISHES = Wishes(origin=Origin("Pensacola, FL", 30.4213, -87.2169), hours_per_week=10)


@pytest.fixture
def learner(transactional_db):
    """Two licences, a seat, a course begun, and workshops near and far."""
    florida = licence_of(LegalNameFactory().user)
    tennessee = licence_of(florida.user, code="us_tn_massage", name="Tennessee Massage Licensure Board")
    things = everything_for(florida)
    for name in ("knee", "hip"):
        approve(things[name].activity, tennessee, units="6")
    workshop_for(
        florida,
        activity=things["knee"].activity,
        title="The Knee in Atlanta",
        days=20,
        venue=VenueFactory(name="Peachtree Hall", city="Atlanta", region="GA", lat=33.75, lng=-84.39),
    )
    SeatFactory(workshop=workshop_for(florida, title="The Jaw, Hands On", days=70, units="4"), learner=florida.user)
    enrolled(course_for(florida, title="Scar tissue at home", units="3", minutes=180), florida.user)
    return florida.user


@pytest.fixture
def route(learner):
    found = next(found for found in Planning(learner, WISHES).plan().answers if found.goal == "cheapest")
    return services.save_route(user=learner, wishes=WISHES, goal="cheapest", keys=found.keys)


def test_the_planner_s_pages_are_accessible_at_every_width(look_at, learner, route):
    Workshop.objects.filter(pk=route.steps.filter(workshop__isnull=False, state="planned").first().workshop_id).update(state="cancelled")
    look_again(route)
    plan = reverse("planner:plan")
    paths = [plan, f"{plan}?lat=30.42&lng=-87.22&place=Pensacola&hours=10", f"{plan}?place=Atlantis", route.get_absolute_url(), reverse("planner:route_list")]

    assert look_at(paths, learner) == {}
    assert look_at([plan, reverse("planner:route_list")], UserFactory()) == {}


def test_the_answers_stand_side_by_side_on_a_phone(live_site, new_page, sign_in, learner):
    page = new_page(width=390)
    sign_in(page, learner, live_site)
    page.goto(f"{live_site}{reverse('planner:plan')}?lat=30.42&lng=-87.22&place=Pensacola&hours=10")
    box = page.locator(".table-wrap:has(.plan-compare)")
    expect(page.get_by_role("rowheader", name="Still to pay")).to_be_visible()
    assert box.evaluate("box => document.fonts.ready.then(() => box.scrollWidth <= box.clientWidth)")


def look_again(route):
    services.ask_to_look(Route.objects.filter(pk=route.pk))
    route.refresh_from_db()
    services.look_again(route=route, number=route.asked)


def test_the_device_s_position_is_used_when_it_is_asked_for(page, live_site, sign_in, learner):
    sign_in(page, learner, live_site)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"latitude": 30.42139, "longitude": -87.21691})
    page.goto(live_site + reverse("planner:plan"))

    page.get_by_role("button", name="Use my position").click()

    expect(page).to_have_url(re.compile(r"lat=30\.42.*lng=-87\.22"))
    expect(page.get_by_role("heading", name="Least travel").first).to_be_visible()
