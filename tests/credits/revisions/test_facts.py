"""What changes between two documents, in words; and verifying fact by fact."""

import pytest
from django.db import IntegrityError, transaction

from credits.models import FactVerification
from credits.revisions import in_force
from credits.revisions.differences import Line, facts_changed, written_lines
from credits.revisions.verification import FactChanged, NoSuchFact, VerificationMistake, facts_shown, verify_fact, withdraw_verification
from credits.rulebook import known
from credits.rulebook.loading import rules_of
from credits.rulebook.yaml_text import parse
from credits.services.officers import NotAnOfficer, ReasonNeeded
from credits.standings import names_by_code
from tests.credits.revisions.conftest import FLORIDA
from tests.factories.accounts import UserFactory
from tests.factories.credits import RuleRevisionFactory


def changes(text):
    found = facts_changed(rules_of(parse(FLORIDA)), rules_of(parse(text)), names_by_code())
    return [(change.state, change.title, change.was, change.becomes) for change in found]


def test_the_same_document_changes_nothing():
    assert changes(f"# Another comment\n{FLORIDA}") == []


def test_a_changed_row_shows_the_sentences_that_differ():
    text = FLORIDA.replace('[in_person_hands_on]}, units: "12"', '[in_person_hands_on]}, units: "14"')

    assert changes(text) == [
        (
            "changed",
            "Rule: us_fl_massage.standard version 1",
            ("At least 12 hours: massage technique, hands-on in person.",),
            ("At least 14 hours: massage technique, hands-on in person.",),
        )
    ]


def test_a_new_row_a_gone_fact_and_another_order():
    first, rest = FLORIDA.index("  - id: us_fl_massage.first_renewal"), FLORIDA.index("  # The renewals of 2023")
    standard, end = FLORIDA.index("  - id: us_fl_massage.standard"), FLORIDA.index("provider:")
    moved = FLORIDA[:first] + FLORIDA[standard:end] + FLORIDA[first:rest] + FLORIDA[rest:standard] + FLORIDA[FLORIDA.index("reporting:") :]

    found = changes(moved)

    assert [(state, title) for state, title, _was, _becomes in found] == [
        ("removed", "What providers must do"),
        ("changed", "The order in which rules are tried"),
    ]
    assert found[1][3][0] == "us_fl_massage.standard version 1"


def test_what_is_said_of_the_whole_document_changes_too():
    text = FLORIDA.replace("confidence: read\nverified", "confidence: memory-high\nverified")
    text = text.replace("\ncalendar:\n", "\nweak:\n  calendar.day: Unsure.\n\ncalendar:\n")

    title, was, becomes = changes(text)[-1][1:]

    assert (title, was) == ("What is said of the whole document", ("Confidence: read.",))
    assert becomes == ("Confidence: memory-high.", "Less sure, calendar.day: Unsure.")


def test_the_first_document_is_all_new():
    found = facts_changed(None, rules_of(parse(FLORIDA)), names_by_code())

    assert {change.state for change in found} == {"added"}
    assert found[0].title == "When a cycle ends"


def test_lines_show_what_was_written_with_a_few_around():
    before = "\n".join("abcdefghij")

    assert written_lines(before, before.replace("e", "E")) == [
        Line("…", None, ""),
        Line("", 2, "b"), Line("", 3, "c"), Line("", 4, "d"), Line("-", 5, "e"), Line("+", 5, "E"), Line("", 6, "f"), Line("", 7, "g"), Line("", 8, "h"),
    ]  # fmt: skip
    assert written_lines(before, before) == []


@pytest.fixture
def calendar(florida, rules_of_the_site):
    return next(fact for fact in known()["us_fl_massage"].facts if fact.kind == "calendar")


def verify(officer, board, fact, **more):
    words = {"kind": fact.kind, "name": fact.name, "digest": fact.digest, "source_seen": "64B7-28.009,  as of September 2024"}
    return verify_fact(officer=officer, board=board, **{**words, **more})


@pytest.mark.django_db
def test_an_officer_verifies_a_fact_beside_its_source(officer, second, florida, calendar):
    row = verify(officer, florida, calendar)

    assert (row.verified_by, row.verified_by_name, row.source_seen) == (officer, "Olive Officer", "64B7-28.009, as of September 2024")
    rules = known()["us_fl_massage"]
    assert (rules.fact_is_verified("calendar", "calendar"), rules.verified_count[0], rules.is_verified) == (True, 1, False)
    shown = facts_shown(florida, rules, names_by_code())
    assert (shown[0].title, shown[0].is_verified, shown[0].verification) == ("When a cycle ends", True, row)
    assert shown[0].sentences[0] == "A cycle lasts 2 years and ends on 31 August of odd years."

    assert verify(second, florida, calendar) == row  # it is verified already


@pytest.mark.django_db
def test_a_verification_needs_words_and_the_fact_as_it_is(officer, florida, calendar):
    with pytest.raises(NotAnOfficer):
        verify(UserFactory(), florida, calendar)
    with pytest.raises(VerificationMistake, match="Say what you read"):
        verify(officer, florida, calendar, source_seen=" ")
    with pytest.raises(FactChanged, match="was changed meanwhile"):
        verify(officer, florida, calendar, digest="0" * 64)
    with pytest.raises(NoSuchFact, match="no such fact now"):
        verify(officer, florida, calendar, name="moon")

    assert not FactVerification.objects.exists()


@pytest.mark.django_db
def test_a_verification_is_taken_back_with_a_reason_and_given_again(officer, florida, calendar):
    row = verify(officer, florida, calendar)
    with pytest.raises(ReasonNeeded):
        withdraw_verification(officer=officer, verification=row, reason="")

    withdraw_verification(officer=officer, verification=row, reason="The page has changed.")
    withdraw_verification(officer=officer, verification=row, reason="Again.")

    assert FactVerification.objects.get().withdraw_reason == "The page has changed."
    assert not known()["us_fl_massage"].fact_is_verified("calendar", "calendar")
    verify(officer, florida, calendar)
    assert known()["us_fl_massage"].fact_is_verified("calendar", "calendar")


@pytest.mark.django_db
def test_changing_the_fact_ends_it_and_changing_it_back_brings_it_back(officer, florida, calendar):
    verify(officer, florida, calendar)

    RuleRevisionFactory(board=florida, number=2, text=FLORIDA.replace("parity: odd", "parity: even"))
    in_force.note_change()
    assert not known()["us_fl_massage"].fact_is_verified("calendar", "calendar")

    RuleRevisionFactory(board=florida, number=3)
    in_force.note_change()
    assert known()["us_fl_massage"].fact_is_verified("calendar", "calendar")


@pytest.mark.django_db
def test_the_database_keeps_a_verification(officer, florida, calendar):
    row = verify(officer, florida, calendar)

    for change in ({"source_seen": "other"}, {"digest": "0" * 64}, {"verified_by_name": "Other"}):
        with pytest.raises(IntegrityError, match="stands as it was given"), transaction.atomic():
            FactVerification.objects.update(**change)
    with pytest.raises(IntegrityError, match="stands as it was given"), transaction.atomic():
        row.delete()
