"""A transcript as PDF and CSV."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pikepdf
import pypdfium2
import pytest

from credits.models import ExternalCredit
from credits.transcripts import pdf
from credits.transcripts.build import TranscriptFilter, transcript_of
from credits.transcripts.csv_file import COLUMNS, transcript_csv
from credits.transcripts.pdf import TooLong, transcript_pdf
from tests.factories.accounts import UserFactory
from tests.factories.credits import AwardFactory, BoardFactory, ExternalCreditFactory, LicenceFactory

pytestmark = pytest.mark.django_db

MADE = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
HOSTILE = "#import \"x\" $1$ =cmd|'/c calc'!A1 <b>"


def text_of(data):
    document = pypdfium2.PdfDocument(data)
    try:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)
    finally:
        document.close()


@pytest.fixture
def user():
    user = UserFactory(display_name="Zoë Đặng")
    board = BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy", unit_plural="hours")
    LicenceFactory(user=user, board=board, number="MA 12345", issued_on=date(2022, 3, 1))
    AwardFactory(dossier__user=user, accreditation__board=board, board=board, title="SMRT for the knee", completed_on=date(2026, 5, 9))
    ExternalCreditFactory(user=user, board=board, title=HOSTILE, provider_name="=1+1", units=Decimal("4.5"), status="accepted")
    return user


def test_the_pdf_says_it_all_and_is_tagged_and_archival(user):
    data = transcript_pdf(transcript_of(user, TranscriptFilter()), made_at=MADE, share_url="https://smrt.example/t/abc/")

    words = text_of(data)
    for part in (
        "Zoë Đặng",
        "Florida Board of Massage Therapy",
        "MA 12345",
        "SMRT for the knee",
        '#import "x" $1$',
        "10.5 hours earned",
        "https://smrt.example/t/abc/",
    ):
        assert part in words
    with pikepdf.open(io.BytesIO(data)) as document:
        assert bool(document.Root.MarkInfo.Marked)
        assert "/StructTreeRoot" in document.Root
        assert str(document.Root.Lang) == "en"
        with document.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"], metadata["pdfuaid:part"]) == ("2", "A", "1")


def test_the_same_transcript_gives_the_same_bytes(user):
    transcript = transcript_of(user, TranscriptFilter())

    assert transcript_pdf(transcript, made_at=MADE) == transcript_pdf(transcript, made_at=MADE)


def test_an_empty_one_says_so(user):
    assert "Nothing is on record for this." in text_of(transcript_pdf(transcript_of(UserFactory(), TranscriptFilter()), made_at=MADE))


def test_scripts_of_the_world_and_signs_nobody_has(user):
    ExternalCreditFactory(user=user, board=BoardFactory(), title="ניקוז לימפתי \U0001f9e0", status="accepted")

    assert transcript_pdf(transcript_of(user, TranscriptFilter()), made_at=MADE).startswith(b"%PDF-")


def test_one_that_would_keep_a_worker_busy_is_refused_with_a_way_out(user, monkeypatch):
    monkeypatch.setattr(pdf, "MAX_LINES", 1)

    with pytest.raises(TooLong, match="take the CSV file"):
        transcript_pdf(transcript_of(user, TranscriptFilter()), made_at=MADE)


def test_a_spreadsheet_runs_nothing_of_the_csv(user):
    ExternalCreditFactory(user=user, board=BoardFactory(), title="@SUM(1)", provider_name="-2")

    rows = list(csv.DictReader(io.StringIO(transcript_csv(transcript_of(user, TranscriptFilter())))))

    assert tuple(rows[0]) == COLUMNS
    assert sorted((row["title"], row["provider"], row["kind"], row["status"], row["units"]) for row in rows) == [
        (HOSTILE, "'=1+1", "elsewhere", "accepted", "4.5"),
        ("'@SUM(1)", "'-2", "elsewhere", "waiting", "4"),
        ("SMRT for the knee", "SMRT School", "here", "active", "6"),
    ]
    assert ExternalCredit.objects.count() == 2
