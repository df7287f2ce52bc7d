"""The schedule over the API."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from notifications.models import MailMessage
from tests.factories.accounts import user_with_role
from tests.factories.workshops import SeatFactory, VenueFactory, WorkshopFactory, workshop_with_blocks
from workshops.models import Block, Series, Workshop


@pytest.fixture
def staff(client, db):
    person = user_with_role(Role.STAFF)
    client.force_login(person)
    return person


def later(workshop, hours, **more):
    blocks = [{"starts_at": b.starts_at + timedelta(hours=hours), "ends_at": b.ends_at + timedelta(hours=hours), "kind": b.kind} for b in workshop.blocks.all()]
    return {"blocks": blocks, **more}


def post(client, workshop, what, data):
    return client.post(f"/api/v1/workshops/{workshop.slug}/{what}/", data, content_type="application/json")


def test_a_change_is_answered_with_whom_it_concerns_and_saved_when_confirmed(client, staff):
    workshop = SeatFactory(workshop=workshop_with_blocks()).workshop

    asked = post(client, workshop, "schedule", later(workshop, 1))
    assert (asked.status_code, asked.json()["code"], asked.json()["people"], MailMessage.objects.count()) == (409, "look_at_change", 1, 0)
    saved = post(client, workshop, "schedule", later(workshop, 1, confirm=asked.json()["confirm"]))

    assert (saved.status_code, saved.json()["code"], MailMessage.objects.count()) == (200, "saved", 1)
    assert Workshop.objects.get().starts_at == workshop.starts_at + timedelta(hours=1)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({"blocks": []}, 400),
        ({}, 400),
        ({"blocks": [{"starts_at": "2027-05-01T09:00Z", "ends_at": "2027-05-01T08:00Z"}]}, 409),
        ({"blocks": [{"starts_at": "2027-05-01T09:00Z", "ends_at": "2027-05-01T10:00Z", "kind": "party"}]}, 400),
        ({"blocks": [{"starts_at": "2027-05-01T09:00Z", "ends_at": "2027-05-01T10:00Z", "mode": "live_remote"}]}, 409),
    ],
)
def test_a_schedule_that_cannot_be_changes_nothing(client, staff, data, status):
    workshop = workshop_with_blocks()

    response = post(client, workshop, "schedule", data)

    assert (response.status_code, Workshop.objects.get().starts_at, workshop.blocks.count()) == (status, workshop.starts_at, 3)


def test_repeats_are_made_once(client, staff):
    workshop = workshop_with_blocks()
    day = (workshop.starts_at + timedelta(days=7)).date().isoformat()

    answers = [post(client, workshop, "repeats", {"days": [day], "series_title": "Knees"}).json() for _ in range(2)]

    assert ([row["title"] for row in answers[0]], answers[1], Series.objects.get().workshops.count()) == ([workshop.title], [], 2)


def test_a_workshop_says_what_its_page_says(client, db):
    venue = VenueFactory(parking="Behind the house.")
    workshop = workshop_with_blocks(format="hybrid", remote_capacity=2, level="advanced", venue=venue, series=Series.objects.create(title="Knees"))

    found = client.get(f"/api/v1/workshops/{workshop.slug}/").json()

    assert (found["format"], found["level"], found["series"], found["venue"]["parking"]) == ("hybrid", "advanced", "Knees", "Behind the house.")
    assert found["places"] == [{"place": "room", "free": 10, "all": 10}, {"place": "remote", "free": 2, "all": 2}]
    assert client.get(found["calendar_url"].removeprefix("http://testserver")).status_code == 200
    assert "join_url" not in found


@pytest.mark.parametrize(("hours", "url"), [(20, "https://meet.example.org/knee"), (30, "")])
def test_a_remote_seat_says_how_to_join_from_the_day_before(client, db, hours, url):
    start = timezone.now() + timedelta(hours=hours)
    seat = SeatFactory(workshop=workshop_with_blocks(format="online", starts_at=start, join_url="https://meet.example.org/knee"), place="remote")
    client.force_login(seat.learner)

    found = client.get(f"/api/v1/workshops/seats/{seat.pk}/").json()

    assert (found["place"], found["joining"]["url"], found["joining"]["is_open"]) == ("remote", url, bool(url))


def days_of(client, workshop, query):
    return client.get(f"/api/v1/workshops/{workshop.slug}/repeats/days/?{query}")


def test_days_are_proposed_with_what_stands_in_their_way(client, staff):
    workshop = workshop_with_blocks(starts_at=datetime(2027, 3, 6, 15, tzinfo=UTC))
    workshop_with_blocks(title="Necks", starts_at=datetime(2027, 3, 20, 15, tzinfo=UTC), instructor=workshop.instructor)

    answer = days_of(client, workshop, "how=weekly&every=2&count=2")

    assert (answer.status_code, [row["day"] for row in answer.json()]) == (200, ["2027-03-20", "2027-04-03"])
    assert [len(row["warnings"]) for row in answer.json()] == [1, 0]
    assert "“Necks”" in answer.json()[0]["warnings"][0]
    assert Workshop.objects.count() == 2, "nothing is made"


def test_days_named_are_looked_at_one_by_one(client, staff):
    start = datetime(2027, 3, 7, 8, 30, tzinfo=UTC)  # half past two at night in Chicago, which the 14th does not have
    workshop = WorkshopFactory(starts_at=start, ends_at=start + timedelta(hours=3))
    Block.objects.create(workshop=workshop, starts_at=workshop.starts_at, ends_at=workshop.ends_at)

    rows = days_of(client, workshop, "how=dates&days=2027-03-21&days=2027-03-14&days=0001-01-01&days=9999-12-31").json()

    assert [(row["day"], row["refusal"][:18]) for row in rows] == [
        ("0001-01-01", "Check the year: it"),
        ("2027-03-14", "On Sunday, March 1"),
        ("2027-03-21", ""),
        ("9999-12-31", "Check the year: it"),
    ]


@pytest.mark.parametrize(
    "query",
    ["", "how=daily", "how=dates", "how=weekly&days=2027-03-21", "how=weekly&every=0", "how=weekly&count=53", "how=dates&days=soon", "how=weekly&count=x"],
)
def test_a_rule_that_cannot_be_is_refused(client, staff, query):
    assert days_of(client, workshop_with_blocks(), query).status_code == 400


def test_without_a_schedule_no_day_is_proposed(client, staff):
    answer = days_of(client, WorkshopFactory(starts_at=None, ends_at=None, state="draft"), "how=weekly")

    assert (answer.status_code, answer.json()["code"]) == (409, "no_schedule")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_out_of_our_time_makes_no_draft(client, staff, day):
    workshop = workshop_with_blocks()

    answer = post(client, workshop, "repeats", {"days": [day]})

    assert (answer.status_code, answer.json()["code"], Workshop.objects.count()) == (409, "not_in_our_time", 1)
