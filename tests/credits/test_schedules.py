"""A schedule in words: an hour of rest never reads as an hour of instruction."""

import pytest

from credits.audits.records import schedule_rows
from credits.petitions.answers import answers_of
from credits.schedules import block_words
from tests.factories.credits import BoardFactory, DossierFactory

MORNING = {"kind": "instruction", "mode": "in_person_hands_on", "topic": "First holds", "block": 1, "minutes": 180}
NOON = {"kind": "meal", "mode": "in_person_hands_on", "topic": "", "block": 2, "minutes": 60}


@pytest.mark.parametrize(
    ("block", "words"),
    [
        (MORNING, "First holds"),
        (MORNING | {"topic": ""}, "In person, hands-on"),
        (NOON, "Meal, not counted"),
        (NOON | {"kind": "break", "topic": "Coffee"}, "Break, not counted"),
        ({"kind": "instruction", "mode": "by post"}, "by post"),
        ({"kind": "instruction"}, "instruction"),
        ({}, ""),
    ],
)
def test_a_block_says_what_it_is(block, words):
    assert block_words(block) == words


@pytest.fixture
def dossier(db):
    dates = [
        MORNING | {"starts_at": "2026-11-03T15:00:00+00:00", "ends_at": "2026-11-03T18:00:00+00:00"},
        NOON | {"starts_at": "2026-11-03T18:00:00+00:00", "ends_at": "2026-11-03T19:00:00+00:00"},
    ]
    instructor = {"name": "Ada Rivera, LMT, BCTMB"}
    return DossierFactory(
        zone="America/Chicago",
        facts={"schedule": dates, "minutes": {"1": 180}, "instructor": instructor},
        activity__instructor_name="Ada Rivera",
        activity__instructor_credentials="LMT, BCTMB",
    )


def test_a_petition_s_outline_tells_pauses_from_instruction(dossier):
    answers = answers_of(dossier=dossier, board=BoardFactory(), approvals=[], words="")

    assert answers["outline"].rows == (
        ("November 3, 2026", "09:00 – 12:00", "First holds"),
        ("November 3, 2026", "12:00 – 13:00", "Meal, not counted"),
    )
    assert answers["completed"].text.endswith(" (Chicago time)")


def test_a_petition_names_the_instructor_s_letters_once(dossier):
    answers = answers_of(dossier=dossier, board=BoardFactory(), approvals=[], words="")

    assert answers["instructor"].paragraphs == ("Ada Rivera, LMT, BCTMB",)


def test_an_audit_pack_s_schedule_tells_them_apart_too(dossier):
    rows = schedule_rows(dossier.facts, dossier.zone)

    assert [(row["what"], row["how"], row["attended"]) for row in rows] == [("First holds", "In person, hands-on", 180), ("Meal, not counted", "", "")]
