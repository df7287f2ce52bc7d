"""Civil dates and instants. Adding months keeps the day, or takes the last of the month."""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from datetime import date, datetime, timedelta
from typing import Any

RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


class BeyondCalendar(ValueError):
    """A computed date lies before year 1 or after year 9999."""

    def __init__(self) -> None:
        super().__init__("A date that follows from this case lies outside the years 1 to 9999; check its years and numbers of months.")


def civil(text: str) -> date:
    """The date of "2026-02-28". Raises ValueError when there is no such day."""
    return date.fromisoformat(text)


def instant(text: str) -> datetime:
    """The aware time of an RFC 3339 text with an offset. Raises ValueError when there is no such time."""
    if not RFC_3339.fullmatch(text):
        raise ValueError("not an RFC 3339 time with an offset")
    text = text.upper()
    if text[17:19] == "60":  # a leap second is the start of the next minute
        return datetime.fromisoformat(f"{text[:17]}59{text[19:]}") + timedelta(seconds=1)
    return datetime.fromisoformat(text)


def minute_of_day(text: str) -> int:
    """Minutes from midnight to "09:30"."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)


def last_of_month(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def day_in(year: int, month: int, day: int, *, leap_day: str | None = None) -> date:
    """That day of that month; a day past the month's end is its last. `leap_day` settles 29 February in common years: "feb_28" or "mar_1"."""
    if not 1 <= year <= 9999:
        raise BeyondCalendar
    if (month, day) == (2, 29) and leap_day == "mar_1" and not isleap(year):
        return date(year, 3, 1)
    return date(year, month, min(day, last_of_month(year, month)))


def month_after(year: int, month: int, months: int) -> tuple[int, int]:
    """The (year, month) that lies `months` after the given one."""
    index = year * 12 + month - 1 + months
    return index // 12, index % 12 + 1


def add_months(day: date, months: int) -> date:
    """`day`, `months` later (or earlier, when negative)."""
    year, month = month_after(day.year, day.month, months)
    return day_in(year, month, day.day)


def add_days(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError as error:
        raise BeyondCalendar from error


def months_between(first: date, last: date) -> int:
    """Calendar months from the month of `first` to the month of `last`; the days do not matter."""
    return (last.year - first.year) * 12 + last.month - first.month


def months_touched(first: date, last: date) -> int:
    """Calendar months with at least one day in `first`..`last`, both inclusive."""
    return months_between(first, last) + 1 if first <= last else 0


def months_completed(first: date, last: date) -> int:
    """Whole months from `first` to `last`; the month is whole on its anniversary day, or on the last of a shorter month."""
    months = months_between(first, last)
    return months if add_months(first, months) <= last else months - 1


def years_completed(first: date, last: date) -> int:
    return months_completed(first, last) // 12


def within(day: date, span: dict[str, Any] | None) -> bool:
    """Whether `day` lies in a `{from, to}` of ISO dates; both ends inclusive, a missing end is open."""
    if span is None:
        return True
    return ("from" not in span or civil(span["from"]) <= day) and ("to" not in span or day <= civil(span["to"]))
