"""When cycles begin and end. Every end is derived from the licence's original anchor, never from the end before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import count, islice, takewhile
from typing import Any

from credits.engine.dates import add_days, civil, day_in, month_after, months_between


@dataclass(frozen=True)
class Cycle:
    """One cycle of a licence; number 1 ends with the first renewal. Both days are inclusive.

    `nominal_start` is where a cycle of full length would have begun; it differs from `start` only in a first cycle that is cut short.
    """

    number: int
    start: date
    end: date
    nominal_start: date


def cycles_of(calendar: Mapping[str, Any], licence: Mapping[str, Any], number: int) -> list[Cycle]:
    """The first `number` cycles; fewer when the calendar is a list of periods and has no more."""
    return list(islice(_cycles(calendar, licence), number))


def cycle_ending(calendar: Mapping[str, Any], licence: Mapping[str, Any], end: date) -> Cycle | None:
    """The cycle that ends on that day, or None."""
    if calendar["anchor"] == "periods":
        return next((cycle for cycle in _cycles(calendar, licence) if cycle.end == end), None)
    grid = _Grid.of(calendar, licence, civil(licence["issued_on"]))
    near = months_between(grid.day(0), end) // calendar["months"]
    number = next((place + 1 for place in (near, near + 1) if place >= 0 and grid.day(place * calendar["months"]) == end), None)
    return _cycle(grid, calendar, licence, number) if number else None


def cycle_dates(case: Mapping[str, Any]) -> dict[str, Any]:
    """The operation: the first `count` cycles, when the licence expires meanwhile, and in which of these cycles dates lie."""
    cycles = cycles_of(case["calendar"], case["licence"], case["count"])
    return {
        "cycles": [{"number": cycle.number, "start": cycle.start.isoformat(), "end": cycle.end.isoformat()} for cycle in cycles],
        "licence_expiries": [day.isoformat() for day in _expiries(case["calendar"], case["licence"], cycles)],
        "located": [{"date": text, "cycle_end": _end_around(cycles, civil(text))} for text in case.get("locate", ())],
    }


def digits_of(number: str) -> str:
    """The decimal digits of a licence number, whose parity some boards go by."""
    return "".join(sign for sign in number if sign in "0123456789")


def _end_around(cycles: list[Cycle], day: date) -> str | None:
    return next((cycle.end.isoformat() for cycle in cycles if cycle.start <= day <= cycle.end), None)


def _cycles(calendar: Mapping[str, Any], licence: Mapping[str, Any]) -> Iterator[Cycle]:
    issued = civil(licence["issued_on"])
    if calendar["anchor"] == "periods":
        yield from _periods(calendar["periods"], issued)
        return
    grid = _Grid.of(calendar, licence, issued)
    for number in count(1):
        yield _cycle(grid, calendar, licence, number)


def _cycle(grid: _Grid, calendar: Mapping[str, Any], licence: Mapping[str, Any], number: int) -> Cycle:
    months, issued = calendar["months"], civil(licence["issued_on"])
    nominal, end = add_days(grid.day((number - 2) * months), 1), grid.day((number - 1) * months)
    if number == 1:
        return Cycle(number, issued, end, min(issued, nominal))
    return Cycle(number, nominal, end, nominal)


def _periods(periods: list[dict[str, str]], issued: date) -> Iterator[Cycle]:
    """Listed periods. Those over before the licence was issued are not its cycles; the one it was issued in begins for it that day."""
    spans = [(civil(period["start"]), civil(period["end"])) for period in periods]
    for number, (start, end) in enumerate((span for span in spans if span[1] >= issued), start=1):
        yield Cycle(number, max(start, issued), end, start)


def _expiries(calendar: Mapping[str, Any], licence: Mapping[str, Any], cycles: list[Cycle]) -> list[date]:
    """The ends of the licence's own terms, from its issue to the last of the cycles.

    Terms from issue are counted from there; any other lie a number of terms before or after the first end.
    """
    if "licence_months" not in calendar or not cycles:
        return []
    issued, months = civil(licence["issued_on"]), calendar["licence_months"]
    grid = _Grid.through(cycles[0].end) if calendar["anchor"] == "periods" else _Grid.of(calendar, licence, issued)
    if calendar["anchor"].startswith("issue_"):
        earliest = months - calendar["months"]
    else:
        earliest = 0
        while grid.day(earliest - months) >= issued:
            earliest -= months
    return list(takewhile(lambda end: end <= cycles[-1].end, (grid.day(earliest + step * months) for step in count())))


@dataclass(frozen=True)
class _Grid:
    """The days `months` before or after a first end, each derived from the anchor itself."""

    year: int
    month: int
    day_of_month: int  # 31 is the last of every month
    leap_day: str | None = None
    day_before: bool = False

    @classmethod
    def through(cls, day: date) -> _Grid:
        return cls(day.year, day.month, day.day)

    @classmethod
    def of(cls, calendar: Mapping[str, Any], licence: Mapping[str, Any], issued: date) -> _Grid:
        leap_day, day_before = calendar.get("leap_day"), calendar.get("ends") == "day_before"
        match calendar["anchor"]:
            case "issue_anniversary" | "issue_month_end" as anchor:
                year, month = month_after(issued.year, issued.month, calendar["months"])
                return cls(year, month, issued.day if anchor == "issue_anniversary" else 31, leap_day, day_before)
            case "fixed_date":
                yearly = cls(issued.year, calendar["month"], calendar["day"], leap_day, day_before)
            case "birthday":
                born = civil(licence["born_on"])
                yearly = cls(issued.year, born.month, born.day, leap_day, day_before)
            case _:
                yearly = cls(issued.year, civil(licence["born_on"]).month, 31, None, day_before)
        parity = _parity(calendar, licence, issued)
        years = (year for year in count(issued.year) if parity in (None, year % 2) and replace(yearly, year=year).day(0) >= issued)
        return replace(yearly, year=next(islice(years, calendar.get("first_occurrence", 1) - 1, None)))

    def day(self, months: int) -> date:
        end = day_in(*month_after(self.year, self.month, months), self.day_of_month, leap_day=self.leap_day)
        return add_days(end, -1) if self.day_before else end


def _parity(calendar: Mapping[str, Any], licence: Mapping[str, Any], issued: date) -> int | None:
    """0 when first ends lie in even years, 1 when in odd ones, None when in any."""
    match calendar.get("parity", "any"):
        case "even":
            return 0
        case "odd":
            return 1
        case "birth_year":
            return civil(licence["born_on"]).year % 2
        case "issue_year":
            return issued.year % 2
        case "licence_number":
            return int(digits_of(licence["number"])[-1]) % 2
    return None
