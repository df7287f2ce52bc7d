from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from credits.engine.dates import BeyondCalendar, add_days, add_months, civil, instant, months_completed, months_touched, within, years_completed


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2024-01-31", 1, "2024-02-29"),
        ("2025-01-31", 1, "2025-02-28"),
        ("2024-02-29", 12, "2025-02-28"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2024-03-31", -1, "2024-02-29"),
        ("2024-12-15", 1, "2025-01-15"),
        ("1900-01-29", 1, "1900-02-28"),
        ("2000-01-29", 1, "2000-02-29"),
    ],
)
def test_adding_months_keeps_the_day_or_takes_the_last(day, months, expected):
    assert add_months(civil(day), months) == civil(expected)


@pytest.mark.parametrize("step", [lambda: add_months(date(9999, 12, 1), 1), lambda: add_months(date(1, 1, 1), -1), lambda: add_days(date(9999, 12, 31), 1)])
def test_the_calendar_ends(step):
    with pytest.raises(BeyondCalendar):
        step()


@pytest.mark.parametrize(
    ("first", "last", "touched", "completed", "years"),
    [
        ("2026-01-31", "2026-02-01", 2, 0, 0),
        ("2026-01-31", "2026-02-28", 2, 1, 0),
        ("2026-01-31", "2026-02-27", 2, 0, 0),
        ("2024-02-29", "2025-02-28", 13, 12, 1),
        ("2024-02-29", "2025-02-27", 13, 11, 0),
        ("2026-05-10", "2026-05-10", 1, 0, 0),
        ("2011-06-01", "2026-05-31", 180, 179, 14),
        ("2011-06-01", "2026-06-01", 181, 180, 15),
    ],
)
def test_months_are_touched_or_completed(first, last, touched, completed, years):
    span = civil(first), civil(last)

    assert (months_touched(*span), months_completed(*span), years_completed(*span)) == (touched, completed, years)


def test_no_month_is_touched_by_an_empty_span():
    assert months_touched(date(2026, 5, 2), date(2026, 5, 1)) == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-14T12:00:00-05:00", datetime(2026, 3, 14, 17, tzinfo=UTC)),
        ("2026-03-14t17:00:00z", datetime(2026, 3, 14, 17, tzinfo=UTC)),
        ("2026-03-14T17:00:00.25Z", datetime(2026, 3, 14, 17, 0, 0, 250_000, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
    ],
)
def test_an_instant_has_an_offset(text, expected):
    assert instant(text) == expected


@pytest.mark.parametrize(
    "text", ["2026-03-14T12:00:00", "2026-03-14", "2026-03-14 12:00:00Z", "2026-02-30T12:00:00Z", "2026-03-14T25:00:00Z", "20260314T120000Z"]
)
def test_anything_else_is_no_instant(text):
    with pytest.raises(ValueError):
        instant(text)


def test_a_range_includes_its_ends_and_may_be_open():
    day = date(2026, 5, 1)

    assert within(day, None)
    assert within(day, {"from": "2026-05-01", "to": "2026-05-01"})
    assert within(day, {"from": "2020-01-01"})
    assert not within(day, {"to": "2026-04-30"})
