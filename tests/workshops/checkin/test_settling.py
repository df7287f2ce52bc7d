"""People decide what phones could not, and give seats to those who came without one."""

import pytest

from accounts.models import Role
from tests.factories.accounts import UserFactory, user_with_role
from tests.workshops.checkin.factories import DRAWING, claimed_device, device_headers, entry, running_workshop, sync
from workshops.checkin.settling import record_conflict, seat_walk_in, set_conflict_aside, set_walk_in_aside
from workshops.errors import AttendanceRefused, SeatRefused, WorkshopFull
from workshops.models import Attendance, CheckinConflict, WalkIn
from workshops.roster.selectors import standing_log


@pytest.fixture
def contradiction(client, db):
    """Ada left 30 minutes ago by one phone and 10 minutes ago by another, which has her signature."""
    workshop = running_workshop()
    seat, block = workshop.seats.first(), workshop.blocks.first()
    first, second = claimed_device(workshop), claimed_device(workshop, "Bo’s phone")
    sync(client, first, entry("in", seat=seat, block=block, minutes_ago=50), entry("out", seat=seat, block=block, minutes_ago=30))
    sync(client, second, entry("out", seat=seat, block=block, minutes_ago=10, signature=DRAWING))
    return workshop, seat, second, CheckinConflict.objects.get()


def test_recording_an_entry_takes_back_what_it_contradicts(contradiction):
    workshop, seat, device, conflict = contradiction

    settled = record_conflict(conflict=conflict, by=workshop.instructor, note="Bo saw her leave.")
    record_conflict(conflict=conflict, by=workshop.instructor, note="Again.")

    lines = list(standing_log(seat))
    assert [(line.kind, line.nonce, line.device) for line in lines[1:]] == [("out", conflict.nonce, device)]
    assert lines[1].signature == conflict.signature
    assert (settled.settlement, settled.settled_by, settled.settled_note) == ("recorded", workshop.instructor, "Bo saw her leave.")
    assert Attendance.objects.filter(kind="annul").get().note == "Bo saw her leave."


def test_an_entry_set_aside_needs_a_reason_and_leaves_the_log_alone(contradiction):
    workshop, seat, _device, conflict = contradiction

    with pytest.raises(AttendanceRefused, match="Say why"):
        set_conflict_aside(conflict=conflict, by=workshop.instructor, note=" ")
    set_conflict_aside(conflict=conflict, by=workshop.instructor, note="A slip.")

    conflict.refresh_from_db()
    assert conflict.settlement == "set_aside"
    assert standing_log(seat).count() == 2
    assert not Attendance.objects.filter(kind="annul").exists()


def test_the_phone_may_decide_its_own_workshops_entries(client, contradiction):
    workshop, seat, device, conflict = contradiction
    path = f"/api/v1/workshops/checkin/conflicts/{conflict.nonce}/settle/"
    stranger = claimed_device(running_workshop())

    refused = client.post(path, {"to": "recorded"}, content_type="application/json", headers=device_headers(stranger))
    done = client.post(path, {"to": "recorded"}, content_type="application/json", headers=device_headers(device))

    assert refused.status_code == 404
    assert (done.status_code, done.json()["settlement"]) == (200, "recorded")
    assert [line.nonce for line in standing_log(seat)][1] == conflict.nonce
    assert Attendance.objects.get(nonce=conflict.nonce).recorded_by == workshop.instructor


def test_the_log_may_still_refuse_and_then_nothing_changes(client, db):
    workshop = running_workshop()
    seat, block, device = workshop.seats.first(), workshop.blocks.first(), claimed_device(workshop)
    sync(client, device, entry("in", seat=seat, block=block, minutes_ago=-30))
    conflict = CheckinConflict.objects.get()

    with pytest.raises(AttendanceRefused, match="not before"):
        record_conflict(conflict=conflict, by=workshop.instructor, note="")

    conflict.refresh_from_db()
    assert conflict.settlement == ""
    assert not Attendance.objects.exists()


@pytest.fixture
def walk_in(client, db):
    workshop = running_workshop()
    sync(client, claimed_device(workshop), entry("walk_in", block=workshop.blocks.first(), name="Wim Jansen", email="wim@example.org", minutes_ago=20))
    return WalkIn.objects.get()


def test_a_walk_in_gets_a_seat_and_the_time_they_came(walk_in, db):
    wim, staff = UserFactory(email="wim@example.org"), user_with_role(Role.STAFF)

    seat = seat_walk_in(walk_in=walk_in, learner=wim, by=staff)
    again = seat_walk_in(walk_in=walk_in, learner=wim, by=staff)

    assert seat == again
    line = Attendance.objects.get()
    assert (line.seat, line.kind, line.at, line.device) == (seat, "in", walk_in.at, walk_in.device)
    walk_in.refresh_from_db()
    assert (walk_in.state, walk_in.seat, walk_in.settled_by) == ("seated", seat, staff)


def test_a_full_room_refuses_and_the_note_stays_open(walk_in, db):
    workshop = walk_in.workshop
    workshop.capacity = 2
    workshop.save()

    with pytest.raises(WorkshopFull):
        seat_walk_in(walk_in=walk_in, learner=UserFactory(), by=user_with_role(Role.STAFF))

    walk_in.refresh_from_db()
    assert walk_in.state == "open"
    assert not Attendance.objects.exists()


def test_a_note_set_aside_gives_no_seat(walk_in, db):
    set_walk_in_aside(walk_in=walk_in, by=UserFactory())

    with pytest.raises(SeatRefused, match="set aside"):
        seat_walk_in(walk_in=walk_in, learner=UserFactory(), by=user_with_role(Role.STAFF))
    assert walk_in.workshop.seats.count() == 2
