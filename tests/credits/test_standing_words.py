"""A cycle in one sentence, whatever its state."""

from datetime import date

import pytest

from credits.rulebook.words import Unit, match_words
from credits.standing_picture import bars_of, timeline_of
from credits.standing_words import Words, line_of, sentence_of, status_word

WORDS = Words(Unit("hour", "hours"), {"ethics": "Ethics", "cpr": "CPR card"}, {})
CONTENT = {
    "minima": [
        {"code": "live", "match": {"modes": ["in_person_hands_on"]}, "units": "12"},
        {"code": "ethics", "match": {"categories": ["ethics"]}, "units": "2", "relation": "additional"},
        {"code": "general", "match": {}, "units": "5"},
    ]
}
TODAY = date(2027, 1, 1)


def cycle(**changes):
    return {
        "number": 2, "start": "2025-09-01", "end": "2027-08-31", "window_close": "2027-08-31", "grace_last_day": None, "status": "open", "required": "24",
        "applied": "18", "additional_needed": "6", "shortfall_out": "0", "blocked_by": [], "minima_missing": [], "over_cap": [], "minima": [],
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence", "badge"),
    [
        ({}, "6 more hours by August 31, 2027.", "info"),
        ({"additional_needed": "1"}, "1 more hour by August 31, 2027.", "info"),
        (
            {"minima_missing": [{"code": "live", "units": "4"}, {"code": "ethics", "units": "2"}, {"code": "general", "units": "1"}]},
            "6 more hours by August 31, 2027, at least 4 hands-on in person, 2 of ethics on top of the total.",
            "info",
        ),
        (
            {"end": "2026-12-01", "window_close": "2026-12-01", "grace_last_day": "2027-02-01"},
            "6 more hours by February 1, 2027, when the time for late credit ends.",
            "info",
        ),
        ({"status": "short"}, "6 hours were missing on August 31, 2027, by what is on record here.", "warn"),
        ({"status": "met", "additional_needed": "0"}, "Everything is on record for the cycle that ends on August 31, 2027: 24 hours.", "ok"),
        ({"status": "met_late", "additional_needed": "0"}, "Everything is on record for the cycle that ends on August 31, 2027: 24 hours.", "ok"),
        (
            {"status": "met", "additional_needed": "0", "blocked_by": ["cpr"]},
            "For the renewal of August 31, 2027 one thing is missing: a current CPR card.",
            "warn",
        ),
        ({"status": "exempt", "required": "0", "additional_needed": "0"}, "Nothing is due in the cycle that ends on August 31, 2027.", "ok"),
        ({"status": "deferred", "shortfall_out": "2"}, "The cycle that ended on August 31, 2027 moves 2 hours into the next.", "warn"),
        (
            {"status": "no_rule", "required": None, "applied": None, "additional_needed": None},
            "We know no rule for a cycle that ends on August 31, 2027. Ask the board what it wants for this renewal.",
            "muted",
        ),
    ],
)
def test_each_state_is_one_sentence(changes, sentence, badge):
    row = cycle(**changes)

    assert (sentence_of(row, CONTENT, WORDS, TODAY), status_word(row)[1]) == (sentence, badge)


def test_bars_are_as_long_as_what_they_say():
    row = cycle(over_cap=[{"units": "6"}], minima=[{"code": "ethics", "relation": "additional", "required": "2", "missing": "1.5"}])

    total, ethics = bars_of(row, CONTENT, WORDS)

    assert (total.applied, total.missing, total.over) == ("18", "6", "6")
    assert (total.applied_width, total.missing_width, total.over_x, total.over_width) == ("60.00", "20.00", "80.00", "20.00")
    assert (ethics.label, ethics.applied, ethics.applied_width, ethics.is_on_top) == ("Ethics", "0.5", "25.00", True)


def test_nothing_due_and_no_rule_have_no_bars():
    assert bars_of(cycle(required=None), CONTENT, WORDS) == bars_of(cycle(required="0"), CONTENT, WORDS) == ()


def test_the_timeline_sets_today_between_the_cycles():
    rows = [cycle(number=1, start="2023-09-01", end="2025-08-31"), cycle()]

    line = timeline_of(rows, date(2025, 9, 1))

    assert [(span.x, span.width, span.is_current) for span in line.spans] == [("0.00", "50.03", False), ("50.03", "49.97", True)]
    assert line.today_x == "50.03"


def test_a_share_is_said_in_per_cent():
    assert match_words({"modes": ["in_person_hands_on"], "hands_on_fraction_min": "0.70"}, {}) == "hands-on in person, a course that is at least 70% hands-on"


def test_what_any_kind_fills_is_said_with_the_unit():
    content = {"minima": [*CONTENT["minima"], {"code": "general", "match": {}, "units": "5"}]}
    line = {"credit": "elsewhere", "segment": 0, "units": "2", "disposition": "counted", "reason": None, "rule": None}

    whole = line_of(line | {"serves": [{"minimum": "general", "units": "2"}]}, content, WORDS, is_open=True)
    apart = line_of(line | {"serves": [{"minimum": "ethics", "units": "1"}, {"minimum": "general", "units": "1"}]}, content, WORDS, is_open=True)

    assert (whole.why, apart.why) == ("as hours of any kind", "as 1 ethics and 1 of any kind")
