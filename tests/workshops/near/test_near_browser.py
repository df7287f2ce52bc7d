"""The list and its map in a browser."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories.workshops import PinFactory, VenueFactory, WorkshopFactory
from tests.fixtures.browser import box_of
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


SEARCH = "/workshops/?place=Pensacola%2C+FL&radius=100"
PARTS = ("/vendor/leaflet", "/vendor/topojson", "atlas", "/outlines/", "moving-map", "near.geojson", "/tiles/")  # what a map that moves loads


def parts_of(asked: list[str]) -> list[str]:
    return [address for address in asked if any(part in address for part in PARTS)]


def move_the_map(page) -> None:
    page.get_by_role("button", name="Move the map").click()
    expect(page.get_by_role("region", name="Map of these workshops; the list says the same")).to_be_focused()
    expect(page.locator(".drawn-map")).to_have_count(0)


@pytest.mark.parametrize("width", [390, 1280])
def test_list_and_map_tell_of_the_same_workshops(live_site, new_page, workshops, axe, width):
    page = new_page(width=width)

    page.goto(live_site + SEARCH)

    expect(page.locator(".workshop-card")).to_have_count(3)
    expect(page.locator("path.drawn-map__land").first).to_be_attached()
    expect(page.get_by_role("link", name="1–2 in the list: Pensacola, FL")).to_be_visible()
    numbers = page.locator(".near-item__number > span[aria-hidden]")
    assert numbers.all_inner_texts() == ["1", "2", "3"]
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert axe(page) == []


@pytest.mark.parametrize("width", [390, 1280])
def test_without_script_the_map_is_there_and_offers_nothing_it_cannot_do(live_site, new_page, workshops, width):
    page = new_page(width=width, java_script_enabled=False)

    page.goto(live_site + SEARCH)

    expect(page.get_by_role("link", name="1–2 in the list: Pensacola, FL")).to_be_visible()
    expect(page.get_by_role("button", name="Move the map")).to_be_hidden()


def test_beside_the_list_on_a_desk_and_above_it_on_a_phone(live_site, new_page, workshops):
    places = {}
    for width in (390, 1280):
        page = new_page(width=width)
        page.goto(live_site + SEARCH)
        expect(page.locator(".drawn-map")).to_be_visible()
        places[width] = [box_of(page.locator(what)) for what in (".drawn-map", ".card-grid")]

    (phone_map, phone_list), (desk_map, desk_list) = places[390], places[1280]
    assert phone_map["y"] + phone_map["height"] <= phone_list["y"]
    assert desk_list["x"] + desk_list["width"] <= desk_map["x"]
    assert abs(desk_list["y"] - desk_map["y"]) < 10


def test_a_pin_and_its_entry_find_each_other_by_keyboard(live_site, new_page, workshops):
    page = new_page(width=1280)
    page.goto(live_site + SEARCH)
    pin = page.get_by_role("link", name="3: The Knee, Hands On, Mobile, AL")
    entry = page.locator("#workshop-3")

    pin.focus()
    expect(entry).to_have_class(re.compile("near-item--shown"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#workshop-3$"))
    expect(entry).to_be_focused()
    expect(entry).to_contain_text("Old Mill Rooms")
    expect(entry).to_be_in_viewport()

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Number 3, The Knee, Hands On: show on the map")).to_be_focused()
    expect(pin).to_have_class(re.compile("map-pin--shown"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#pin-3$"))
    expect(pin).to_be_in_viewport()


def test_the_map_can_be_skipped(live_site, new_page, workshops):
    page = new_page(width=390)
    page.goto(live_site + SEARCH)

    page.get_by_role("link", name="Skip the map").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.get_by_role("link", name="Number 1, The Knee, Hands On: show on the map")).to_be_focused()


AT = """element => {
    const box = element.getBoundingClientRect(), map = document.querySelector("[data-outline-map]").getBoundingClientRect();
    return [box.x + box.width / 2 - map.x, box.y + box.height / 2 - map.y].map(Math.round);
}"""


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("address", [SEARCH, "/workshops/"])
def test_a_map_that_moves_is_loaded_on_asking_and_begins_where_the_picture_was(live_site, new_page, workshops, axe, address, width):
    page = new_page(width=width)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(live_site + address)
    page.wait_for_load_state("networkidle")
    assert parts_of(asked) == [], "a map that nobody asked for"
    names = page.locator(".drawn-map circle + text").all_text_contents()
    pins = {pin.text_content(): pin.evaluate(AT) for pin in page.locator(".map-pin text").all()}
    size, foot = page.locator("[data-outline-map]").evaluate("box => [box.clientWidth, box.clientHeight]"), page.locator(".card-grid").evaluate(AT)

    move_the_map(page)

    assert {part for part in PARTS if not any(part in one for one in parts_of(asked))} == {"/tiles/"}
    points = {point.text_content(): point.evaluate(AT) for point in page.locator(".outline-map__pin").all()}
    alone = [text for text in pins if text.isdigit() and text in points]
    assert alone, (pins, points)
    assert [text for text in alone if max(abs(pins[text][n] - points[text][n]) for n in (0, 1)) > 3] == [], (pins, points)
    assert page.locator("[data-outline-map]").evaluate("box => [box.clientWidth, box.clientHeight]") == size
    if width == 390:  # beside the list it goes with the window
        assert page.locator(".card-grid").evaluate(AT) == foot
    assert page.locator(".outline-map__town").all_inner_texts() == names
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert axe(page) == []


def test_on_a_map_that_moves_list_and_points_still_find_each_other(live_site, new_page, workshops):
    page = new_page(width=1280)
    page.goto(live_site + SEARCH)
    move_the_map(page)
    cluster = page.locator(".outline-map__pin", has_text="1–2")
    expect(cluster).to_have_attribute("aria-label", "1–2: 2 workshops, show them one by one")

    page.get_by_role("link", name="Number 3, The Knee, Hands On: show on the map").click()

    expect(page.locator(".leaflet-popup-content a")).to_have_text("The Knee, Hands On")
    expect(page.locator("#workshop-3")).to_have_class(re.compile("near-item--shown"))
    page.get_by_role("link", name="Number 1, The Knee, Hands On: show on the map").click()
    expect(cluster).to_be_focused()


def test_a_point_is_reached_and_opened_by_keyboard(live_site, new_page, workshops):
    page = new_page(width=1280)
    page.goto(live_site + SEARCH)
    move_the_map(page)
    point = page.locator(".outline-map__pin", has_text="3")
    expect(point).to_be_visible()

    point.focus()
    page.keyboard.press("Enter")

    expect(page.locator(".leaflet-popup-content a")).to_be_visible()


def test_a_map_that_does_not_load_leaves_the_picture_and_may_be_asked_again(live_site, new_page, workshops):
    page = new_page(width=390)
    page.goto(live_site + SEARCH)
    page.route("**/leaflet.js", lambda route: route.abort())

    page.get_by_role("button", name="Move the map").click()

    expect(page.locator("[data-map-status]")).to_have_text("The map could not be loaded. The page says the same in words.")
    expect(page.locator(".drawn-map")).to_be_visible()
    page.unroute("**/leaflet.js")
    move_the_map(page)
    expect(page.locator("[data-map-status]")).to_be_empty()


def test_streets_come_only_when_somebody_asks_for_them(live_site, new_page, workshops, settings):
    settings.MAP_TILES, settings.MAP_TILES_CREDIT = f"{live_site}/tiles/{{z}}/{{x}}/{{y}}.svg", "© Tiles"
    page = new_page(width=1280)
    square = '<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"/>'
    page.route("**/tiles/**", lambda route: route.fulfill(body=square, content_type="image/svg+xml"))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(live_site + SEARCH)
    page.wait_for_load_state("networkidle")
    assert parts_of(asked) == []

    with page.expect_request("**/tiles/**"):
        move_the_map(page)

    expect(page.locator(".leaflet-control-attribution")).to_contain_text("© Tiles")


def test_finer_coasts_come_when_somebody_looks_closer(live_site, new_page, workshops):
    """A map of continents is six times lighter without them."""
    page = new_page(width=1280)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_site}/workshops/")
    move_the_map(page)
    coarse = page.locator("path.outline-map__land").count()
    assert [address for address in asked if "countries-" in address and "110m" not in address] == []

    with page.expect_response(lambda answer: "countries-50m" in answer.url):
        page.get_by_role("region", name="Map of these workshops; the list says the same").press("Shift++")  # three zooms

    expect(page.locator("path.outline-map__land")).not_to_have_count(coarse)


def test_across_the_date_line_no_edge_runs_around_the_earth(live_site, new_page, transactional_db):
    for city, lat, lng in (("Suva", -18.14, 178.44), ("Taveuni", -16.85, -179.97)):
        WorkshopFactory(venue=VenueFactory(city=city, region="", country="FJ", lat=lat, lng=lng))
    page = new_page(width=1280)
    page.goto(f"{live_site}/workshops/")
    expect(page.locator(".map-pin")).to_have_count(2)

    move_the_map(page)

    expect(page.locator(".outline-map__pin")).to_have_count(2)
    box = box_of(page.locator("[data-outline-map]"))
    widths = page.locator("path.outline-map__land").evaluate_all("paths => paths.map(path => path.getBoundingClientRect().width)")
    assert 0 < max(widths) < box["width"]


def test_the_map_of_a_pin_moves_when_somebody_asks(live_site, new_page, transactional_db, axe):
    pin = PinFactory(user=None, email="rosa@example.org")
    page = new_page(width=390)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{live_site}{reverse('workshops:pin_detail', args=[link_token(pin)])}")
    page.wait_for_load_state("networkidle")
    expect(page.locator(".drawn-map__circle")).to_be_visible()
    assert (parts_of(asked), axe(page)) == ([], [])

    page.get_by_role("button", name="Move the map").click()

    expect(page.get_by_role("region", name="Your pin and how far you would travel, on a map")).to_be_focused()
    expect(page.locator(".outline-map__circle")).to_be_visible()
    expect(page.locator(".drawn-map")).to_have_count(0)
    assert axe(page) == []


def test_the_link_in_the_mail_confirms_a_pin(live_site, new_page, transactional_db):
    """Browsers say where a form comes from as the page's referrer policy lets them; the check against forged forms must take it."""
    pin = PinFactory(user=None, email="rosa@example.org", state="unconfirmed", confirmed_at=None)
    page = new_page(width=390)
    page.goto(f"{live_site}{reverse('workshops:pin_detail', args=[link_token(pin)])}")

    page.get_by_role("button", name="Yes, put it on the map").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text("Your pin")
    pin.refresh_from_db()
    assert pin.state == "active"
