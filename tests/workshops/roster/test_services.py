"""Attendance and completion on a real database."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Role
from core.models import Job
from credits.models import Dossier
from tests.factories.accounts import user_with_role
from tests.factories.workshops import PAST, SeatFactory, workshop_with_blocks
from workshops.errors import AttendanceRefused, NotComplete
from workshops.models import Attendance, Workshop
from workshops.roster import services


@pytest.fixture
def past_seat(db):
    return SeatFactory(workshop=workshop_with_blocks(starts_at=PAST, instructor=user_with_role(Role.INSTRUCTOR)))


def test_mark_block_twice_writes_once_and_absent_annuls(past_seat):
    block, by = past_seat.workshop.blocks.first(), past_seat.workshop.instructor
    for _ in range(2):
        services.mark_block(seat=past_seat, block=block, present=True, by=by)
    assert list(past_seat.attendance.values_list("kind", flat=True)) == ["in", "out"]

    services.mark_block(seat=past_seat, block=block, present=False, by=by)

    assert sorted(past_seat.attendance.values_list("kind", flat=True)) == ["annul", "annul", "in", "out"]


def test_mark_block_refuses_a_block_that_is_not_over(db):
    seat = SeatFactory(workshop=workshop_with_blocks())

    with pytest.raises(AttendanceRefused, match="not ended"):
        services.mark_block(seat=seat, block=seat.workshop.blocks.first(), present=True, by=seat.workshop.instructor)

    assert not Attendance.objects.exists()


def test_record_attendance_answers_a_repeated_nonce_with_the_first_row(past_seat):
    block, by = past_seat.workshop.blocks.first(), past_seat.workshop.instructor
    first = services.record_attendance(seat=past_seat, block=block, kind="in", at=PAST, by=by)

    again = services.record_attendance(seat=past_seat, block=block, kind="in", at=PAST + timedelta(minutes=1), by=by, nonce=first.nonce)

    assert (again, Attendance.objects.count()) == (first, 1)


@pytest.mark.parametrize("sql", ["UPDATE workshops_attendance SET note = 'x'", "DELETE FROM workshops_attendance"])
def test_the_attendance_log_is_append_only_in_the_database(past_seat, sql):
    services.mark_block(seat=past_seat, block=past_seat.workshop.blocks.first(), present=True, by=past_seat.workshop.instructor)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

    assert Attendance.objects.count() == 2


def test_complete_seat_hands_over_a_dossier_once(past_seat):
    by = past_seat.workshop.instructor
    for block in past_seat.workshop.blocks.filter(kind="instruction"):
        services.mark_block(seat=past_seat, block=block, present=True, by=by)

    first, second = (services.complete_seat(seat=past_seat, by=by) for _ in range(2))

    dossier = Dossier.objects.get()
    assert (first, first.dossier, str(first.completed_on)) == (second, dossier, "2026-03-07")
    assert (dossier.key, dossier.trace["met"], sum(dossier.facts["minutes"].values())) == (f"workshop-seat:{past_seat.pk}", True, 360)
    assert dossier.facts["roster"] == {"seats": 1, "capacity": 10, "decided_by": str(by)}
    assert {entry["recorded_by_name"] for entry in dossier.facts["attendance"]} == {str(by)}
    assert (dossier.facts["activity"]["title"], dossier.facts["evaluation_submitted"]) == (past_seat.workshop.activity.title, False)
    assert Job.objects.filter(kind="credits.award_completion").count() == 1


def test_complete_seat_refuses_partial_attendance_that_nobody_credits(past_seat):
    by = past_seat.workshop.instructor
    services.mark_block(seat=past_seat, block=past_seat.workshop.blocks.first(), present=True, by=by)

    with pytest.raises(NotComplete, match="1 of 2 blocks"):
        services.complete_seat(seat=past_seat, by=by)

    assert not Dossier.objects.exists()


def test_attendance_is_frozen_once_completion_is_decided(past_seat):
    by = past_seat.workshop.instructor
    for block in past_seat.workshop.blocks.filter(kind="instruction"):
        services.mark_block(seat=past_seat, block=block, present=True, by=by)
    services.complete_workshop(workshop=past_seat.workshop, by=by)

    with pytest.raises(AttendanceRefused, match="decided"):
        services.mark_block(seat=past_seat, block=past_seat.workshop.blocks.first(), present=False, by=by)

    assert Workshop.objects.get().state == Workshop.State.COMPLETED
