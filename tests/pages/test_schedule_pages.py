"""The page of a workshop and the desk of its schedule at every width."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from accounts.models import Role
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import SeatFactory, VenueFactory, WorkshopFactory, next_daytime, workshop_with_blocks
from workshops.models import Series


@pytest.fixture
def planned(transactional_db):
    """A hybrid workshop of a series within a day, with people in it, and its other date."""
    series = Series.objects.create(title="Knees of autumn", note="The same day in three towns.")
    venue = VenueFactory(access_notes="Side door, ring twice. Step-free.", parking="Behind the house, free on Saturdays.")
    workshop = workshop_with_blocks(
        series=series,
        venue=venue,
        format="hybrid",
        remote_capacity=6,
        starts_at=next_daytime(),
        join_url="https://meet.example.org/knee",
        join_notes="Passcode 4711. Put your camera where we see your table.",
        instructor=user_with_role(Role.INSTRUCTOR),
        prerequisites="A licence in bodywork.",
        description="We work in pairs on real tissue.",
    )
    WorkshopFactory(series=series, venue=venue, title="The Knee, Hands On")
    return workshop


def test_the_page_of_a_workshop(look_at, planned):
    learner = SeatFactory(workshop=planned, place="remote", learner=UserFactory(time_zone="Europe/Berlin")).learner

    assert look_at([planned.get_absolute_url()]) == {}
    assert look_at([planned.get_absolute_url()], learner) == {}


def test_the_schedule_fits_a_phone(new_page, live_site, planned):
    page = new_page(width=390)
    page.goto(live_site + planned.get_absolute_url())
    columns = page.locator(".table-wrap:has(.schedule)")
    columns.wait_for()

    assert columns.evaluate("one => one.scrollWidth - one.clientWidth") == 0


def test_the_desk_of_the_schedule(look_at, planned):
    staff = user_with_role(Role.STAFF)
    names = ["workshop_edit", "workshop_duplicate", "workshop_repeat"]
    desk = [reverse(f"workshops_desk:{name}", args=[planned.pk]) for name in names]
    desk += [reverse(f"workshops_desk:{name}") for name in ("workshop_list", "workshop_create", "series_list", "series_create", "venue_list", "venue_create")]
    desk += [reverse("workshops_desk:series_detail", args=[planned.series_id]), reverse("workshops_desk:venue_edit", args=[planned.venue_id])]

    assert look_at(desk, staff) == {}


@pytest.mark.parametrize("width", [390, 1280])
def test_what_a_change_means_is_looked_at_and_saved_in_the_browser(new_page, sign_in, axe, live_site, planned, width):
    SeatFactory.create_batch(2, workshop=planned)
    page = new_page(width=width)
    sign_in(page, user_with_role(Role.STAFF), live_site)
    page.goto(live_site + reverse("workshops_desk:workshop_edit", args=[planned.pk]))
    page.get_by_label("Title").fill("The Knee, Slowly")
    ends = page.locator("[name=blocks-2-ends]")
    expect(ends).to_have_value(re.compile(r"^\d\d:00"))
    ends.fill(ends.input_value()[:2] + ":30")

    page.get_by_role("button", name="Save the workshop").click()

    page.get_by_role("heading", name="Nothing is saved yet: 2 people will be told").wait_for()
    assert axe(page) == []
    page.get_by_role("button", name="Save it and tell 2 people").first.click()
    page.get_by_text("The workshop is saved. 2 people are told.").wait_for()


def test_days_are_proposed_and_made_in_the_browser(new_page, sign_in, axe, live_site, planned):
    page = new_page(width=390)
    sign_in(page, user_with_role(Role.STAFF), live_site)
    page.goto(live_site + reverse("workshops_desk:workshop_repeat", args=[planned.pk]))
    page.get_by_role("button", name="Show me the days").click()
    page.get_by_role("heading", name="on these days?").wait_for()
    assert axe(page) == []

    page.get_by_role("button", name="Make the drafts").click()

    page.get_by_text("4 drafts are made.").wait_for()


def test_a_visitor_from_far_away_sees_their_own_clock(new_page, live_site, planned):
    page = new_page(timezone_id="Pacific/Auckland")
    page.goto(live_site + planned.get_absolute_url())
    expect(page.locator(".schedule__yours:visible")).to_have_count(3)

    at_home = new_page(timezone_id="America/Chicago")
    at_home.goto(live_site + planned.get_absolute_url())
    expect(at_home.locator(".schedule__yours")).to_have_count(3)
    expect(at_home.locator(".schedule__yours:visible")).to_have_count(0)
