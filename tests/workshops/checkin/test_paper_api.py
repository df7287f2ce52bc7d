"""Sheets of paper and signatures over the API: keyed in with their scan, listed, loaded."""

import json
import uuid

import pytest
from django.urls import reverse

from accounts.models import Role
from tests.factories.accounts import LegalNameFactory, user_with_role
from tests.factories.workshops import PAST, SeatFactory, workshop_with_blocks
from tests.workshops.checkin.factories import DRAWING
from tests.workshops.checkin.test_paper import scan
from workshops.checkin.strokes import keep, read_drawing
from workshops.models import Attendance, PaperSheet
from workshops.roster.services import record_attendance
from workshops.roster.services.log import Proof


@pytest.fixture
def past(client, db):
    """A Saturday that is over, with one seat; its instructor is signed in."""
    workshop = workshop_with_blocks(starts_at=PAST, instructor=user_with_role(Role.INSTRUCTOR))
    seat = SeatFactory(workshop=workshop, learner=LegalNameFactory().user)
    client.force_login(workshop.instructor)
    return workshop, seat


def path(workshop, what):
    return f"/api/v1/workshops/{workshop.slug}/checkin/{what}/"


def sheet(workshop, seat, **more):
    return {"block": workshop.blocks.first().pk, "token": str(uuid.uuid4()), "lines": [{"seat": seat.pk, "arrived": "08:00", "left": "11:00"}], **more}


def entries_of(client, workshop):
    """The log of the first person's first block, as the roster tells it."""
    return client.get(reverse("workshops_api:roster", args=[workshop.pk])).json()["rows"][0]["cells"][0]["entries"]


def as_form(values):
    return {**values, "lines": json.dumps(values["lines"])}


def test_a_sheet_is_keyed_in_with_its_scan_and_read_again(client, past):
    workshop, seat = past
    values = as_form(sheet(workshop, seat))

    answers = [client.post(path(workshop, "paper"), {**values, "scan": scan()}) for _ in range(2)]

    assert [(answer.status_code, answer.json()) for answer in answers] == [(201, {"recorded": 2})] * 2
    (listed,) = client.get(path(workshop, "sheets")).json()
    kept = PaperSheet.objects.get()
    assert (listed["id"], listed["name"], listed["media_type"], listed["uploaded_by"]) == (kept.pk, "sheet.png", "image/jpeg", str(workshop.instructor))
    file = client.get(listed["url"], headers={"accept": "image/jpeg"})
    assert (file.status_code, file.headers["Content-Type"], file.headers["Cache-Control"]) == (200, "image/jpeg", "private, no-store")
    assert file.content == bytes(kept.content)
    entries = entries_of(client, workshop)
    assert [(entry["sheet"], entry["is_signed"]) for entry in entries] == [(kept.pk, False)] * 2


def test_a_scan_may_come_without_lines(client, past):
    workshop, _seat = past

    answer = client.post(path(workshop, "paper"), {"block": workshop.blocks.first().pk, "token": uuid.uuid4(), "scan": scan()})

    assert (answer.status_code, answer.json(), PaperSheet.objects.count()) == (201, {"recorded": 0}, 1)


def test_a_sheet_without_a_scan_is_sent_as_json(client, past):
    workshop, seat = past

    answer = client.post(path(workshop, "paper"), sheet(workshop, seat), content_type="application/json")

    assert (answer.status_code, answer.json(), PaperSheet.objects.exists()) == (201, {"recorded": 2}, False)


def test_a_signature_on_the_sheet_is_keyed_in_without_times(client, past):
    workshop, seat = past
    block = workshop.blocks.first()
    record_attendance(seat=seat, block=block, kind="in", at=block.starts_at, by=workshop.instructor)
    values = {"block": block.pk, "token": str(uuid.uuid4()), "lines": [{"seat": seat.pk, "signed": True}]}

    answer = client.post(path(workshop, "paper"), values, content_type="application/json")

    assert (answer.status_code, answer.json()) == (201, {"recorded": 1})
    assert [entry["on_paper"] for entry in entries_of(client, workshop)] == [False, True, False], "in the order of their times; the last takes the first back"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"lines": "not a list"}, 400),
        ({"lines": '[{"seat": 1}]'}, 400),
        ({"lines": '[{"seat": 1, "signed": true, "left": "11:00"}]'}, 400),
        ({"lines": "7"}, 400),
        ({"lines": "[[[]]]"}, 400),
        ({"lines": '[{"seat": 9000000000000000000000, "arrived": "08:00"}]'}, 409),
        ({"lines": "[]"}, 409),
        ({"token": "x"}, 400),
        ({"block": "0"}, 404),
        ({"block": "9" * 30}, 404),
        ({"scan": "no file"}, 400),
    ],
)
def test_a_bad_sheet_changes_nothing(client, past, change, status):
    workshop, seat = past

    answer = client.post(path(workshop, "paper"), as_form(sheet(workshop, seat)) | change)

    assert (answer.status_code, Attendance.objects.count(), PaperSheet.objects.count()) == (status, 0, 0)


def test_a_scan_that_is_no_picture_is_refused_with_its_lines(client, past):
    workshop, seat = past
    bad = scan()
    bad.file.seek(0)
    bad.file.write(b"MZ this is a program")
    bad.file.seek(0)

    answer = client.post(path(workshop, "paper"), {**as_form(sheet(workshop, seat)), "scan": bad})

    assert (answer.status_code, answer.json()["code"], Attendance.objects.count(), PaperSheet.objects.count()) == (409, "proof_refused", 0, 0)


def test_a_signature_is_loaded_as_a_picture(client, past):
    workshop, seat = past
    block, signature = workshop.blocks.first(), keep(read_drawing(DRAWING))
    entry = record_attendance(seat=seat, block=block, kind="in", at=block.starts_at, by=workshop.instructor, proof=Proof(signature=signature))

    picture = client.get(path(workshop, f"signatures/{entry.pk}"), headers={"accept": "image/svg+xml"})

    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/svg+xml")
    assert b"M10 10L60 90L120 40" in picture.content
    entries = entries_of(client, workshop)
    assert [one["is_signed"] for one in entries] == [True]
    log = client.get(f"/desk/workshops/{workshop.pk}/seats/{seat.pk}/blocks/{block.pk}/").content.decode()
    assert f"/desk/workshops/{workshop.pk}/checkin/signatures/{entry.pk}/" in log


def test_what_is_of_another_workshop_is_not_found(client, past):
    workshop, seat = past
    unsigned = record_attendance(seat=seat, block=workshop.blocks.first(), kind="in", at=PAST, by=workshop.instructor)
    other = PaperSheet.objects.create(
        workshop=workshop_with_blocks(starts_at=PAST), name="a.pdf", media_type="application/pdf", size_bytes=4, content=b"%PDF", uploaded_by=seat.learner
    )

    found = [client.get(path(workshop, what)).status_code for what in (f"sheets/{other.pk}", f"signatures/{unsigned.pk}", "signatures/0")]

    assert found == [404, 404, 404]


@pytest.mark.parametrize("count", [1, 3])
def test_sheets_cost_the_same_for_any_number(client, past, count, django_assert_max_num_queries):
    workshop, _seat = past
    for number in range(count):
        PaperSheet.objects.create(
            workshop=workshop, name="a.pdf", media_type="application/pdf", size_bytes=4, content=b"%PDF", sha256=str(number), uploaded_by=workshop.instructor
        )

    with django_assert_max_num_queries(5):
        assert len(client.get(path(workshop, "sheets")).json()) == count
