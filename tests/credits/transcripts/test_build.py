"""What a transcript says: lines, cycles, sums, and what a filter leaves."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime

from credits.models import Award, AwardEntry
from credits.prospects.offers import Offer
from credits.services import begin_review
from credits.transcripts import build, sources
from credits.transcripts.build import TranscriptFilter, period_of, transcript_of
from credits.transcripts.lines import Origin, State
from credits.transcripts.links import make_link
from credits.transcripts.sources import InProgress, register_source
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.certificates import CertificateFactory
from tests.factories.credits import AccreditationFactory, AwardFactory, BoardFactory, DossierFactory, ExternalCreditFactory, LicenceFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr(build, "school_today", lambda: TODAY)
    monkeypatch.setattr(build, "today_of", lambda person: TODAY)


@pytest.fixture(autouse=True)
def nothing_begun(monkeypatch):
    monkeypatch.setattr(sources, "_sources", {})


@pytest.fixture
def licence():
    """Florida, whose cycles end on 31 August of odd years."""
    board = BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy", unit_plural="hours")
    return LicenceFactory(board=board, number="MA 12345", issued_on=date(2022, 3, 1))


def award(licence, *, day=date(2026, 5, 9), units="6", title="SMRT for the knee", kind=AwardEntry.Kind.ISSUED, **values):
    dossier = DossierFactory(user=licence.user, completed_on=day, completed_at=datetime(day.year, day.month, day.day, 15, tzinfo=UTC))
    accreditation = AccreditationFactory(activity=dossier.activity, board=licence.board)
    made = AwardFactory(dossier=dossier, accreditation=accreditation, board=licence.board, units=Decimal(units), title=title, completed_on=day, **values)
    if kind != AwardEntry.Kind.ISSUED:
        data = {"reason_class": "duplicate"} if kind == AwardEntry.Kind.REVOKED else {}
        AwardEntry.objects.create(award=made, kind=kind, data=data)
    return made


def external(licence, **values):
    return ExternalCreditFactory(user=licence.user, board=licence.board, **values)


def sections(user, **asked):
    found = transcript_of(user, replace(TranscriptFilter(), **asked)).sections
    return [(section.heading, section.earned, section.here, section.elsewhere, section.pending, [line.title for line in section.lines]) for section in found]


def test_lines_stand_by_cycle_with_sums_in_the_board_s_unit(licence):
    award(licence, units="6.50")
    award(licence, title="Held", units="2", kind=AwardEntry.Kind.HELD, day=date(2026, 6, 1))
    award(licence, title="Before", units="3", day=date(2025, 8, 31))
    external(licence, title="Lymph", units=Decimal("4"), status="accepted", completed_on=date(2026, 1, 2))
    external(licence, title="Waits", units=Decimal("1"), completed_on=date(2026, 1, 1))

    transcript = transcript_of(licence.user, TranscriptFilter())

    assert sections(licence.user) == [
        ("September 1, 2025 to August 31, 2027", "10.5", "6.5", "4", "3", ["Held", "SMRT for the knee", "Lymph", "Waits"]),
        ("September 1, 2023 to August 31, 2025", "3", "3", "0", "0", ["Before"]),
    ]
    first = transcript.sections[0]
    assert (first.board, first.licence_number, first.unit, first.is_cycle, first.is_current) == (licence.board, "MA 12345", "hours", True, True)
    assert transcript.totals == [(licence.board, "13.5", "hours")]
    assert [(line.origin, line.state, line.code) for line in first.lines] == [
        (Origin.HERE, State.PENDING, "held"),
        (Origin.HERE, State.EARNED, "active"),
        (Origin.ELSEWHERE, State.EARNED, "accepted"),
        (Origin.ELSEWHERE, State.PENDING, "waiting"),
    ]


def test_without_cycles_years_part_the_lines_and_what_has_no_board_comes_last():
    user = UserFactory()
    licence = LicenceFactory(user=user, board=BoardFactory(name="Zambia"))
    award(licence, day=date(2024, 12, 31))
    award(licence, day=date(2025, 1, 1))
    AwardFactory(plain=True, dossier__user=user, title="Only the school's own")

    found = transcript_of(user, TranscriptFilter()).sections

    assert [(section.heading, section.is_cycle, len(section.lines)) for section in found] == [
        ("2025", False, 1),
        ("2024", False, 1),
        ("Without a board’s units", False, 1),
    ]


def test_what_ended_shows_only_when_asked_for(licence):
    old = award(licence, title="Corrected")
    AwardEntry.objects.create(award=old, kind=AwardEntry.Kind.SUPERSEDED)
    values = {name: getattr(old, name) for name in ("key", "dossier", "board", "accreditation", "units", "mode", "completed_on")}
    AwardEntry.objects.create(award=Award.objects.create(**values, version=2, supersedes=old, title="Correction"), kind=AwardEntry.Kind.ISSUED)
    award(licence, title="Revoked", kind=AwardEntry.Kind.REVOKED)
    external(licence, title="Refused", status="refused")
    external(licence, title="Withdrawn", status="withdrawn")

    usual = sections(licence.user)
    ended = transcript_of(licence.user, TranscriptFilter.of({"status": "ended"}))
    everything = sections(licence.user, states=frozenset(State))

    assert [row[-1] for row in usual] == [["Correction"]]
    assert {line.title for line in ended.lines} == {"Revoked", "Refused", "Withdrawn"}
    assert ended.sections[0].earned == "0"
    assert {line.note for line in ended.lines} == {"", "reason: Issued twice"}
    assert everything[0][1] == "6"


def test_what_waits_says_for_what_and_leads_there(licence):
    held = award(licence, title="Held", kind=AwardEntry.Kind.HELD)
    AwardEntry.objects.create(award=held, kind=AwardEntry.Kind.HELD, data={"missing": ["licence_number_missing", "legal_name_missing"]})
    asked = external(licence, title="Asked", status="asked")

    lines = {line.title: (line.note, line.address) for line in transcript_of(licence.user, TranscriptFilter()).lines}

    assert lines == {
        "Held": ("waits for your licence number, waits for your legal name", "/credits/"),
        "Asked": ("the school has a question", asked.get_absolute_url()),
    }


def test_what_is_suspended_is_not_earned_meanwhile_and_no_link_shows_it_as_that(licence):
    suspended = award(licence, title="Knee")
    certificate = CertificateFactory(award=suspended)
    begin_review(certificate=certificate, officer=user_with_role("ce_officer"), reason="Did another person sit the exam?")

    (section,) = transcript_of(licence.user, TranscriptFilter()).sections
    shared = transcript_of(licence.user, TranscriptFilter.of_link(make_link(user=licence.user, name="x")))

    (line,) = section.lines
    since = date_format(localtime(), "F j, Y")
    assert (line.state, line.code, section.earned, section.pending) == ("pending", "suspended", "0", "6")
    assert line.word == f"held since {date_format(localtime(), 'N j, Y')}"
    assert line.note.startswith(f"held for review since {since}: the school looks into its certificate. Nothing is lost yet:")
    assert shared.lines == []


def test_what_is_begun_is_pending_with_what_it_would_be_worth(licence):
    approved = AccreditationFactory(board=licence.board, units=Decimal("6"))
    other = AccreditationFactory(board=BoardFactory(name="Elsewhere"))
    begun = [
        InProgress("The knee", "In progress", "/courses/1/", Offer("a", approved.activity)),
        InProgress("The hip", "Booked", "/workshops/1/", Offer("b", other.activity, date(2027, 1, 5))),
        InProgress("The jaw", "Booked", "/workshops/2/"),
    ]
    register_source("tests", lambda user: begun)

    found = transcript_of(licence.user, TranscriptFilter()).sections

    assert [(section.board, section.pending, [(line.title, line.units_shown, line.word, line.note) for line in section.lines]) for section in found] == [
        (licence.board, "6", [("The knee", "6", "In progress", "if completed")]),
        (None, "0", [("The jaw", "", "Booked", ""), ("The hip", "", "Booked", "")]),
    ]


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ({}, {"Knee", "Old", "Lymph", "Hip", "Course"}),
        ({"board": "us_fl_massage"}, {"Knee", "Old", "Lymph"}),
        ({"board": "us_fl\x00"}, set()),
        ({"period": "2026"}, {"Knee", "Lymph", "Hip", "Course"}),
        ({"period": "2025-09-01..2027-08-31", "board": "us_fl_massage"}, {"Knee", "Lymph"}),
        ({"period": "2024"}, {"Old"}),
        ({"kind": "here"}, {"Knee", "Old", "Hip"}),
        ({"kind": "elsewhere"}, {"Lymph"}),
        ({"kind": "in_progress"}, {"Course"}),
        ({"status": "earned"}, {"Knee", "Old", "Hip"}),
        ({"status": "pending"}, {"Lymph", "Course"}),
        ({"kind": "nonsense", "status": "nonsense", "period": "nonsense"}, {"Knee", "Old", "Lymph", "Hip", "Course"}),
    ],
)
def test_filters(licence, query, titles):
    register_source("tests", lambda user: [InProgress("Course", "In progress", "/courses/1/")])
    award(licence, title="Knee")
    award(licence, title="Old", day=date(2024, 2, 3))
    award(LicenceFactory(user=licence.user), title="Hip")
    external(licence, title="Lymph", status="asked")

    assert {line.title for line in transcript_of(licence.user, TranscriptFilter.of(query)).lines} == titles


@pytest.mark.parametrize(
    "text", ["", "26", "٢٠٢٦", "0000", "9999", "2026-02-30..2026-03-01", "2026-05-01..2026-04-01", "..", "a..b", "2026-01-01..2026-02-01..x"]
)
def test_a_period_that_is_none_is_open(text):
    assert period_of(text) == (None, None)


def test_one_can_ask_for_every_cycle_and_year_there_is(licence):
    award(licence)
    award(licence, day=date(2024, 2, 3))

    transcript = transcript_of(licence.user, TranscriptFilter.of({"period": "2024"}))

    assert [value for value, _label in transcript.periods] == ["2025-09-01..2027-08-31", "2023-09-01..2025-08-31", "2026", "2024"]
    assert list(transcript.boards) == [licence.board]


def test_a_link_shows_what_it_was_made_for(licence):
    register_source("tests", lambda user: [InProgress("Course", "In progress", "/courses/1/")])
    award(licence, title="Knee")
    award(licence, title="Held", kind=AwardEntry.Kind.HELD)
    award(LicenceFactory(user=licence.user), title="Other board")
    external(licence, title="Lymph", status="accepted")
    external(licence, title="Waits")

    def shown(**values):
        return {line.title for line in transcript_of(licence.user, TranscriptFilter.of_link(make_link(user=licence.user, name="x", **values))).lines}

    assert shown() == {"Knee", "Other board", "Lymph"}
    assert shown(board=licence.board, with_external=False) == {"Knee"}
    assert shown(with_pending=True) == {"Knee", "Other board", "Lymph", "Held", "Waits", "Course"}
    assert shown(first_on=date(2026, 6, 1)) == set()


def test_nobody_else_s_is_on_it(licence):
    award(licence)
    external(licence)

    assert transcript_of(UserFactory(), TranscriptFilter()).sections == ()


def test_the_name_is_the_legal_one_once_confirmed():
    user = UserFactory(display_name="Zoë")

    before = transcript_of(user, TranscriptFilter())
    user.legal_names.create(given_names="Zoë Thị", family_name="Đặng", confirmed_at=timezone.now(), confirmed_by=user)
    del user.legal_name
    after = transcript_of(user, TranscriptFilter())

    assert (before.name, before.is_name_confirmed) == ("Zoë", False)
    assert (after.name, after.is_name_confirmed) == ("Zoë Thị Đặng", True)


@pytest.mark.parametrize("count", [1, 3])
def test_it_costs_the_same_with_many(licence, django_assert_num_queries, count):
    for number in range(count):
        award(licence, title=f"Knee {number}")
        external(licence)

    with django_assert_num_queries(14):
        transcript_of(licence.user, TranscriptFilter())
