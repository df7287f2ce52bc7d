"""The list and its map in a browser."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories.workshops import PinFactory, VenueFactory, WorkshopFactory
from workshops.asking.links import link_token
from workshops.models import Place

TOWNS = (
    ("Bayfront Studio", "Pensacola", "FL", 30.41, -87.22),
    ("Old Mill Rooms", "Mobile", "AL", 30.69, -88.04),
    ("Peachtree School", "Atlanta", "GA", 33.77, -84.38),
    ("Dockside", "Tampa", "FL", 27.95, -82.46),
    ("Kreuz Hall", "London", "", 51.51, -0.13),
)


@pytest.fixture
def workshops(transactional_db):
    Place.objects.create(kind="city", search_key="pensacola, fl", label="Pensacola, FL", lat=30.42, lng=-87.22, region="FL", weight=54000)
    found = []
    for name, city, region, lat, lng in TOWNS:
        venue = VenueFactory(name=name, city=city, region=region, lat=lat, lng=lng)
        found += WorkshopFactory.create_batch(2 if city == "Pensacola" else 1, venue=venue)
    return found


@pytest.mark.parametrize("width", [390, 1280])
def test_list_and_map_tell_of_the_same_workshops(live_site, new_page, workshops, axe, width):
    page = new_page(width=width)

    page.goto(f"{live_site}/workshops/?place=Pensacola%2C+FL&radius=500")

    expect(page.locator(".workshop-card")).to_have_count(5)
    expect(page.locator("[data-outline-map] path.outline-map__land").first).to_be_attached()
    cluster = page.locator(".outline-map__cluster").first
    expect(cluster).to_have_attribute("aria-label", re.compile(r"^\d workshops, show them one by one$"))
    expect(page.locator(".outline-map__point").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert axe(page) == []


def test_a_point_is_reached_and_opened_by_keyboard(live_site, new_page, workshops):
    page = new_page(width=1280)
    page.goto(f"{live_site}/workshops/?place=Pensacola%2C+FL&radius=500")
    point = page.locator(".outline-map__point").first
    expect(point).to_be_visible()

    point.focus()
    page.keyboard.press("Enter")

    expect(page.locator(".leaflet-popup-content a")).to_be_visible()


def test_finer_coasts_come_when_somebody_looks_closer(live_site, new_page, workshops):
    """The first picture is of the continent, and six times lighter without them."""
    page = new_page(width=1280)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{live_site}/workshops/")
    page.wait_for_load_state("networkidle")
    assert [address for address in asked if "/vendor/leaflet/leaflet.js" in address or "atlas" in address] == [], "a map that nobody asked for"
    page.get_by_role("button", name="Show the map").click()
    expect(page.locator("[data-outline-map] path.outline-map__land").first).to_be_attached()
    coarse = page.locator("[data-outline-map] path.outline-map__land").count()

    assert [address for address in asked if "countries-" in address and "110m" not in address] == []

    with page.expect_response(lambda answer: "countries-50m" in answer.url):
        for _step in range(4):
            page.get_by_role("button", name="Closer").click()
            page.wait_for_timeout(350)  # the zoom's own movement
    expect(page.locator("[data-outline-map] path.outline-map__land")).not_to_have_count(coarse)

    page.goto(f"{live_site}/workshops/")
    expect(page.locator("[data-outline-map] path.outline-map__land").first).to_be_attached()  # asked for once


def test_the_link_in_the_mail_confirms_a_pin(live_site, new_page, transactional_db):
    """Browsers say where a form comes from as the page's referrer policy lets them; the check against forged forms must take it."""
    pin = PinFactory(user=None, email="rosa@example.org", state="unconfirmed", confirmed_at=None)
    page = new_page(width=390)
    page.goto(f"{live_site}{reverse('workshops:pin_detail', args=[link_token(pin)])}")

    page.get_by_role("button", name="Yes, put it on the map").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Your pin")
    pin.refresh_from_db()
    assert pin.state == "active"
