"""Sheets of paper keyed in later: the same log, the same audit, the scan as evidence."""

import io
import uuid
from datetime import UTC, datetime, time, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from accounts.models import Role
from core.models import AuditEntry
from credits.models import DossierFile
from tests.factories.accounts import LegalNameFactory, user_with_role
from tests.factories.credits import AccreditationFactory, BoardFactory
from tests.factories.workshops import PAST, SeatFactory, workshop_with_blocks
from tests.workshops.checkin.factories import DRAWING, claimed_device
from workshops.checkin.paper import PaperLine, key_in_sheet
from workshops.checkin.strokes import keep, read_drawing
from workshops.errors import AttendanceRefused
from workshops.models import Attendance, PaperSheet
from workshops.roster.selectors import standing_log
from workshops.roster.services import complete_seat, record_attendance
from workshops.roster.services.log import Proof


def scan(name="sheet.png", colour="white"):
    out = io.BytesIO()
    Image.new("RGB", (40, 60), colour).save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/png")


@pytest.fixture
def past(db):
    """A Saturday in Pensacola: instruction 8 to 11 and 12 to 15 o'clock."""
    instructor = user_with_role(Role.INSTRUCTOR)
    workshop = workshop_with_blocks(starts_at=PAST, instructor=instructor)
    seats = [SeatFactory(workshop=workshop, learner=LegalNameFactory().user) for _ in range(2)]
    return workshop, workshop.blocks.first(), seats


def test_a_sheet_enters_the_log_in_the_venues_time_with_its_scan(past):
    workshop, block, (one, two) = past
    lines = [PaperLine(one, time(8, 0), time(11, 0)), PaperLine(two, time(8, 10), None)]

    made = key_in_sheet(workshop=workshop, block=block, lines=lines, by=workshop.instructor, token=uuid.uuid4(), note="No network.", scan=scan())

    assert [(line.kind, line.at) for line in standing_log(one)] == [
        ("in", datetime(2026, 3, 7, 14, 0, tzinfo=UTC)),
        ("out", datetime(2026, 3, 7, 17, 0, tzinfo=UTC)),
    ]
    sheet = PaperSheet.objects.get()
    assert {(line.note, line.sheet, line.recorded_by) for line in made} == {("From the paper sheet. No network.", sheet, workshop.instructor)}
    assert (sheet.name, sheet.media_type, bytes(sheet.content)[:3]) == ("sheet.png", "image/jpeg", b"\xff\xd8\xff")
    assert AuditEntry.objects.get(action="workshops.key_in_sheet").details == {"block": block.pk, "entries": 3, "sheet": sheet.pk}


def test_a_form_sent_twice_counts_once(past):
    workshop, block, (one, _two) = past
    what = {"workshop": workshop, "block": block, "lines": [PaperLine(one, time(8), time(11))], "by": workshop.instructor, "token": uuid.uuid4()}

    assert key_in_sheet(**what, scan=scan()) == key_in_sheet(**what, scan=scan())

    assert (Attendance.objects.count(), PaperSheet.objects.count()) == (2, 1)


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        (lambda one, two: [], "nothing_entered"),
        (lambda one, two: [PaperLine(one, time(8), time(11)), PaperLine(two, time(11), time(8, 30))], "left_before_arrived"),
        (lambda one, two: [PaperLine(one, time(8), time(11)), PaperLine(SeatFactory(), time(8), time(11))], "other_workshop"),
    ],
)
def test_a_sheet_is_taken_whole_or_not_at_all(past, lines, code):
    workshop, block, seats = past

    with pytest.raises(AttendanceRefused) as refusal:
        key_in_sheet(workshop=workshop, block=block, lines=lines(*seats), by=workshop.instructor, token=uuid.uuid4())

    assert refusal.value.code == code
    assert not Attendance.objects.exists()


def test_what_the_log_has_is_replaced_only_when_asked(past):
    workshop, block, (one, _two) = past
    record_attendance(seat=one, block=block, kind="in", at=block.starts_at, by=workshop.instructor)
    what = {"workshop": workshop, "block": block, "lines": [PaperLine(one, time(8, 5), time(11))], "by": workshop.instructor}

    with pytest.raises(AttendanceRefused, match="has entries in this block already"):
        key_in_sheet(**what, token=uuid.uuid4(), scan=scan())
    assert not PaperSheet.objects.exists(), "the scan goes with what it proves"
    key_in_sheet(**what, token=uuid.uuid4(), replaces=True)

    assert [line.at.minute for line in standing_log(one)] == [5, 0]
    assert Attendance.objects.get(kind="annul").note == "Replaced by what the paper sheet says."


def test_a_signature_alone_keeps_the_time_a_phone_noted(past):
    workshop, block, (one, two) = past
    at = block.starts_at + timedelta(minutes=7)
    proof = Proof(device=claimed_device(workshop), on_paper=True)
    came = record_attendance(seat=one, block=block, kind="in", at=at, by=workshop.instructor, proof=proof)
    what = {"workshop": workshop, "block": block, "lines": [PaperLine(one, None)], "by": workshop.instructor, "token": uuid.uuid4()}
    assert (came.is_signed, came.awaits_paper) == (False, True)

    made = key_in_sheet(**what, scan=scan())
    again = key_in_sheet(**what)

    assert made == again == list(standing_log(one))
    (line,) = made
    assert (line.at, line.is_signed, line.awaits_paper, line.sheet) == (at, True, False, PaperSheet.objects.get())
    assert Attendance.objects.get(annuls=came).note == "Noted anew with the signature on the paper sheet."
    with pytest.raises(AttendanceRefused, match="there is no arrival to sign for"):
        key_in_sheet(**what | {"lines": [PaperLine(two, None)], "token": uuid.uuid4()})
    assert Attendance.objects.count() == 3


def test_the_page_asks_for_the_signature_of_whom_a_phone_signed_in(client, past):
    workshop, block, (one, two) = past
    AccreditationFactory(activity=workshop.activity, board=BoardFactory(code="us_fl_massage"))
    record_attendance(seat=one, block=block, kind="in", at=block.starts_at, by=workshop.instructor, proof=Proof(device=claimed_device(workshop), on_paper=True))
    client.force_login(workshop.instructor)
    address = reverse("workshops_desk:checkin_paper", args=[workshop.pk, block.pk])
    page = client.get(address)
    assert [("signed" in line.fields) for line in page.context["lines"] if line.seat == one] == [True]
    assert [("signed" in line.fields) for line in page.context["lines"] if line.seat == two] == [False]

    client.post(address, {"token": uuid.uuid4(), f"seat-{one.pk}-signed": "on", f"seat-{two.pk}-signed": "on"})

    assert [line.is_signed for line in standing_log(one)] == [True]
    assert not standing_log(two).exists()


def test_a_time_after_midnight_lies_on_the_next_day(db):
    start = datetime(2026, 3, 7, 4, 0, tzinfo=UTC)  # ten in the evening in Pensacola, until one
    workshop = workshop_with_blocks(starts_at=start, instructor=user_with_role(Role.INSTRUCTOR))
    seat = SeatFactory(workshop=workshop)

    key_in_sheet(workshop=workshop, block=workshop.blocks.first(), lines=[PaperLine(seat, time(22), time(1))], by=workshop.instructor, token=uuid.uuid4())

    assert [line.at for line in standing_log(seat)] == [start, datetime(2026, 3, 7, 7, 0, tzinfo=UTC)]


def test_signatures_and_sheets_go_into_the_dossier(past):
    workshop, block, (one, _two) = past
    device = claimed_device(workshop)
    signature = keep(read_drawing(DRAWING))
    signed = record_attendance(
        seat=one, block=block, kind="in", at=block.starts_at, by=workshop.instructor, proof=Proof(device=device, skew_ms=1500, signature=signature)
    )
    record_attendance(seat=one, block=block, kind="out", at=block.ends_at, by=workshop.instructor, proof=Proof(device=device))
    last = workshop.blocks.last()
    key_in_sheet(workshop=workshop, block=last, lines=[PaperLine(one, time(12), time(15))], by=workshop.instructor, token=uuid.uuid4(), scan=scan())

    dossier = complete_seat(seat=one, by=workshop.instructor).dossier

    sheet = f"sign-in-sheet-{PaperSheet.objects.get().pk}.jpg"
    files = dict(DossierFile.objects.filter(dossier=dossier).values_list("name", "content"))
    assert set(files) == {f"signature-{signed.pk}.svg", sheet}
    assert b"M10 10L60 90L120 40" in bytes(files[f"signature-{signed.pk}.svg"])
    first, second, third, *_rest = dossier.facts["attendance"]
    assert (first["device"], first["clock_ahead_ms"], first["signature"], first["sheet"]) == ("Ada’s phone", 1500, f"signature-{signed.pk}.svg", "")
    assert (second["signature"], third["sheet"]) == ("", sheet)
