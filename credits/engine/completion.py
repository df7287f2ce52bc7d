"""When a home-study course is complete: what was watched, which attempts at the test count, and the civil day of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from credits.engine.dates import BeyondCalendar, civil, instant
from credits.engine.quantities import ZERO, quantity, rounded, text

Object = Mapping[str, Any]


def completion(case: Object) -> dict[str, Any]:
    """The operation. The day is that of the learner's zone; once fixed it decides in which cycle the credit falls."""
    covered = coverage(case)
    completed_at, reasons = _judged(case, covered)
    day = _civil_day(completed_at, case["zone"]) if completed_at else None
    return {
        "coverage": text(rounded(covered, Fraction(1, 10_000), "floor")),
        "complete": completed_at is not None,
        "completion_date": day.isoformat() if day else None,
        "cycle_end": _cycle_end(case, day) if day else None,
        "reasons": reasons,
    }


def coverage(case: Object) -> Fraction:
    """The part of the content that was watched at least once; speed and repetition change nothing."""
    content = quantity(case["content_seconds"])
    watched, reached = ZERO, ZERO
    for begin, end in sorted((quantity(span["from"]), quantity(span["to"])) for span in case["watched"]):
        if reached < min(end, content):
            watched += max(ZERO, min(end, content) - max(begin, reached))
            reached = min(end, content)
    return watched / content


def is_covered(case: Object, covered: Fraction) -> bool:
    return covered >= quantity(case["policy"]["coverage_required"])


def _judged(case: Object, covered: Fraction) -> tuple[datetime | None, list[str]]:
    """When it was complete, or why it is not."""
    if not is_covered(case, covered):
        return None, ["coverage_short"]
    covered_at = instant(case["coverage_at"]) if case["coverage_at"] else None
    if case["policy"]["passing_score"] is None:
        return covered_at, []
    passed_at, reasons = _test(case["policy"], case["attempts"], covered_at)
    if passed_at is None:
        return None, reasons
    return max(passed_at, covered_at or passed_at), []


def _test(policy: Object, attempts: list[Object], covered_at: datetime | None) -> tuple[datetime | None, list[str]]:
    """The first pass among the attempts that count, or what became of them all. Void attempts start no wait and use up no chance."""
    fates: set[str] = set()
    counted, last = 0, None
    most, wait = policy.get("max_attempts"), policy.get("wait_minutes", 0)
    for at, score in sorted(((instant(attempt["at"]), quantity(attempt["score"])) for attempt in attempts), key=lambda attempt: attempt[0]):
        if policy["test_after_coverage"] and covered_at and at < covered_at:
            fates.add("attempt_before_coverage")
        elif last and (at - last) // timedelta(minutes=1) < wait:
            fates.add("attempt_too_soon")
        elif most is not None and counted >= most:
            fates.add("attempts_exhausted")
        elif score >= quantity(policy["passing_score"]):
            return at, []
        else:
            fates.add("not_passed")
            counted, last = counted + 1, at
    return None, sorted(fates or {"no_attempt"})


def _civil_day(at: datetime, zone: str) -> date:
    try:
        return at.astimezone(ZoneInfo(zone)).date()
    except OverflowError as error:
        raise BeyondCalendar from error


def _cycle_end(case: Object, day: date) -> str | None:
    around = (period["end"] for period in case.get("cycles", ()) if civil(period["start"]) <= day <= civil(period["end"]))
    return next(around, None)
