"""The page on which people find a workshop."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.factories.credits import AccreditationFactory, BoardFactory
from tests.factories.workshops import VenueFactory, WorkshopFactory
from workshops.models import Place
from workshops.near import drawing

PAGE = "/workshops/"
MOBILE = {"lat": 30.6954, "lng": -88.0399, "name": "Mobile Hall", "city": "Mobile", "region": "AL"}


@pytest.fixture(autouse=True)
def places(db):
    for label, country, lat, lng, weight in (
        ("Pensacola, FL", "US", 30.42, -87.22, 54_000),
        ("London, England", "GB", 51.51, -0.13, 9_000_000),
        ("London, ON, Canada", "CA", 42.98, -81.23, 420_000),
    ):
        Place.objects.create(kind="city", search_key=label.lower(), label=label, lat=lat, lng=lng, weight=weight, country=country)


@pytest.mark.parametrize(
    ("asked", "canonical"),
    [
        ("place=Pensacola&radius=100&unit=mi&first=&last=&attend=&level=&board=&price=&seats=&lat=&lng=&sort=", "?place=Pensacola&radius=100"),
        ("radius=50&place=++Pensacola&utm_source=mail&page=1", "?place=Pensacola&radius=50"),
        ("sort=distance", ""),
        ("page=2&place=Pensacola&price=free", "?place=Pensacola&price=0&page=2"),
    ],
)
def test_every_way_to_say_a_search_leads_to_one_address(client, asked, canonical):
    response = client.get(f"{PAGE}?{asked}")

    assert (response.status_code, response["Location"]) == (302, PAGE + canonical)
    assert client.get(response["Location"]).status_code == 200


def test_london_asks_which(client):
    page = client.get(PAGE, {"place": "London"}).content.decode()

    assert "Which “London” do you mean? These dates are near London, England." in page
    assert 'href="/workshops/?place=London%2C+ON%2C+Canada"' in page


def test_a_circle_that_is_empty_becomes_wider_in_its_own_unit_and_says_so(client):
    WorkshopFactory(venue=VenueFactory(**MOBILE))

    page = client.get(PAGE, {"place": "Pensacola", "radius": "25", "unit": "km"}).content.decode()

    assert "None lies within 25 km, so we looked within 160 km." in page
    assert "84 km away" in page


def test_where_none_lies_within_500_miles_every_distance_is_shown(client):
    WorkshopFactory()

    page = client.get(PAGE, {"place": "London, England", "radius": "25"}).content.decode()

    assert "None lies within 25 miles, so every distance is shown, the nearest first." in page


def test_an_unknown_place_shows_what_there_is_by_date(client):
    WorkshopFactory()

    response = client.get(PAGE, {"place": "SW1A 1AA"})

    assert ("Type the town of “SW1A 1AA” instead" in response.content.decode(), len(response.context["cards"])) == (True, 1)


def test_nothing_that_fits_says_what_to_take_back(client):
    page = client.get(PAGE, {"level": "advanced"}).content.decode()

    assert ("No workshop fits all of these wishes" in page, "Show all workshops" in page) == (True, True)


def test_a_school_without_workshops_says_so(client):
    assert "No workshop is announced yet" in client.get(PAGE).content.decode()


def test_a_position_of_the_device_is_searched_from_and_named(client):
    WorkshopFactory()

    page = client.get(PAGE, {"place": "Your position", "lat": "30.42", "lng": "-87.22", "radius": "50"}).content.decode()

    assert "Workshops within 50 miles of Your position" in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"lat": "-87.2", "lng": "30.4"}, "Did you mean latitude 30.4 and longitude -87.2?"),
        ({"radius": "9x"}, "9x is not one of the available choices"),
        ({"price": "cheap"}, "Type an amount such as 49"),
        ({"lat": "x", "lng": "1"}, "Enter a number"),
        ({"sort": "colour"}, "colour is not one of the available choices"),
    ],
)
def test_what_is_no_search_is_answered_with_words_beside_the_form(client, query, words):
    response = client.get(PAGE, query)

    assert (response.status_code, words in response.content.decode()) == (422, True)


def test_what_can_be_joined_online_is_told_of(client):
    WorkshopFactory()
    WorkshopFactory(format="online")

    near = client.get(PAGE, {"place": "Pensacola", "radius": "50"}).content.decode()
    online = client.get(PAGE, {"place": "Pensacola", "radius": "50", "attend": "remote"})

    assert "1 more can be joined online, from anywhere." in near
    assert ("Workshops to join online" in online.content.decode(), len(online.context["cards"])) == (True, 1)


def test_what_is_shown_already_is_not_more_to_join_online(client):
    WorkshopFactory(format="hybrid", remote_capacity=5)

    assert "can be joined online" not in client.get(PAGE, {"place": "Pensacola", "radius": "50"}).content.decode()


def test_boards_are_chosen_by_name_and_one_from_elsewhere_stays(client):
    AccreditationFactory(activity=WorkshopFactory().activity, board=BoardFactory(code="us_fl", name="Florida Board"))

    page = client.get(PAGE, {"board": "us_zz"}).content.decode()

    assert '<option value="us_fl">Florida Board</option>' in page
    assert '<option value="us_zz" selected>us_zz</option>' in page


def test_no_tile_server_is_named_until_a_setting_does(client, settings):
    WorkshopFactory()
    before = client.get(PAGE)
    settings.MAP_TILES, settings.MAP_TILES_CREDIT = "https://{s}.tiles.example/{z}/{x}/{y}.png", "© Tiles"

    after = client.get(PAGE)

    assert ("tiles" in before["Content-Security-Policy"], "data-tiles=" in before.content.decode()) == (False, False)
    assert "img-src 'self' data: blob: https://*.tiles.example" in after["Content-Security-Policy"]
    assert 'data-tiles-credit="© Tiles"' in after.content.decode()
    assert "Move the map and see streets" in after.content.decode()
    assert "tiles" not in client.get(reverse("portal:home"))["Content-Security-Policy"]


def test_pins_and_the_entries_of_the_list_lead_to_each_other(client):
    for venue in (VenueFactory(), VenueFactory(**MOBILE)):
        WorkshopFactory(venue=venue)

    page = client.get(PAGE, {"place": "Pensacola", "radius": "100"}).content.decode()

    links = re.findall(r'<a [^>]*href="#((?:pin|workshop)-\d+)"', page)
    assert links == ["workshop-1", "workshop-2", "pin-1", "pin-2"]
    assert [page.count(f'id="{name}"') for name in links] == [1, 1, 1, 1]
    assert 'aria-label="2: The Knee, Hands On, Mobile, AL"' in page


def test_several_in_one_town_have_one_pin(client):
    WorkshopFactory.create_batch(3, venue=VenueFactory())

    page = client.get(PAGE, {"place": "Pensacola", "radius": "100"}).content.decode()

    assert re.findall(r'href="#(pin-\d+)"', page) == ["pin-1"] * 3
    assert 'aria-label="1–3 in the list: Pensacola, FL"' in page


def test_what_is_held_online_has_neither_pin_nor_number(client):
    WorkshopFactory(format="online")
    assert b"drawn-map" not in client.get(PAGE).content

    WorkshopFactory()

    page = client.get(PAGE).content.decode()
    assert (page.count('class="map-pin"'), page.count("data-map-number"), page.count("data-map-key")) == (1, 1, 2)


def test_the_map_asks_the_database_nothing_more_for_more_pins(client, django_assert_num_queries):
    WorkshopFactory(venue=VenueFactory())
    search = {"place": "Pensacola", "radius": "100"}
    client.get(PAGE, search)
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE, search)
    for n in range(2):
        WorkshopFactory(venue=VenueFactory(**{**MOBILE, "lat": MOBILE["lat"] + n / 10}))

    with django_assert_num_queries(len(one)):
        client.get(PAGE, search)


def test_without_the_packaged_outlines_there_is_the_list(client, monkeypatch):
    WorkshopFactory()
    monkeypatch.setattr(drawing, "_land", lambda view: ((), ()))

    page = client.get(PAGE, {"place": "Pensacola"}).content.decode()

    assert ("drawn-map" in page, 'class="near-item"' in page) == (False, True)
