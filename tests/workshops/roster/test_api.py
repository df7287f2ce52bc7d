"""The roster over the API."""

import uuid

import pytest
from django.urls import reverse

from accounts.models import Role
from core.models import Job
from notifications.models import MailMessage
from tests.factories.accounts import user_with_role
from tests.factories.workshops import PAST, SeatFactory, workshop_with_blocks
from workshops.models import Attendance, AttendanceCorrection


@pytest.fixture
def workshop(db):
    return workshop_with_blocks(starts_at=PAST, instructor=user_with_role(Role.INSTRUCTOR))


@pytest.fixture
def seat(workshop):
    return SeatFactory(workshop=workshop)


@pytest.fixture
def teacher(client, workshop):
    client.force_login(workshop.instructor)
    return client


def url(name, workshop, **parts):
    return reverse(f"workshops_api:{name}", kwargs={"pk": workshop.pk, **parts})


def post(client, address, data=None):
    return client.post(address, data or {}, content_type="application/json")


def test_an_entry_with_the_same_nonce_is_one_entry(teacher, workshop, seat):
    block = workshop.blocks.first()
    data = {"block": block.pk, "kind": "in", "at": PAST.isoformat(), "nonce": str(uuid.uuid4())}

    answers = [post(teacher, url("roster-entry", workshop, seat=seat.pk), data) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert (answers[0].json()["id"], Attendance.objects.count()) == (answers[1].json()["id"], 1)


@pytest.mark.parametrize("change", [{"kind": "annul"}, {"at": "yesterday"}, {"block": 0}, {"nonce": "x"}])
def test_a_bad_entry_changes_nothing(teacher, workshop, seat, change):
    data = {"block": workshop.blocks.first().pk, "kind": "in", "at": PAST.isoformat()}

    response = post(teacher, url("roster-entry", workshop, seat=seat.pk), data | change)

    assert (response.status_code, Attendance.objects.count()) == (400, 0)


def test_from_marks_to_the_decision(teacher, workshop, seat):
    for block in workshop.blocks.filter(kind="instruction"):
        assert post(teacher, url("roster-mark-rest", workshop, block=block.pk)).json() == {"marked": 1}
    shown = teacher.get(url("roster", workshop)).json()
    assert (shown["rows"][0]["state"], shown["rows"][0]["minutes"], len(shown["blocks"])) == ("full", 360, 2)

    response = post(teacher, url("roster-completion", workshop), {"seen": shown["fingerprint"]})

    assert (response.status_code, Job.objects.filter(kind="workshops.complete_attendance").count()) == (202, 1)
    assert teacher.get(url("roster-completion", workshop)).json() == {"state": "queued", "progress": 0}


def test_a_decision_without_looking_is_refused(teacher, workshop, seat):
    response = post(teacher, url("roster-completion", workshop), {"seen": "nothing"})

    assert (response.status_code, response.json()["code"]) == (409, "changed_meanwhile")


def test_marking_and_annulling(teacher, workshop, seat):
    block = workshop.blocks.first()
    post(teacher, url("roster-mark", workshop, seat=seat.pk), {"block": block.pk, "present": True})
    entry = seat.attendance.first()

    response = post(teacher, url("roster-annul", workshop, entry=entry.pk), {"note": "Wrong person"})

    assert (response.json()["kind"], response.json()["annuls"]) == ("annul", entry.pk)


def test_a_learner_reads_their_own_and_says_it_is_wrong(client, workshop, seat):
    client.force_login(seat.learner)
    own = reverse("workshops_api:attendance", args=[workshop.slug])
    assert client.get(own).json()["minutes"] == 0

    response = post(client, own, {"words": "I was there."})

    assert (response.status_code, response.json()["state"]) == (201, "open")
    client.force_login(workshop.instructor)
    asked = client.get(url("roster-corrections", workshop)).json()["results"][0]["id"]
    answer = post(client, url("roster-answer", workshop, correction=asked), {"became": "declined", "answer": "The sheet says otherwise."})
    assert answer.json()["state"] == AttendanceCorrection.objects.get().state == "declined"


def test_a_message_goes_once(teacher, workshop, seat):
    data = {"audience": "chosen", "seats": [seat.pk], "subject": "Socks", "body": "Bring some.", "nonce": str(uuid.uuid4())}

    for _ in range(2):
        response = post(teacher, url("roster-messages", workshop), data)

    assert [mail["to_address"] for mail in response.json()["mails"]] == [seat.learner.email]
    assert MailMessage.objects.count() == 1
    assert teacher.get(url("roster-messages", workshop)).json()["count"] == 1


def test_papers_and_the_csv_file(teacher, workshop, seat):
    assert teacher.get(url("roster-paper", workshop, kind="sign-in")).content.startswith(b"%PDF")
    assert teacher.get(url("roster-paper", workshop, kind="posters")).status_code == 404
    assert seat.learner.email in teacher.get(url("roster-csv", workshop)).content.decode()
