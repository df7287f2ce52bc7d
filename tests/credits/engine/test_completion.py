from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credits.engine.completion import coverage
from credits.engine.run import evaluate
from tests.credits.engine.compare import differences

POLICY = {"coverage_required": "0.95", "passing_score": "70", "test_after_coverage": True}


def judged(*attempts, policy=None, watched=((0, 1000),), coverage_at="2026-03-01T12:00:00Z", zone="America/New_York", **others):
    case = {
        "schema": "smrt-ce-case/1",
        "operation": "completion",
        "content_seconds": "1000",
        "zone": zone,
        "policy": POLICY | (policy or {}),
        "watched": [{"from": str(begin), "to": str(end)} for begin, end in watched],
        "coverage_at": coverage_at,
        "attempts": [{"at": at if "T" in at else f"2026-03-01T{at}:00Z", "score": score} for at, score in attempts],
    } | others
    result = evaluate(case)
    assert result["operation"] == "completion", result
    return result


@pytest.mark.parametrize(
    ("watched", "coverage"),
    [
        ([], "0"),
        ([(0, 500), (400, 600), (100, 200)], "0.6"),
        ([(900, 5000)], "0.1"),
        ([(2000, 3000)], "0"),
        ([(0, 333), ("999.99", 1000)], "0.333"),
        ([(0, "949.99")], "0.9499"),
        ([(0, 0)], "0"),
    ],
)
def test_coverage_is_what_was_watched_at_least_once(watched, coverage):
    result = judged(watched=watched, coverage_at=None)

    assert (result["coverage"], result["complete"], result["completion_date"], result["reasons"]) == (coverage, False, None, ["coverage_short"])


@given(st.lists(st.tuples(st.integers(0, 70), st.integers(0, 20)), max_size=8))
def test_coverage_agrees_with_counting_seconds(watched):
    case = {"content_seconds": "60", "watched": [{"from": str(begin), "to": str(begin + length)} for begin, length in watched]}

    seen = {second for begin, length in watched for second in range(begin, begin + length) if second < 60}

    assert coverage(case) == Fraction(len(seen), 60)


def test_coverage_is_compared_before_it_is_rounded():
    almost = judged(watched=[(0, "999.95")], policy={"coverage_required": "1", "passing_score": None})

    assert (almost["coverage"], almost["reasons"]) == ("0.9999", ["coverage_short"])


@pytest.mark.parametrize(
    ("policy", "attempts", "expected"),
    [
        ({}, [], ["no_attempt"]),
        ({}, [("11:59", "99")], ["attempt_before_coverage"]),
        ({}, [("12:00", "70")], []),
        ({}, [("12:01", "69.99")], ["not_passed"]),
        ({}, [("11:00", "80"), ("12:01", "60")], ["attempt_before_coverage", "not_passed"]),
        ({"wait_minutes": 60}, [("12:10", "60"), ("13:09", "90")], ["attempt_too_soon", "not_passed"]),
        ({"wait_minutes": 60}, [("12:10", "60"), ("13:10", "90")], []),
        ({"wait_minutes": 60}, [("12:10", "60"), ("13:00", "90"), ("13:10", "90")], []),  # the void one started no wait
        ({"wait_minutes": 60}, [("13:09", "90"), ("12:10", "60")], ["attempt_too_soon", "not_passed"]),  # in the order of time
        ({"max_attempts": 2}, [("12:10", "1"), ("12:20", "2"), ("12:30", "99")], ["attempts_exhausted", "not_passed"]),
        ({"max_attempts": 2}, [("11:10", "1"), ("12:20", "2"), ("12:30", "99")], []),  # the void one used up no chance
        ({"max_attempts": 1, "wait_minutes": 10}, [("12:10", "1"), ("12:15", "9"), ("12:30", "99")], ["attempt_too_soon", "attempts_exhausted", "not_passed"]),
        ({"test_after_coverage": False}, [("11:00", "80")], []),
    ],
)
def test_attempts_count_in_the_order_of_time(policy, attempts, expected):
    result = judged(*attempts, policy=policy)

    assert (result["complete"], result["reasons"]) == (not expected, expected)


def test_it_is_complete_at_the_later_of_coverage_and_pass():
    cycles = [{"start": "2026-01-01", "end": "2026-03-01"}, {"start": "2026-03-02", "end": "2026-12-31"}]

    early = judged(("2026-02-20T10:00:00Z", "80"), policy={"test_after_coverage": False}, cycles=cycles)
    late = judged(("2026-03-02T10:00:00Z", "80"), ("2026-03-05T10:00:00Z", "90"), cycles=cycles)

    assert (early["completion_date"], early["cycle_end"]) == ("2026-03-01", "2026-03-01")
    assert (late["completion_date"], late["cycle_end"]) == ("2026-03-02", "2026-12-31")


def test_without_a_test_coverage_is_enough():
    result = judged(policy={"passing_score": None}, cycles=[{"start": "2020-01-01", "end": "2020-12-31"}])

    assert differences({"complete": True, "completion_date": "2026-03-01", "cycle_end": None, "reasons": []}, result) == []


@pytest.mark.parametrize(
    ("zone", "at", "day"),
    [
        # Clocks in New York go forward on 8 March 2026 at 02:00 and back on 1 November.
        ("America/New_York", "2026-03-08T04:59:59Z", "2026-03-07"),
        ("America/New_York", "2026-03-08T05:00:00Z", "2026-03-08"),
        ("America/New_York", "2026-03-09T03:59:59Z", "2026-03-08"),
        ("America/New_York", "2026-03-09T04:00:00Z", "2026-03-09"),
        ("America/New_York", "2026-11-01T03:59:59Z", "2026-10-31"),
        ("America/New_York", "2026-11-02T04:59:59Z", "2026-11-01"),
        ("America/New_York", "2026-11-02T05:00:00Z", "2026-11-02"),
        ("Pacific/Kiritimati", "2026-06-30T10:00:00Z", "2026-07-01"),
        ("Pacific/Pago_Pago", "2026-07-01T10:59:59Z", "2026-06-30"),
        ("Asia/Kathmandu", "2026-06-30T18:15:00Z", "2026-07-01"),
        ("UTC", "2026-06-30T23:30:00-05:00", "2026-07-01"),
    ],
)
def test_the_day_is_that_of_the_zone(zone, at, day):
    assert judged(zone=zone, coverage_at=at, policy={"passing_score": None})["completion_date"] == day


def test_a_course_without_film_is_complete_with_its_test():
    result = judged(("12:30", "80"), policy={"coverage_required": "0"}, watched=[], coverage_at=None)

    assert differences({"coverage": "0", "complete": True, "completion_date": "2026-03-01"}, result) == []
