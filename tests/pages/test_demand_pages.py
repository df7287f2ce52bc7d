"""Pins, alerts and the demand in a real browser: axe finds nothing, nothing scrolls sideways, the map draws its towns."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from django.core.cache import cache
from django.urls import reverse

from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import PinFactory, VenueFactory, workshop_with_blocks
from workshops.alerts.services import set_alert
from workshops.asking.links import link_token
from workshops.demand.counting import count_demand
from workshops.models import FirstBooking, Place
from workshops.near.searches import NearSearch
from workshops.services import publish_workshop

WIDTHS = (1280, 390)
PICTURES = os.environ.get("PAGE_PICTURES", "")


@pytest.fixture
def look(new_page, axe, sign_in, live_site):
    """What is wrong with the page at `path`, at each width, for `user` (None: a stranger)."""
    cache.clear()  # how often a visitor came

    def check(user, path: str, name: str, waits_for: str = "") -> list[str]:
        found = []
        for width in WIDTHS:
            page = new_page(width=width, bypass_csp=True)
            if user:
                sign_in(page, user, live_site)
            page.goto(live_site + path)
            if waits_for:
                page.wait_for_selector(waits_for)
            if PICTURES:
                page.screenshot(path=Path(PICTURES) / f"demand_{name}-{width}.png", full_page=True)
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"{name} scrolls sideways at {width} px")
            if page.locator("h1").count() != 1:
                found.append(f"{name}: not one h1")
            found += [f"{name} at {width} px: {line}" for line in axe(page)]
        return found

    return check


def test_the_pages_of_a_bodyworker_are_whole(transactional_db, look):
    Place.objects.create(kind="city", search_key="mobile, al", label="Mobile, AL", lat=30.69, lng=-88.04)
    user = UserFactory()
    pin = PinFactory(user=user, months=[3, 4, 5], people=3, note="We are three at the clinic on Dauphin Street.")
    waiting = PinFactory(user=None, email="rosa@example.org", state="unconfirmed", confirmed_at=None, expires_on=None)
    alert = set_alert(search=NearSearch(place="Mobile, AL", radius=50, level="advanced"), pace="daily", user=user)

    wrong = look(None, reverse("workshops:pin_create"), "pin-create")
    wrong += look(user, reverse("workshops:pin_create"), "pin-own")
    wrong += look(None, reverse("workshops:pin_detail", args=[link_token(pin)]), "pin", ".drawn-map__circle")
    wrong += look(None, reverse("workshops:pin_detail", args=[link_token(waiting)]), "pin-confirm")
    wrong += look(None, reverse("workshops:pin_withdraw", args=[link_token(pin)]), "pin-withdraw")
    wrong += look(None, f"{reverse('workshops:alert_create')}?place=Mobile%2C+AL&radius=50", "alert-create")
    wrong += look(None, reverse("workshops:alert_detail", args=[link_token(alert)]), "alert")
    wrong += look(user, reverse("workshops:alert_list"), "alert-list")
    wrong += look(user, reverse("portal:dashboard"), "dashboard")
    wrong += look(None, reverse("workshops:workshop_list"), "empty-list")

    assert wrong == []


def test_the_pages_of_staff_are_whole(transactional_db, look):
    staff = user_with_role("staff")
    workshop_with_blocks(venue=VenueFactory(city="Mobile", region="AL", lat=30.69, lng=-88.04), instructor=user_with_role("instructor"))
    for people in (3, 3, 2):
        PinFactory(people=people, months=[3, 5], note="Weekends only, please.")
    PinFactory(label="Denver, CO", lat=39.74, lng=-104.99, people=9)
    PinFactory(label="Leeds, England", lat=53.8, lng=-1.55)
    denver = next(call for call in count_demand() if call.workshop is None)
    draft = workshop_with_blocks(state="draft", title="The Shoulder")
    FirstBooking.objects.create(workshop=draft)
    PinFactory(label="Pensacola, FL", lat=30.42, lng=-87.22)

    wrong = look(staff, f"{reverse('workshops_desk:demand_map')}?price=349", "desk-map", ".outline-map__point--number")
    wrong += look(staff, f"{reverse('workshops_desk:call_detail', args=[denver.pk])}?price=349", "desk-call")
    wrong += look(staff, reverse("workshops_desk:first_booking", args=[draft.pk]), "desk-first-booking")
    publish_workshop(workshop=draft, by=staff)
    wrong += look(None, draft.get_absolute_url(), "first-booking-stranger")

    assert wrong == []
