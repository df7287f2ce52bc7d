"""Rows that contradict themselves are refused."""

import pytest

from credits.rulebook import load
from credits.rulebook.conditions import holds_inside
from credits.rulebook.fitting import contradictions

BOARDS = load()
TWO_YEARS = {"anchor": "birthday", "months": 24}


def minimum(code, units="4", **more):
    return {"code": code, "match": {"categories": [code]}, "units": units, **more}


def cap(units, scope="cycle", **match):
    return {"code": "cap", "match": match, "scope": scope, "max_units": units}


def found(required="24", minima=(), caps=(), calendar=TWO_YEARS):
    row = {"required": required and {"units": required}, "minima": list(minima), "caps": list(caps)}
    return [sentence.split(":")[0] for sentence in contradictions(row, calendar)]


@pytest.mark.parametrize("rules", BOARDS.values(), ids=BOARDS)
def test_no_row_of_ours_contradicts_itself(rules):
    assert [sentence for row in rules.rules for sentence in contradictions(row.content, rules.calendar)] == []


@pytest.mark.parametrize(
    ("caps", "answer"),
    [
        ([cap("3")], ["caps.cap"]),  # of anything
        ([cap("4")], []),
        ([cap("3", categories=["ethics", "law"])], ["caps.cap"]),
        ([cap("3", categories=["law"])], []),
        ([cap("3", modes=["self_paced"])], []),  # earned in person it fits
        ([cap("1", "cycle_year")], ["caps.cap"]),  # two in two years
        ([cap("2", "cycle_year")], []),
        ([cap("1", "calendar_day")], []),  # on four days
        ([{"code": "cap", "match": {}, "scope": "cycle", "max_fraction_of_required": "0.10"}], ["caps.cap"]),
    ],
)
def test_a_cap_under_its_minimum(caps, answer):
    assert found(minima=[minimum("ethics")], caps=caps) == answer


def test_a_cap_by_the_year_needs_the_length_of_a_cycle():
    assert found(minima=[minimum("ethics")], caps=[cap("1", "cycle_year")], calendar=None) == []


@pytest.mark.parametrize(
    ("required", "minima", "answer"),
    [
        ("3", [minimum("ethics")], ["minima.ethics"]),
        ("4", [minimum("ethics")], []),
        ("0", [minimum("ethics")], []),  # nothing is due but ethics
        (None, [minimum("ethics")], []),
        ("3", [minimum("ethics", relation="additional")], []),
        ("3", [minimum("ethics", due_every=0)], []),
        ("7", [minimum("ethics", exclusive_group="topic"), minimum("law", exclusive_group="topic")], ["minima.exclusive_group"]),
        ("8", [minimum("ethics", exclusive_group="topic"), minimum("law", exclusive_group="topic")], []),
        ("7", [minimum("ethics"), minimum("law")], []),  # one hour may serve both
        ("7", [minimum("ethics", exclusive_group="a"), minimum("law", "2", exclusive_group="a", nested_in="ethics")], []),
    ],
)
def test_minima_that_do_not_fit_the_total(required, minima, answer):
    assert found(required, minima) == answer


@pytest.mark.parametrize(
    ("minima", "answer"),
    [
        ([minimum("ethics"), minimum("law", "2", nested_in="ethics")], []),
        ([minimum("ethics"), minimum("law", "2", nested_in="ethics", relation="additional")], ["minima.law.relation"]),
        ([minimum("ethics", relation="additional"), minimum("law", "2", nested_in="ethics")], ["minima.law.relation"]),
        ([minimum("ethics"), minimum("law", "5", nested_in="ethics")], ["minima.law"]),
    ],
)
def test_nested_minima(minima, answer):
    assert found(minima=minima) == answer


@pytest.mark.parametrize(
    ("narrow", "wide", "answer"),
    [
        ({}, {}, True),
        ({"categories": ["a"]}, {}, True),
        ({}, {"categories": ["a"]}, False),
        ({"categories": ["a"], "modes": ["live_remote"]}, {"modes": ["live_remote", "self_paced"]}, True),
        ({"without": ["a", "b"]}, {"without": ["a"]}, True),
        ({}, {"without": ["a"]}, False),
        ({"hands_on_fraction_min": "0.50"}, {"hands_on_fraction_min": "0.25"}, True),
        ({"hands_on_fraction_min": "0.20"}, {"hands_on_fraction_min": "0.25"}, False),
        ({"size": {"from": "10"}}, {"size": {"from": "9"}}, True),
        ({"size": {"from": "9"}}, {"size": {"from": "10"}}, False),
        ({"dated": {"from": "2024-01-01", "to": "2024-12-31"}}, {"dated": {"to": "2025-01-01"}}, True),
        ({"dated": {"to": "2025-01-02"}}, {"dated": {"to": "2025-01-01"}}, False),
    ],
)
def test_which_match_takes_all_that_another_takes(narrow, wide, answer):
    assert holds_inside(narrow, wide) is answer
