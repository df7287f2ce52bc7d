"""The page of a workshop: its clocks, its places, and the same facts for machines."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.payments import PriceFactory
from tests.factories.workshops import SeatFactory, WorkshopFactory, workshop_with_blocks
from workshops.models import Block, Series, Workshop


def read(client, workshop):
    """The words of the page, and what it tells machines."""
    text = client.get(workshop.get_absolute_url()).content.decode()
    data = json.loads(re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)[1])
    body = text[text.index("<main") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split()), re.findall(r'<time datetime="([^"]+)"', body), data


def sold(**fields):
    workshop = workshop_with_blocks(is_free=False, **fields)
    PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=19000)
    return workshop


def test_every_fact_for_machines_stands_on_the_page(client, db):
    workshop = sold(capacity=5, prerequisites="A licence.")
    SeatFactory(workshop=workshop)

    words, times, data = read(client, workshop)

    assert {datetime.fromisoformat(data["startDate"]), datetime.fromisoformat(data["endDate"])} <= {datetime.fromisoformat(time) for time in times}
    assert datetime.fromisoformat(data["startDate"]).utcoffset() == workshop.starts_at.astimezone(workshop.zone).utcoffset()
    assert (datetime.fromisoformat(data["startDate"]), datetime.fromisoformat(data["endDate"])) == (workshop.starts_at, workshop.ends_at)
    place, offer = data["location"], data["offers"][0]
    said = [
        data["name"],
        data["description"],
        data["instructor"]["name"],
        data["coursePrerequisites"],
        place["name"],
        *list(place["address"].values())[1:],
        "In person",
    ]
    assert [fact for fact in said if fact not in words] == []
    assert (offer["price"], offer["priceCurrency"], offer["availability"]) == ("190.00", "EUR" if "€190.00" in words else "USD", "https://schema.org/InStock")
    assert f"{data['remainingAttendeeCapacity']} of {data['maximumAttendeeCapacity']} free" in words
    assert (data["eventStatus"], data["eventAttendanceMode"]) == ("https://schema.org/EventScheduled", "https://schema.org/OfflineEventAttendanceMode")
    assert (data["url"], place["geo"]["latitude"], place["geo"]["longitude"]) == (f"http://testserver{workshop.get_absolute_url()}", 30.4127, -87.2150)


def test_a_hybrid_workshop_says_free_seats_of_each_place(client, db):
    workshop = workshop_with_blocks(format="hybrid", capacity=4, remote_capacity=6)
    SeatFactory(workshop=workshop, place="remote")

    words, _times, data = read(client, workshop)

    assert ("4 of 4 free" in words, "5 of 6 free" in words) == (True, True)
    assert (data["remainingAttendeeCapacity"], data["maximumPhysicalAttendeeCapacity"], data["maximumVirtualAttendeeCapacity"]) == (9, 4, 6)
    assert [where["@type"] for where in data["location"]] == ["Place", "VirtualLocation"]


@pytest.mark.parametrize(("state", "status"), [("published", "EventScheduled"), ("cancelled", "EventCancelled")])
def test_a_workshop_called_off_says_so_to_both(client, db, state, status):
    words, _times, data = read(client, workshop_with_blocks(state=state))

    assert (data["eventStatus"], "This workshop is cancelled." in words) == (f"https://schema.org/{status}", state == "cancelled")


def test_what_people_type_does_not_break_out_of_the_data(client, db):
    title = "</script><script>alert(1)</script> & more"

    _words, _times, data = read(client, workshop_with_blocks(title=title))

    assert data["name"] == title


def test_a_viewer_on_another_continent_sees_both_clocks(client, db):
    workshop = WorkshopFactory()
    Block.objects.create(workshop=workshop, starts_at=datetime(2027, 6, 5, 14, tzinfo=UTC), ends_at=datetime(2027, 6, 5, 22, tzinfo=UTC))
    client.force_login(UserFactory(time_zone="Pacific/Auckland"))

    words, _times, _data = read(client, workshop)

    assert ("9:00 a.m. – 5:00 p.m. CDT" in words, "For you: Sun 2:00 a.m. – 10:00 a.m. NZST" in words) == (True, True)


def test_a_viewer_in_the_venues_zone_sees_one_clock(client, db):
    workshop = workshop_with_blocks()
    client.force_login(UserFactory(time_zone="America/Chicago"))

    page = client.get(workshop.get_absolute_url()).content.decode()

    assert page.count('class="schedule__yours" hidden') == 3


@pytest.mark.parametrize(
    ("place", "hours", "shown"),
    [("remote", 20, "https://meet.example.org/knee"), ("remote", 30, "How to join stands here from"), ("room", 20, None), (None, 20, None)],
)
def test_how_to_join_is_for_remote_seats_from_the_day_before(client, db, place, hours, shown):
    start = timezone.now() + timedelta(hours=hours)
    workshop = workshop_with_blocks(format="hybrid", remote_capacity=2, starts_at=start, join_url="https://meet.example.org/knee")
    learner = SeatFactory(workshop=workshop, place=place).learner if place else UserFactory()
    client.force_login(learner)

    page = client.get(workshop.get_absolute_url()).content.decode()

    found = [words for words in ("https://meet.example.org/knee", "How to join stands here from") if words in page]
    assert found == ([shown] if shown else [])


@pytest.mark.parametrize("count", [1, 3])
def test_other_dates_cost_the_same_for_any_number(client, db, django_assert_max_num_queries, count):
    series = Series.objects.create(title="Knees of autumn")
    workshop = workshop_with_blocks(series=series)
    others = WorkshopFactory.create_batch(count, series=series, title="Knees again")
    WorkshopFactory(series=series, state=Workshop.State.DRAFT, title="Not announced")

    with django_assert_max_num_queries(12):
        page = client.get(workshop.get_absolute_url()).content.decode()

    assert (page.count("Knees again"), "Not announced" in page, "Other dates of “Knees of autumn”" in page) == (len(others), False, True)
