"""Where a venue is, as a picture and in words."""

import gzip
import re
from xml.etree import ElementTree

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.factories.workshops import VenueFactory, WorkshopFactory
from workshops.models import Venue
from workshops.near import drawing, locator, outlines
from workshops.near.drawing import WIDE
from workshops.near.locator import HIGH, locator_of
from workshops.near.whereabouts import whereabouts

PENSACOLA, PASADENA, TRURO, BERLIN = (30.4127, -87.2150), (34.147, -118.144), (50.26, -5.05), (52.5, 13.4)


def at(position, country="US"):
    return Venue(lat=position[0], lng=position[1], country=country)


@pytest.fixture
def afresh():
    """What a process keeps is forgotten before and after."""
    for kept in (locator._drawn, drawing._land, outlines._shapes):
        kept.cache_clear()
    yield
    for kept in (locator._drawn, drawing._land, outlines._shapes):
        kept.cache_clear()


@pytest.mark.parametrize(
    ("position", "unit", "words"),
    [
        (PASADENA, "mi", "About 9 miles north-east of Los Angeles, CA"),
        (PENSACOLA, "mi", "In or near Pensacola, FL, about 53 miles east of Mobile, AL"),
        (PENSACOLA, "km", "In or near Pensacola, FL, about 85 km east of Mobile, AL"),
        (TRURO, "mi", "In or near Truro, England, about 41 miles west of Plymouth, England"),
        ((43.65, -79.38), "km", "In or near Toronto, ON, Canada"),
        ((30.20, -87.21), "mi", "About 15 miles south of Pensacola, FL"),
        ((30.43, -87.18), "mi", "In or near Pensacola, FL, about 54 miles east of Mobile, AL"),  # in East Pensacola Heights, which is a part of it
        ((30.69, -88.04), "mi", "In or near Mobile, AL"),
        ((35.087, -90.057), "mi", "In or near Memphis, TN"),  # in New South Memphis
        (BERLIN, "km", ""),
        ((0.0, -30.0), "mi", ""),
        ((90.0, 0.0), "mi", ""),
        ((-90.0, 180.0), "mi", ""),
    ],
)
def test_the_words_name_the_town_by_which_people_know_a_place(position, unit, words):
    assert whereabouts(*position, unit=unit) == words


@pytest.mark.parametrize(
    ("position", "country"), [(PENSACOLA, "US"), (PASADENA, "US"), (TRURO, "GB"), ((49.28, -123.12), "CA"), ((40.7, -73.95), "US"), ((21.31, -157.86), "US")]
)
def test_a_picture_has_land_and_towns_whose_names_do_not_meet(position, country):
    drawn = locator_of(at(position, country))

    boxes = []
    for label in (*drawn.drawing.towns, *drawn.drawing.regions):
        width = len(label.words) * 11
        left = label.text_x - {"start": 0, "middle": width / 2, "end": width}[label.anchor]
        boxes.append((label.words, left, label.text_y - 20, left + width, label.text_y + 4))
    assert len(drawn.drawing.towns) >= 3
    assert all(left >= 0 and right <= WIDE and top >= 0 and bottom <= HIGH for _words, left, top, right, bottom in boxes)
    assert [(a[0], b[0]) for n, a in enumerate(boxes) for b in boxes[:n] if a[1] < b[3] and a[3] > b[1] and a[2] < b[4] and a[4] > b[2]] == []
    assert drawn.drawing.bar.wide <= WIDE / 3


@pytest.mark.parametrize(
    ("position", "shown"), [((30.69, -88.04), "Pensacola"), (PENSACOLA, "Mobile"), ((45.68, -111.04), "Billings"), ((30.27, -97.74), "Austin")]
)
def test_a_picture_is_wide_enough_for_a_town_that_others_know(position, shown):
    assert shown in [label.words for label in locator_of(at(position)).drawing.towns]


def test_the_pin_of_a_town_at_the_shore_stands_on_land():
    """The middle of the picture lies in a path of land: as many edges cross a line to its left as an odd number has."""
    drawn = locator_of(at(PENSACOLA))

    crossings = 0
    for outline in drawn.drawing.outlines:
        for start, steps in re.findall(r"M([\d\- ]+)l([\d\- ]+)z", outline.path):
            x, y = (int(part) for part in start.split())
            numbers = [int(part) for part in re.findall(r"-?\d+", steps)]
            points = [(x, y)]
            for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
                points.append((points[-1][0] + dx, points[-1][1] + dy))
            for a, b in zip(points, [*points[1:], points[0]], strict=True):
                if (a[1] > HIGH / 2) != (b[1] > HIGH / 2) and a[0] + (HIGH / 2 - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) < WIDE / 2:
                    crossings += 1
    assert crossings % 2 == 1


def test_a_country_across_the_date_line_runs_around_no_other(afresh):
    """Russia's ring goes on beyond 180 degrees; Baffin Island has nothing of it."""
    lands = outlines.land_in(outlines.Frame.of_degrees(west=-75, south=60, east=-62, north=67))

    assert [land.name for land in lands if not land.is_water] == ["Canada"]


@pytest.mark.parametrize("position", [(90.0, 0.0), (-90.0, 0.0), (89.99, 180.0), (-41.3, 179.99), (1.0, -180.0)])
def test_the_ends_of_the_earth_break_nothing(position):
    drawn = locator_of(at(position, "NZ"))

    assert drawn is None or drawn.words == ""


def test_without_the_packaged_outlines_a_page_has_no_picture(client, db, afresh, monkeypatch):
    monkeypatch.setattr(outlines.finders, "find", lambda path: None)

    page = client.get(WorkshopFactory().get_absolute_url())

    assert (page.status_code, b"locator" in page.content.replace(b"workshops-schedule", b"")) == (200, False)


@pytest.mark.parametrize(("format", "shown"), [("in_person", True), ("hybrid", True), ("online", False)])
def test_the_page_of_a_workshop_with_a_door_shows_where_it_is(client, db, format, shown):
    workshop = WorkshopFactory(format=format)

    page = client.get(workshop.get_absolute_url()).content.decode()

    assert ('aria-label="Map: In or near Pensacola, FL, about 53 miles east of Mobile, AL"' in page) is shown
    assert ("https://www.openstreetmap.org/?mlat=30.4127" in page, "data-outline-map" in page) == (shown, False)


def test_a_picture_is_light_and_whole(client, db):
    page = client.get(WorkshopFactory().get_absolute_url()).content.decode()

    figure = re.search(r"<figure.*?</figure>", page, re.DOTALL)[0]
    ElementTree.fromstring(figure)
    assert len(gzip.compress(figure.encode())) < 2_500


def test_it_asks_the_database_nothing(client, db, django_assert_num_queries):
    venue = VenueFactory()

    with django_assert_num_queries(0):
        locator_of(venue)


def test_streets_are_offered_where_a_setting_names_them(client, db, settings):
    settings.MAP_TILES, settings.MAP_TILES_CREDIT = "https://{s}.tiles.example/{z}/{x}/{y}.png", "© Tiles"

    shown, online = (client.get(WorkshopFactory(format=held).get_absolute_url()) for held in ("in_person", "online"))

    text = shown.content.decode()
    assert ("data-map-ask" in text, 'data-zoom="15"' in text, 'data-lat="30.4127"' in text) == (True, True, True)
    assert "https://*.tiles.example" in shown.headers["Content-Security-Policy"]
    assert b"data-outline-map" not in online.content


def test_the_api_says_it_in_words(client, db):
    workshop = WorkshopFactory()

    answer = client.get(reverse("workshops_api:workshop-detail", args=[workshop.slug])).json()

    assert answer["venue"]["whereabouts"] == "In or near Pensacola, FL, about 53 miles east of Mobile, AL"


@pytest.mark.parametrize("width", [390, 1280])
def test_the_picture_in_a_browser_asks_nobody_else(live_site, new_page, transactional_db, axe, width):
    page = new_page(width=width)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.goto(f"{live_site}{WorkshopFactory().get_absolute_url()}")
    page.wait_for_load_state("networkidle")

    expect(page.get_by_role("img", name=re.compile("^Map: In or near Pensacola, FL"))).to_be_visible()
    assert [address for address in asked if not address.startswith(live_site)] == []
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    assert axe(page) == []


def test_streets_are_asked_for_before_they_are_drawn(live_site, new_page, transactional_db, axe, settings):
    settings.MAP_TILES, settings.MAP_TILES_CREDIT = f"{live_site}/tiles/{{z}}/{{x}}/{{y}}.svg", "© Tiles"
    page = new_page(width=390)
    squares: list[str] = []
    square = '<svg xmlns="http://www.w3.org/2000/svg" width="256" height="256"/>'
    page.route("**/tiles/**", lambda route: (squares.append(route.request.url), route.fulfill(body=square, content_type="image/svg+xml")))
    page.goto(f"{live_site}{WorkshopFactory().get_absolute_url()}")
    page.wait_for_load_state("networkidle")
    assert squares == []

    page.get_by_role("button", name="Show the map").click()

    expect(page.get_by_role("region", name="Map of the streets around the venue")).to_be_focused()
    expect(page.locator(".streets .leaflet-control-attribution")).to_contain_text("© Tiles")
    expect(page.locator(".streets .leaflet-tile-loaded").first).to_be_attached()
    assert {url.split("/tiles/")[1].split("/")[0] for url in squares} == {"15"}
    assert axe(page) == []
