"""When the ledger removes the detail of a completion, the apps that handed it over remove their own copy, and only then."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from courses.models import Affirmation, Completion, ExamAttempt
from courses.services import forget_attempt
from credits.models import Dossier
from credits.retention.services import remove_expired
from streaming.models import PlaybackSession, WatchEvidence
from streaming.services import forget_evidence, open_session
from tests.factories.courses import completed
from tests.factories.streaming import GrantFactory
from tests.factories.workshops import PAST, SeatFactory, workshop_with_blocks
from workshops.models import Attendance, WorkshopCompletion
from workshops.roster.services import annul_attendance, complete_seat, mark_block
from workshops.services import forget_attendance

pytestmark = pytest.mark.django_db


def make_old(dossier: Dossier) -> None:
    """As if it had been completed eight years ago; the table owner alone can."""
    day = date.today() - timedelta(days=8 * 366)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a table with checks outstanding cannot be altered
        cursor.execute("ALTER TABLE credits_dossier DISABLE TRIGGER credits_dossier_is_kept")
        cursor.execute("UPDATE credits_dossier SET completed_on = %s WHERE id = %s", [day, dossier.pk])
        cursor.execute("ALTER TABLE credits_dossier ENABLE TRIGGER credits_dossier_is_kept")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def attended(**options):
    seat = SeatFactory(workshop=workshop_with_blocks(starts_at=PAST), **options)
    for block in seat.workshop.blocks.filter(kind="instruction"):
        mark_block(seat=seat, block=block, present=True, by=seat.workshop.instructor)
    annul_attendance(entry=seat.attendance.first(), by=seat.workshop.instructor, note="An hour later")
    mark_block(seat=seat, block=seat.workshop.blocks.first(), present=True, by=seat.workshop.instructor)
    return complete_seat(seat=seat, by=seat.workshop.instructor)


def test_what_a_learner_watched_answered_and_affirmed_goes(client):
    old, young = completed(), completed()
    grant = GrantFactory(user=old.learner, subject=f"{old.subject_prefix}lesson:1")
    open_session(grant=grant)
    make_old(old.completion.dossier)

    removed = remove_expired()

    exam, completion = ExamAttempt.objects.get(attempt=old), Completion.objects.get(attempt=old)
    assert removed == 1
    assert (exam.questions, exam.answers, exam.score, exam.passed) == ([], {}, 100, True)
    assert Affirmation.objects.get(attempt=old).wording == ""
    assert (completion.trace["met"], completion.trace["children"]) == (True, [])
    assert not WatchEvidence.objects.filter(subject__startswith=old.subject_prefix).exists()
    assert not PlaybackSession.objects.filter(grant=grant).exists()
    assert WatchEvidence.objects.filter(subject__startswith=young.subject_prefix).count() == 2
    assert ExamAttempt.objects.get(attempt=young).questions
    client.force_login(old.learner)
    for name in ("attempt_detail", "completion"):
        assert client.get(reverse(f"courses:{name}", args=[old.pk])).status_code == 200
    assert client.get(reverse("courses:exam_attempt", args=[old.pk, 1])).status_code == 200
    assert client.get(reverse("courses_api:attempt-detail", args=[old.pk])).status_code == 200


def test_who_came_and_left_when_goes():
    old, young = attended(), attended()
    make_old(old.dossier)

    remove_expired()

    old.refresh_from_db()
    assert not Attendance.objects.filter(seat=old.seat).exists()
    assert (old.trace["met"], old.trace["children"]) == (True, [])
    assert Attendance.objects.filter(seat=young.seat).count() == 8


def test_nothing_of_it_goes_while_the_ledger_keeps_it():
    completion, attendance = completed().completion, attended()

    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        forget_attempt(completion=completion)
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        forget_attendance(completion=attendance)

    assert ExamAttempt.objects.get().questions
    assert Affirmation.objects.get().wording
    assert WatchEvidence.objects.count() == 2
    assert Attendance.objects.count() == 8
    assert WorkshopCompletion.objects.get().trace["children"]


def test_evidence_goes_by_its_prefix_alone():
    attempt = completed()

    with pytest.raises(ValueError, match="ends with a colon"):
        forget_evidence(subject_prefix="attempt:1")
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        WatchEvidence.objects.all().delete()
    assert forget_evidence(subject_prefix="attempt:0:") == 0
    assert forget_evidence(subject_prefix=attempt.subject_prefix) == 2
    with pytest.raises(IntegrityError, match="never deleted"), transaction.atomic():
        WatchEvidence.objects.create(subject="attempt:1:lesson:1", asset=attempt.version.lessons.first().asset, user=attempt.learner).delete()


def test_a_fault_in_another_app_undoes_the_removal(monkeypatch):
    attempt = completed()
    make_old(attempt.completion.dossier)
    monkeypatch.setattr("courses.receivers.forget_attempt", lambda **values: (_ for _ in ()).throw(RuntimeError("out of order")))

    with pytest.raises(RuntimeError):
        remove_expired()

    dossier = Dossier.objects.get()
    assert (dossier.purged_at, "exam" in dossier.facts) == (None, True)
    assert timezone.now() > dossier.created_at
