"""Which row of the rules holds for a cycle, what it asks, and the window it gives."""

from __future__ import annotations

from typing import Any

import pytest

from credits.engine.dates import civil
from credits.engine.requirement import Calendar
from tests.credits.engine.standing_cases import YEARS, credit, cycle, cycles, lines, rule

ANNIVERSARY = {"anchor": "issue_anniversary", "months": 24, "leap_day": "feb_28", "ends": "day_before"}


def required(**options: Any) -> str:
    found = cycle(**options)["required"]
    assert isinstance(found, str)
    return found


@pytest.mark.parametrize(
    ("when", "licence", "holds"),
    [
        ({}, {}, True),
        ({"cycle_end": {"from": "2026-12-31", "to": "2026-12-31"}}, {}, True),
        ({"cycle_end": {"to": "2026-12-30"}}, {}, False),
        ({"cycle_start": {"from": "2026-01-01"}}, {}, True),
        ({"cycle_start": {"from": "2026-01-02"}}, {}, False),
        ({"submitted": {"to": "2026-11-30"}}, {"renewals": [{"cycle_end": "2026-12-31", "submitted_on": "2026-11-30"}]}, True),
        ({"submitted": {"to": "2026-11-30"}}, {}, False),
        ({"submitted": {"from": "2026-12-01"}}, {}, False),
        ({"issued": {"to": "2020-01-01"}}, {}, True),
        ({"issued": {"from": "2020-01-02"}}, {}, False),
        ({"cycle_number": {"from": 7, "below": 8}}, {}, True),
        ({"cycle_number": {"below": 7}}, {}, False),
        ({"years_practising": {"from": 15}}, {"practising_since": "2011-12-31"}, True),
        ({"years_practising": {"from": 15}}, {"practising_since": "2012-01-01"}, False),
        ({"months_licensed": {"from": 83, "below": 84}}, {}, True),
        ({"holds": "cpr"}, {"credentials": [{"credential": "cpr", "expires": "2026-12-31"}]}, True),
        ({"holds": "cpr"}, {"credentials": [{"credential": "cpr", "expires": "2026-12-30"}]}, False),
        ({"holds": "cpr"}, {"credentials": [{"credential": "cpr", "from": "2027-01-01", "expires": "2027-12-30"}]}, False),
        ({"partly_inactive": True}, {"status_history": [{"from": "2026-12-31", "status": "inactive"}]}, True),
        ({"partly_inactive": True}, {"status_history": [{"from": "2025-01-01", "status": "inactive"}, {"from": "2026-01-01", "status": "active"}]}, False),
        ({"partly_inactive": False}, {}, True),
    ],
)
def test_when_a_row_holds(when, licence, holds):
    assert (cycle(licence=licence, when=when)["status"] != "no_rule") is holds


def test_the_first_row_in_force_is_taken():
    rules = [
        rule(id="a", status="proposed"),
        rule(id="b", status="superseded"),
        rule(id="c", status="waiver", when={"cycle_number": {"below": 2}}),
        rule(id="d", version=3),
        rule(id="e"),
    ]

    assert cycle(rules=rules)["rule"] == {
        "id": "d",
        "version": 3,
        "basis": "standard",
        "source": "the board's rule",
        "source_as_of": None,
        "confidence": "read",
    }


@pytest.mark.parametrize(
    ("row", "licence", "units"),
    [
        ({"per_month": "1", "months_counted": "licensed"}, {}, "12"),
        ({"per_month": "1", "months_counted": "licensed"}, {"issued_on": "2026-10-31"}, "3"),
        ({"per_month": "1", "months_counted": "active"}, {"status_history": [{"from": "2026-02-01", "status": "inactive"}]}, "1"),
        ({"per_month": "1", "months_counted": "active"}, {"status_history": [{"from": "2026-02-02", "status": "inactive"}]}, "2"),
        (
            {"per_month": "1", "months_counted": "active"},
            {"status_history": [{"from": "2026-12-31", "status": "active"}, {"from": "2025-06-01", "status": "inactive"}]},
            "1",
        ),
        ({"per_month": "1", "months_counted": "active", "floor": "4"}, {"status_history": [{"from": "2020-02-01", "status": "inactive"}]}, "4"),
        ({"per_month": "0.7", "months_counted": "licensed", "rounding": {"granularity": "1", "mode": "half_up"}}, {}, "8"),
        ({"per_month": "1", "months_counted": "licensed", "ceiling": "11"}, {}, "11"),
        ({"by_licensed_month": ["12", "8", "4"]}, {}, "12"),
        ({"by_licensed_month": ["12", "8", "4"]}, {"issued_on": "2026-02-20"}, "8"),
        ({"by_licensed_month": ["12", "8", "4"]}, {"issued_on": "2026-11-20"}, "4"),
    ],
)
def test_required_units(row, licence, units):
    assert required(required=row, licence=licence) == units


def test_an_override_replaces_what_is_required_and_fractions_follow_it():
    found = cycle(
        licence={"overrides": [{"cycle_end": "2026-12-31", "required": "4", "reason": "illness"}]},
        required={"units": "10", "floor": "8"},
        minima=[{"code": "half", "match": {}, "fraction_of_required": "0.5"}],
    )

    assert (found["required"], found["minima"][0]["required"]) == ("4", "2")


def test_fractions_are_of_what_is_required_before_it_is_raised_or_a_shortfall_is_added():
    minima = [
        {"code": "a", "match": {"categories": ["a"]}, "units": "8", "exclusive_group": "g"},
        {"code": "b", "match": {"categories": ["b"]}, "fraction_of_required": "0.5", "exclusive_group": "g"},
    ]
    carry = {"generations": 1, "satisfies_minima": True, "max_fraction_of_required": "0.1", "shortfall_max": "20"}
    held = [credit("a", "2025-03-01", "8", ["a"]), credit("b", "2025-03-01", "9", ["b"])]

    found = cycle(*held, evaluate_ends=("2025-12-31",), minima=minima, carry=carry)

    assert (found["required"], found["minima"][1]["required"], found["carried_out"]) == ("13", "5", "1")
    assert found["reasons"] == ["raised_to_fit_minima"]


def test_an_exempt_cycle_with_a_topic_still_due_asks_for_the_topic():
    found = cycle(required={"units": "0"}, minima=[{"code": "law", "match": {"categories": ["law"]}, "units": "2"}])

    assert (found["required"], found["status"], found["reasons"]) == ("2", "open", ["minimum_missing", "raised_to_fit_minima", "total_short"])


def test_a_minimum_on_top_is_not_in_the_total_and_keeps_a_cycle_from_being_exempt():
    minima = [{"code": "law", "match": {"categories": ["law"]}, "units": "2", "relation": "additional"}]

    found = cycle(credit("a", "2026-03-01", "1", ["law"]), required={"units": "0"}, minima=minima)

    assert (found["required"], found["applied"], found["additional_needed"], found["status"]) == ("0", "0", "1", "open")
    assert found["minima"][0] | {"source": None} == {"code": "law", "relation": "additional", "required": "2", "applied": "1", "missing": "1", "source": None}
    assert found["reasons"] == ["additional_missing"]


def test_units_per_year_of_the_cycle_count_every_year_begun():
    minima = [{"code": "bias", "match": {"categories": ["bias"]}, "units_per_cycle_year": "1", "source": "the statute"}]
    calendar = {"anchor": "periods", "periods": [{"start": "2024-01-01", "end": "2026-12-31"}]}

    (full,) = cycle(calendar=calendar, minima=minima)["minima"]
    (short,) = cycle(calendar=calendar, minima=minima, licence={"issued_on": "2025-06-01"})["minima"]

    assert (full["required"], full["source"], short["required"]) == ("3", "the statute", "2")


def test_a_window_has_its_own_days():
    window = {"open": {"year_offset": -2, "month": 8, "day": 1}, "close": {"year_offset": 0, "month": 2, "day": 30}}

    found = cycle(window=window)

    assert (found["window_open"], found["window_close"], found["grace_last_day"]) == ("2024-08-01", "2026-02-28", None)


def test_grace_is_counted_from_the_end_of_the_cycle():
    assert cycle(grace={"months": 2, "fee_required": False})["grace_last_day"] == "2027-02-28"


def test_an_override_moves_the_window():
    licence = {"overrides": [{"cycle_end": "2026-12-31", "window_open": "2025-11-01", "window_close": "2027-03-31", "reason": "extension"}]}
    held = [credit("a", "2025-11-01", "4"), credit("b", "2027-03-31", "4")]

    found = cycle(*held, licence=licence, as_of="2027-03-31", grace={"days": 30, "fee_required": True})

    assert (found["applied"], found["status"], found["reasons"]) == ("8", "open", ["total_short"])


def repeated(*held: dict[str, Any], policy: dict[str, Any], **options: Any) -> list[str]:
    found = cycles(*held, repeat=policy, **{"evaluate_ends": ("2025-12-31", "2026-12-31")} | options)
    return [line["credit"] for each in found for line in each["excluded"] if line["reason"] == "repeat"]


def on(id: str, day: str, **changes: Any) -> dict[str, Any]:
    return credit(id, day, "1", course="x") | changes


def test_a_repeat_is_allowed_again_on_the_anniversary():
    policy = {"within": {"months": 12}, "same": "course"}

    assert repeated(on("a", "2025-03-01"), on("b", "2026-02-28"), policy=policy) == ["b"]
    assert repeated(on("a", "2025-03-01"), on("b", "2026-03-01"), policy=policy) == []


def test_a_repeat_may_be_barred_for_ever():
    assert repeated(on("a", "2025-03-01"), on("b", "2026-03-01"), policy={"within": {"months": 120000}, "same": "course"}) == ["b"]


def test_a_repeat_in_the_same_cycle_or_the_next():
    held = [on("b", "2025-03-01"), on("a", "2025-03-01"), on("c", "2026-03-01")]

    assert repeated(*held, policy={"within": {"cycles": 0}, "same": "course"}) == ["b"]
    assert repeated(*held, policy={"within": {"cycles": 1}, "same": "course"}) == ["b", "c"]


def test_the_same_content_under_another_title():
    held = [on("a", "2025-03-01"), on("b", "2025-04-01", course="y", content="x")]

    assert repeated(*held, policy={"within": {"cycles": 0}, "same": "content"}) == ["b"]
    assert repeated(*held, policy={"within": {"cycles": 0}, "same": "course"}) == []


def test_a_repeat_is_compared_with_the_last_one_that_counted_or_with_any():
    held = [on("a", "2025-01-10"), on("b", "2025-08-01"), on("c", "2026-03-01")]

    assert repeated(*held, policy={"within": {"months": 12}, "same": "course"}) == ["b"]
    assert repeated(*held, policy={"within": {"months": 12}, "same": "course", "compared_with": "any"}) == ["b", "c"]


def test_some_categories_may_be_repeated():
    held = [on("a", "2025-03-01"), credit("b", "2025-04-01", "1", ["cpr"], course="x")]

    assert repeated(*held, policy={"within": {"cycles": 0}, "same": "course", "except": ["cpr"]}) == []


def test_what_was_never_credited_is_not_repeated():
    held = [on("a", "2025-03-01", review="refused"), on("b", "2025-04-01", status="revoked"), on("c", "2025-05-01")]

    assert repeated(*held, policy={"within": {"cycles": 0}, "same": "course"}) == []
    assert repeated(*held, policy={"within": {"cycles": 0}, "same": "course", "compared_with": "any"}) == []


def test_what_was_submitted_for_another_cycle_was_credited_there():
    held = [on("a", "2025-11-01", assigned_to="2025-12-31"), on("b", "2026-01-10")]

    assert repeated(*held, policy={"within": {"months": 6}, "same": "course"}, evaluate_ends=("2026-12-31",)) == ["b"]


def test_an_exclusion_looks_at_each_segment():
    mixed = {"segments": [{"units": "4", "mode": "in_person_lecture", "categories": []}, {"units": "2", "mode": "self_paced", "categories": []}]}

    found = cycle(credit("a", "2026-03-01", "1") | mixed, exclude=[{"match": {"modes": ["self_paced"]}, "reason": "excluded_activity"}])

    assert lines(found) == [("a", 0, "counted", "4", None), ("a", 1, "excluded", "2", "excluded_activity")]


def test_a_hands_on_share_that_nobody_stated_is_none():
    exclude = [{"match": {}, "reason": "not_accredited"}]
    minima = [{"code": "hands_on", "match": {"hands_on_fraction_min": "0.7"}, "units": "1"}]
    stated = {"segments": [{"units": "2", "mode": "in_person_hands_on", "categories": [], "hands_on_fraction": "0.7"}]}

    assert cycle(credit("a", "2026-03-01", "2", mode="in_person_hands_on"), minima=minima)["minima_missing"]
    assert not cycle(credit("a", "2026-03-01", "2") | stated, minima=minima)["minima_missing"]
    assert cycle(credit("a", "2026-03-01", "2") | stated, exclude=exclude)["applied"] == "0"


@pytest.mark.parametrize(
    ("calendar", "day", "number"),
    [
        (YEARS, "2026-12-31", 7),
        (YEARS, "2027-01-01", 8),
        (YEARS, "2020-01-01", 1),
        (YEARS, "2019-12-31", 0),
        (YEARS, "2018-12-31", -1),
        (ANNIVERSARY, "2019-12-31", 0),
        (ANNIVERSARY, "2022-01-01", 2),
        (ANNIVERSARY, "2018-01-01", 0),
        (ANNIVERSARY, "2017-12-31", -1),
    ],
)
def test_the_number_of_the_cycle_around_a_day(calendar, day, number):
    last = "2026-12-31" if calendar is YEARS else "2025-12-31"

    assert Calendar.of(calendar, {"issued_on": "2020-01-01"}, civil(last)).number_on(civil(day)) == number


def test_a_day_between_two_periods_belongs_to_the_next():
    calendar = {"anchor": "periods", "periods": [{"start": "2024-01-01", "end": "2024-11-30"}, {"start": "2025-01-01", "end": "2025-12-31"}]}

    assert Calendar.of(calendar, {"issued_on": "2020-01-01"}, civil("2025-12-31")).number_on(civil("2024-12-15")) == 2


def test_an_end_that_is_none_is_named():
    with pytest.raises(LookupError, match="2026-12-30"):
        Calendar.of(YEARS, {"issued_on": "2020-01-01"}, civil("2026-12-30"))
