"""The desk's pages on check-in."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Role
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import PAST
from tests.workshops.checkin.factories import claimed_device, entry, running_workshop, sync
from workshops.errors import ScheduleRefused
from workshops.models import Attendance, CheckinConflict, CheckinDevice, PaperSheet, WalkIn
from workshops.services import BlockInput, save_workshop

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def desk(client, db):
    """A running workshop, its address on the desk, and its instructor signed in."""
    workshop = running_workshop()
    client.force_login(workshop.instructor, backend=BACKEND)
    return workshop, f"/desk/workshops/{workshop.pk}/checkin/"


def test_a_phone_is_enrolled_by_a_link_shown_once_claimed_it_is_gone(client, desk):
    workshop, path = desk

    answer = client.post(path, {"name": "Door"}, follow=True)

    device = CheckinDevice.objects.get()
    assert (device.name, device.workshop, device.enrolled_by) == ("Door", workshop, workshop.instructor)
    assert "#join=" in answer.content.decode()
    assert "<svg" in answer.content.decode()
    CheckinDevice.objects.update(claim=uuid.uuid4(), claimed_at=PAST)
    assert "#join=" not in client.get(f"{path}phones/{device.pk}/").content.decode()


def test_a_phone_without_a_name_is_not_enrolled(client, desk):
    assert client.post(desk[1], {"name": " "}).status_code == 422
    assert not CheckinDevice.objects.exists()


def test_a_phone_is_revoked_on_the_desk(client, desk):
    workshop, path = desk
    device = claimed_device(workshop)

    client.post(f"{path}phones/{device.pk}/revoke/")

    device.refresh_from_db()
    assert (device.state, device.revoked_by) == ("revoked", workshop.instructor)


def test_the_page_costs_the_same_for_one_and_three(client, desk):
    workshop, path = desk
    seat, block = workshop.seats.first(), workshop.blocks.first()
    counts = []
    for number in (1, 3):
        while CheckinConflict.objects.count() < number:
            device = claimed_device(workshop)
            sync(client, device, entry("in", seat=seat, block=block, minutes_ago=-60), entry("walk_in", block=block, name="Wim"))
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(path)
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert answer.content.decode().count("has not happened yet") == 3


def test_a_conflict_is_recorded_at_the_time_a_person_gives(client, desk):
    workshop, path = desk
    seat, block = workshop.seats.first(), workshop.blocks.first()
    sync(client, claimed_device(workshop), entry("in", seat=seat, block=block, minutes_ago=-60))
    conflict = CheckinConflict.objects.get()
    began = block.starts_at.astimezone(workshop.zone)

    client.post(f"{path}conflicts/{conflict.pk}/", {"to": "recorded", "at": "nonsense"})
    assert not Attendance.objects.exists()
    client.post(f"{path}conflicts/{conflict.pk}/", {"to": "recorded", "at": f"{began:%H:%M}", "note": "She was here when we began."})

    line = Attendance.objects.get()
    assert (line.nonce, line.at, line.note) == (conflict.nonce, block.starts_at, "She was here when we began.")


def test_staff_give_a_walk_in_a_seat_and_an_unknown_address_is_said(client, desk):
    workshop, path = desk
    sync(client, claimed_device(workshop), entry("walk_in", block=workshop.blocks.first(), name="Wim"))
    walk_in = WalkIn.objects.get()
    UserFactory(email="wim@example.org")
    client.force_login(user_with_role(Role.STAFF), backend=BACKEND)

    unknown = client.post(f"{path}walk-ins/{walk_in.pk}/", {"to": "seated", "email": "nobody@example.org"}, follow=True)
    assert "Nobody with this address has an account" in unknown.content.decode()
    client.post(f"{path}walk-ins/{walk_in.pk}/", {"to": "seated", "email": "wim@example.org"})

    walk_in.refresh_from_db()
    assert (walk_in.state, walk_in.seat.learner.email) == ("seated", "wim@example.org")


def test_a_sheet_is_keyed_in_on_the_page_and_a_bad_line_changes_nothing(client, desk):
    workshop, path = desk
    one, two = workshop.seats.order_by("pk")
    block = workshop.blocks.first()
    began = f"{block.starts_at.astimezone(workshop.zone):%H:%M}"
    form = {"token": str(uuid.uuid4()), f"seat-{one.pk}-arrived": began, f"seat-{two.pk}-left": began}

    refused = client.post(f"{path}paper/{block.pk}/", form)
    assert (refused.status_code, Attendance.objects.count()) == (422, 0)
    form.pop(f"seat-{two.pk}-left")
    client.post(f"{path}paper/{block.pk}/", form)
    client.post(f"{path}paper/{block.pk}/", form)

    line = Attendance.objects.get()
    assert (line.seat, line.kind, line.at, line.note) == (one, "in", block.starts_at, "From the paper sheet.")
    assert not PaperSheet.objects.exists()


def test_a_schedule_stays_once_a_phone_noted_anything(client, desk):
    workshop, _path = desk
    block = workshop.blocks.first()
    sync(client, claimed_device(workshop), entry("walk_in", block=block, name="Wim"))

    with pytest.raises(ScheduleRefused, match="can no longer change"):
        save_workshop(workshop=workshop, blocks=[BlockInput(block.starts_at, block.ends_at)], by=workshop.instructor)
    assert workshop.blocks.count() == 3
