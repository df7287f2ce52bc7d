"""The schedule over the API."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Role
from notifications.models import MailMessage
from tests.factories.accounts import user_with_role
from tests.factories.workshops import SeatFactory, VenueFactory, workshop_with_blocks
from workshops.models import Series, Workshop


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
