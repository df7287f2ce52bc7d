"""The files other programs subscribe to, read by readers that share no code with what writes them."""

import json
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
import vobject
from django.urls import reverse

from tests.factories.workshops import VenueFactory, WorkshopFactory, workshop_with_blocks
from workshops.models import Place

NEAR = {"place": "Pensacola, FL", "radius": "100"}
NAMES = ("near_rss", "near_calendar", "near_points")
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def pensacola(db):
    Place.objects.create(kind="city", search_key="pensacola, fl", label="Pensacola, FL", lat=30.42, lng=-87.22, region="FL", weight=54000)


@pytest.fixture
def boston():
    return WorkshopFactory(title="Far away", venue=VenueFactory(city="Boston", region="MA", lat=42.36, lng=-71.06))


def get(client, name, query=None, **headers):
    return client.get(reverse(f"workshops:{name}"), NEAR if query is None else query, headers=headers)


def test_the_rss_feed_lists_what_the_page_lists(client, boston, settings):
    near = WorkshopFactory(summary="Knees & <hips>")

    channel = ElementTree.fromstring(get(client, "near_rss").content).find("channel")

    (item,) = channel.findall("item")
    address = settings.SITE_URL + near.get_absolute_url()
    assert (item.findtext("link"), item.findtext("guid")) == (address, address)
    assert item.findtext("description") == "Bayfront Studio, Pensacola, FL. Knees & <hips>"
    assert "Workshops within 100 miles of Pensacola, FL" in channel.findtext("title")
    assert channel.find(f"{ATOM}link").get("href") == f"{settings.SITE_URL}/workshops/near.rss?place=Pensacola%2C+FL&radius=100"


def test_the_calendar_is_read_by_another_library(client, boston):
    near = workshop_with_blocks()

    calendar = vobject.readOne(get(client, "near_calendar").content.decode())

    (event,) = calendar.vevent_list
    calendar.validate(raiseException=True)
    assert (calendar.method.value, calendar.version.value) == ("PUBLISH", "2.0")
    assert event.dtstart.value.astimezone(UTC) == near.starts_at
    assert event.dtend.value.astimezone(UTC) == near.ends_at
    assert (event.url.value.endswith(near.get_absolute_url()), event.status.value) == (True, "CONFIRMED")
    assert calendar.vtimezone.tzid.value == "America/Chicago"
    assert event.dtstart.value.utcoffset() == near.starts_at.astimezone(near.zone).utcoffset()


def test_every_workshop_of_the_feed_has_entries_of_its_own(client):
    workshops = [workshop_with_blocks() for _ in range(3)]

    calendar = vobject.readOne(get(client, "near_calendar").content.decode())

    assert len({event.uid.value for event in calendar.vevent_list}) == len(workshops)


def test_an_empty_calendar_is_still_one(client):
    calendar = vobject.readOne(get(client, "near_calendar").content.decode())

    assert "vevent" not in calendar.contents


def test_the_points_of_the_map_lie_where_the_venues_are(client, boston):
    near = WorkshopFactory()
    WorkshopFactory(format="online")

    (point,) = json.loads(get(client, "near_points").content)["features"]

    assert (point["geometry"]["coordinates"], point["properties"]["url"]) == ([near.venue.lng, near.venue.lat], near.get_absolute_url())


@pytest.mark.parametrize("name", NAMES)
def test_what_has_not_changed_is_not_sent_again(client, name):
    workshop = workshop_with_blocks()
    first = get(client, name)

    again = get(client, name, **{"if-none-match": first["ETag"]})
    type(workshop).objects.update(state="cancelled", updated_at=datetime(2026, 11, 1, tzinfo=UTC))
    later = get(client, name, **{"if-none-match": first["ETag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert (later.status_code, later["ETag"] == first["ETag"]) == (200, False)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("query", "words"), [({"place": "Atlantis"}, "We do not know"), ({"lat": "-87.2", "lng": "30.4"}, "look swapped"), ({"radius": "x"}, "x")]
)
def test_a_search_that_cannot_be_is_answered_by_a_sentence(client, name, query, words):
    response = get(client, name, query)

    assert (response.status_code, words in response.content.decode()) == (400, True)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("count", [1, 3])
def test_a_feed_costs_the_same_for_any_number(client, django_assert_max_num_queries, name, count):
    for _ in range(count):
        workshop_with_blocks()

    with django_assert_max_num_queries(4):
        get(client, name)


def test_the_page_names_its_feeds_and_itself(client, settings):
    page = client.get(reverse("workshops:workshop_list"), NEAR).content.decode()

    host = settings.SITE_URL.split("//", 1)[1]
    assert f'href="webcal://{host}/workshops/near.ics?place=Pensacola%2C+FL&amp;radius=100"' in page
    assert f'<link rel="canonical" href="{settings.SITE_URL}/workshops/?place=Pensacola%2C+FL&amp;radius=100">' in page
    assert 'type="application/rss+xml"' in page


def test_control_characters_take_the_feed_from_nobody(client, db):
    near = WorkshopFactory(title="Knees\x0band hips", summary="Pasted\x08 words")

    for query in (NEAR, {"place": "\x01", "lat": "30.4", "lng": "-87.2"}):
        channel = ElementTree.fromstring(get(client, "near_rss", query).content).find("channel")
        assert [item.findtext("guid").endswith(near.get_absolute_url()) for item in channel.findall("item")] == [True]
        assert channel.find("item").findtext("title").startswith("Knees and hips")
