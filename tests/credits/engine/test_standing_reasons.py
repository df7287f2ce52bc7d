"""Every reason code and every status, each from the smallest case that yields it."""

from __future__ import annotations

from typing import Any

import pytest

from credits.engine.run import dumps, evaluate
from tests.credits.engine.standing_cases import YEARS, credit, cycle, cycles, lines, result, rule

TEN = credit("c", "2026-03-01", "10")
CARRY = {"generations": 1, "satisfies_minima": True}
TWO_YEARS = {"open": {"year_offset": -1, "month": 1, "day": 1}, "close": {"year_offset": 0, "month": 12, "day": 31}}
BOTH = ("2025-12-31", "2026-12-31")

CREDIT_REASONS: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "revoked": ([TEN | {"status": "revoked"}], {}),
    "review_not_accepted": ([TEN | {"review": "pending"}], {}),
    "not_yet_earned": ([TEN], {"as_of": "2026-02-28"}),
    "used_in_other_cycle": ([TEN | {"assigned_to": "2025-12-31"}], {}),
    "not_accredited": ([TEN], {"exclude": [{"match": {"without": ["approved"]}, "reason": "not_accredited"}]}),
    "excluded_activity": ([TEN], {"exclude": [{"match": {"modes": ["in_person_lecture"]}, "reason": "excluded_activity"}]}),
    "repeat": (
        [TEN | {"course": "x"}, credit("a", "2026-02-01", "10", course="x")],
        {"repeat": {"within": {"cycles": 0}, "same": "course"}},
    ),
    "grace_fee_missing": ([credit("c", "2027-01-05", "10")], {"as_of": "2027-01-06", "grace": {"days": 30, "fee_required": True}}),
    "over_cap": ([TEN], {"caps": [{"code": "lecture", "match": {"modes": ["in_person_lecture"]}, "scope": "cycle", "max_units": "4"}]}),
    "in_later_window": ([credit("c", "2025-03-01", "10")], {"window": TWO_YEARS, "required": {"units": "0"}, "evaluate_ends": BOTH}),
    "not_split": ([credit("c", "2025-03-01", "12")], {"window": TWO_YEARS, "evaluate_ends": BOTH}),
    "no_carry_over": ([credit("c", "2026-03-01", "12")], {}),
    "cycle_not_met": (
        [credit("c", "2026-03-01", "12")],
        {"carry": CARRY, "minima": [{"code": "ethics", "match": {"categories": ["ethics"]}, "units": "1"}]},
    ),
    "carry_expired": ([credit("c", "2026-03-01", "12")], {"carry": CARRY | {"generations": 0}}),
    "carry_not_eligible": ([credit("c", "2026-03-01", "12")], {"carry": CARRY | {"match": {"modes": ["self_paced"]}}}),
    "carry_ceiling": ([credit("c", "2026-03-01", "12")], {"carry": CARRY | {"max_units": "1"}}),
}

ETHICS = {"code": "ethics", "match": {"categories": ["ethics"]}}
LATER = {"as_of": "2027-02-01"}

CYCLE_REASONS: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "no_rule": ([], {"when": {"cycle_number": {"below": 2}}}),
    "low_confidence_rule": ([], {"confidence": "memory-high"}),
    "required_overridden": ([], {"licence": {"overrides": [{"cycle_end": "2026-12-31", "required": "4", "reason": "illness"}]}}),
    "raised_to_fit_minima": ([], {"minima": [ETHICS | {"units": "11"}]}),
    "exempt": ([], {"required": {"units": "0"}}),
    "total_short": ([], {}),
    "minimum_missing": ([TEN], {"minima": [ETHICS | {"units": "1"}]}),
    "additional_missing": ([TEN], {"minima": [ETHICS | {"units": "1", "relation": "additional"}]}),
    "distinct_categories_missing": ([TEN], {"distinct": {"categories": ["a", "b"], "min": 1, "units_each": "1"}}),
    "credential_not_current": ([TEN], {"credentials": [{"credential": "cpr", "current_on": "cycle_end"}]}),
    "grace_credits_used": ([credit("c", "2027-01-05", "10")], LATER | {"grace": {"months": 1, "fee_required": False}}),
    "shortfall_deferred": ([], LATER | {"carry": CARRY | {"shortfall_max": "10"}}),
}

STATUSES: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "exempt": ([], {"required": {"units": "0"}}),
    "met": ([TEN], {}),
    "met_late": CYCLE_REASONS["grace_credits_used"],
    "deferred": CYCLE_REASONS["shortfall_deferred"],
    "open": ([], {"as_of": "2026-12-31"}),
    "short": ([], {"as_of": "2027-01-01"}),
    "no_rule": CYCLE_REASONS["no_rule"],
}


@pytest.mark.parametrize("reason", CREDIT_REASONS)
def test_a_credit_reason(reason):
    held, options = CREDIT_REASONS[reason]

    first = cycles(*held, **options)[0]

    assert {reason} == {line["reason"] for line in first["dispositions"]} - {None}


def test_a_credit_outside_every_window_is_unplaced():
    assert result(credit("c", "2027-03-01", "10"))["unplaced"] == [{"credit": "c", "units": "10", "reason": "outside_window"}]


@pytest.mark.parametrize("reason", CYCLE_REASONS)
def test_a_cycle_reason(reason):
    held, options = CYCLE_REASONS[reason]

    assert reason in cycle(*held, **options)["reasons"]


def test_a_shortfall_is_brought_in():
    first, second = cycles(as_of="2026-06-01", evaluate_ends=BOTH, carry=CARRY | {"shortfall_max": "10"})

    assert (first["status"], first["shortfall_out"], first["compliant"]) == ("deferred", "10", False)
    assert (second["shortfall_in"], second["required"], second["reasons"]) == ("10", "20", ["shortfall_brought_in", "total_short"])


def test_a_closed_cycle_changed():
    renewed = {"renewals": [{"cycle_end": "2026-12-31", "renewed_on": "2026-12-01"}]}

    found = cycle(TEN, TEN | {"version": 2, "recorded_on": "2026-12-10", "status": "revoked"}, licence=renewed)

    assert (found["exception"], found["reasons"], found["applied"], found["status"]) == (True, ["closed_cycle_changed"], "10", "met")


@pytest.mark.parametrize("status", STATUSES)
def test_a_status(status):
    held, options = STATUSES[status]

    assert cycle(*held, **options)["status"] == status


ONCE = {"repeat": {"within": {"months": 24}, "same": "course"}}


@pytest.mark.parametrize(
    ("reason", "held", "options"),
    [
        ("revoked", [TEN | {"status": "revoked", "review": "pending"}], {}),
        ("review_not_accepted", [TEN | {"review": "refused"}], {"as_of": "2026-01-01"}),
        ("not_yet_earned", [TEN | {"assigned_to": "2025-12-31"}], {"as_of": "2026-01-01"}),
        ("used_in_other_cycle", [TEN | {"assigned_to": "2025-12-31"}], {"exclude": [{"match": {}, "reason": "not_accredited"}]}),
        (
            "not_accredited",
            [credit("a", "2026-02-01", "1", ["fine"], course="x"), TEN | {"course": "x"}],
            ONCE | {"exclude": [{"match": {"without": ["fine"]}, "reason": "not_accredited"}]},
        ),
        (
            "repeat",
            [credit("a", "2026-02-01", "1", course="x"), credit("c", "2027-01-05", "1", course="x")],
            ONCE | {"as_of": "2027-01-06", "grace": {"days": 9, "fee_required": True}},
        ),
    ],
)
def test_the_first_reason_that_applies_is_given(reason, held, options):
    assert [line["reason"] for line in cycle(*held, **options)["excluded"]] == [reason]


def test_a_cycle_without_a_rule_says_nothing_of_its_credits():
    found = cycle(TEN, when={"cycle_number": {"below": 2}})

    assert (found["rule"], found["required"], found["applied"], found["additional_needed"], found["compliant"]) == (None, None, None, None, False)
    assert (found["dispositions"], found["minima"], found["reasons"]) == ([], [], ["no_rule"])


def test_a_block_leaves_the_hours_alone():
    found = cycle(TEN, credentials=[{"credential": "cpr", "current_on": "cycle_end"}, {"credential": "bls", "current_on": "submission"}])

    assert (found["status"], found["compliant"], found["blocked_by"]) == ("met", False, ["cpr", "bls"])


def test_nothing_further_is_described_when_nothing_is_needed():
    assert cycle(TEN)["additional_must_match"] == {"modes": [], "not_categories": [], "at_most": []}


def test_lines_come_by_date_id_segment_and_what_happened():
    two = {"segments": [{"units": "2", "mode": "self_paced", "categories": []}, {"units": "12", "mode": "in_person_lecture", "categories": []}]}

    found = cycle(
        credit("b", "2026-03-01", "1") | two,
        credit("a", "2026-03-01", "1"),
        credit("z", "2026-02-01", "1", review="pending"),
        carry=CARRY | {"max_units": "1"},
        caps=[{"code": "self", "match": {"modes": ["self_paced"]}, "scope": "cycle", "max_units": "1"}],
    )

    assert lines(found) == [
        ("z", 0, "excluded", "1", "review_not_accepted"),
        ("a", 0, "counted", "1", None),
        ("b", 0, "counted", "1", None),
        ("b", 0, "over_cap", "1", "over_cap"),
        ("b", 1, "counted", "8", None),
        ("b", 1, "carried_out", "1", None),
        ("b", 1, "lost", "3", "carry_ceiling"),
    ]
    assert (found["carried_out"], found["lost"], found["over_cap"]) == ("1", "3", [{"credit": "b", "units": "1", "reason": "over_cap"}])


def test_the_same_case_makes_the_same_text_whatever_the_order_of_its_credits():
    held = [credit(f"c{number}", "2026-03-01", "3", course=f"k{number % 2}") for number in range(6)]
    case = {
        "schema": "smrt-ce-case/1",
        "operation": "standing",
        "as_of": "2026-12-31",
        "licence": {"issued_on": "2020-01-01"},
        "calendar": YEARS,
        "rules": [rule(repeat={"within": {"cycles": 0}, "same": "course"})],
        "credits": held,
        "evaluate": ["2026-12-31"],
    }

    assert dumps(evaluate(case)) == dumps(evaluate(case | {"credits": held[::-1]}))
