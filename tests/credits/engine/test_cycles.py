from __future__ import annotations

import calendar as almanac
from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from credits.engine.cycles import Cycle, cycle_ending, cycles_of
from credits.engine.dates import civil
from credits.engine.run import evaluate

DAY = timedelta(days=1)


def cycle_dates(calendar, *, count=3, locate=(), **licence):
    case = {"schema": "smrt-ce-case/1", "operation": "cycle_dates", "licence": licence, "calendar": calendar, "count": count, "locate": list(locate)}
    result = evaluate(case)
    assert result["operation"] == "cycle_dates", result
    return result


def ends(calendar, *, count=3, **licence):
    return [cycle["end"] for cycle in cycle_dates(calendar, count=count, **licence)["cycles"]]


FEBRUARY_29 = {"issued_on": "2022-01-10", "born_on": "1992-02-29"}


@pytest.mark.parametrize(
    ("calendar", "licence", "expected"),
    [
        ({"anchor": "birthday", "months": 12, "leap_day": "feb_28"}, FEBRUARY_29, ["2022-02-28", "2023-02-28", "2024-02-29"]),
        ({"anchor": "birthday", "months": 12, "leap_day": "mar_1"}, FEBRUARY_29, ["2022-03-01", "2023-03-01", "2024-02-29"]),
        ({"anchor": "birthday", "months": 24, "leap_day": "mar_1", "parity": "birth_year"}, FEBRUARY_29, ["2022-03-01", "2024-02-29", "2026-03-01"]),
        ({"anchor": "issue_anniversary", "months": 12, "leap_day": "feb_28"}, {"issued_on": "2024-02-29"}, ["2025-02-28", "2026-02-28", "2027-02-28"]),
        ({"anchor": "issue_anniversary", "months": 24, "leap_day": "mar_1"}, {"issued_on": "2024-02-29"}, ["2026-03-01", "2028-02-29", "2030-03-01"]),
        (
            {"anchor": "issue_anniversary", "months": 24, "leap_day": "feb_28", "ends": "day_before"},
            {"issued_on": "2024-03-01"},
            ["2026-02-28", "2028-02-29", "2030-02-28"],
        ),
        # A day past the month's end is its last, and comes back where the month is longer.
        ({"anchor": "issue_anniversary", "months": 1, "leap_day": "feb_28"}, {"issued_on": "2024-12-31"}, ["2025-01-31", "2025-02-28", "2025-03-31"]),
        ({"anchor": "issue_month_end", "months": 6}, {"issued_on": "2023-08-15"}, ["2024-02-29", "2024-08-31", "2025-02-28"]),
        ({"anchor": "fixed_date", "months": 12, "month": 2, "day": 31}, {"issued_on": "2023-03-01"}, ["2024-02-29", "2025-02-28", "2026-02-28"]),
        ({"anchor": "fixed_date", "months": 12, "month": 2, "day": 28}, {"issued_on": "2023-03-01"}, ["2024-02-28", "2025-02-28", "2026-02-28"]),
        (
            {"anchor": "fixed_date", "months": 24, "month": 8, "day": 31, "parity": "odd"},
            {"issued_on": "2024-09-01"},
            ["2025-08-31", "2027-08-31", "2029-08-31"],
        ),
        (
            {"anchor": "fixed_date", "months": 24, "month": 8, "day": 31, "parity": "odd"},
            {"issued_on": "2025-08-31"},
            ["2025-08-31", "2027-08-31", "2029-08-31"],
        ),
        (
            {"anchor": "fixed_date", "months": 24, "month": 8, "day": 31, "parity": "odd"},
            {"issued_on": "2025-09-01"},
            ["2027-08-31", "2029-08-31", "2031-08-31"],
        ),
        (
            {"anchor": "fixed_date", "months": 24, "month": 8, "day": 31, "parity": "odd", "first_occurrence": 2},
            {"issued_on": "2025-08-31"},
            ["2027-08-31", "2029-08-31", "2031-08-31"],
        ),
        (
            {"anchor": "fixed_date", "months": 24, "month": 2, "day": 28, "parity": "issue_year"},
            {"issued_on": "2025-06-01"},
            ["2027-02-28", "2029-02-28", "2031-02-28"],
        ),
        (
            {"anchor": "fixed_date", "months": 24, "month": 2, "day": 28, "parity": "licence_number"},
            {"issued_on": "2025-06-01", "number": "MT-1048b"},
            ["2026-02-28", "2028-02-28", "2030-02-28"],
        ),
        (
            {"anchor": "fixed_date", "months": 12, "month": 1, "day": 1, "ends": "day_before"},
            {"issued_on": "2024-01-01"},
            ["2024-12-31", "2025-12-31", "2026-12-31"],
        ),
        (
            {"anchor": "birth_month_end", "months": 36, "parity": "any"},
            {"issued_on": "2023-02-28", "born_on": "1980-02-03"},
            ["2023-02-28", "2026-02-28", "2029-02-28"],
        ),
    ],
)
def test_ends_come_from_the_original_anchor(calendar, licence, expected):
    assert ends(calendar, **licence) == expected


def test_cycles_touch_and_the_first_begins_with_the_licence():
    cycles = cycles_of({"anchor": "birth_month_end", "months": 24, "parity": "odd"}, {"issued_on": "2024-03-05", "born_on": "1991-02-14"}, 2)

    assert cycles == [
        Cycle(1, date(2024, 3, 5), date(2025, 2, 28), date(2023, 3, 1)),
        Cycle(2, date(2025, 3, 1), date(2027, 2, 28), date(2025, 3, 1)),
    ]


def test_a_first_cycle_longer_than_the_rest_is_not_cut_short():
    calendar = {"anchor": "fixed_date", "months": 12, "month": 12, "day": 31, "first_occurrence": 2}

    assert cycles_of(calendar, {"issued_on": "2024-06-01"}, 1) == [Cycle(1, date(2024, 6, 1), date(2025, 12, 31), date(2024, 6, 1))]


def test_listed_periods_begin_with_the_one_the_licence_was_issued_in():
    periods = [{"start": f"{year}-01-01", "end": f"{year + 1}-12-31"} for year in (2021, 2023, 2025)]

    result = cycle_dates({"anchor": "periods", "periods": periods}, count=9, issued_on="2023-05-10", locate=["2023-05-09", "2023-05-10", "2027-01-01"])

    assert result["cycles"] == [{"number": 1, "start": "2023-05-10", "end": "2024-12-31"}, {"number": 2, "start": "2025-01-01", "end": "2026-12-31"}]
    assert [place["cycle_end"] for place in result["located"]] == [None, "2024-12-31", None]
    assert cycles_of({"anchor": "periods", "periods": periods}, {"issued_on": "2023-05-10"}, 1)[0].nominal_start == date(2023, 1, 1)
    assert cycles_of({"anchor": "periods", "periods": periods}, {"issued_on": "2010-05-10"}, 1)[0].start == date(2021, 1, 1)


@pytest.mark.parametrize(
    ("calendar", "licence", "expected"),
    [
        ({"anchor": "issue_anniversary", "months": 48, "licence_months": 24, "leap_day": "feb_28"}, {"issued_on": "2020-02-29"}, ["2022-02-28", "2024-02-29"]),
        ({"anchor": "issue_month_end", "months": 24, "licence_months": 36}, {"issued_on": "2020-01-31"}, []),
        (
            {"anchor": "fixed_date", "months": 24, "licence_months": 12, "month": 6, "day": 30, "parity": "even"},
            {"issued_on": "2020-07-01"},
            ["2021-06-30", "2022-06-30"],
        ),
        (
            {
                "anchor": "periods",
                "licence_months": 12,
                "periods": [{"start": "2023-03-01", "end": "2024-02-29"}, {"start": "2024-03-01", "end": "2025-02-28"}],
            },
            {"issued_on": "2023-03-01"},
            ["2024-02-29"],
        ),
    ],
)
def test_a_licence_may_have_terms_of_its_own(calendar, licence, expected):
    assert cycle_dates(calendar, count=1, **licence)["licence_expiries"] == expected


def test_cycle_ending_finds_a_cycle_by_its_last_day_only():
    calendar, licence = {"anchor": "birthday", "months": 12, "leap_day": "mar_1"}, FEBRUARY_29

    assert cycle_ending(calendar, licence, date(2027, 3, 1)) == cycles_of(calendar, licence, 6)[-1]
    assert cycle_ending(calendar, licence, date(2024, 2, 29)) == cycles_of(calendar, licence, 3)[-1]
    for day in (date(2027, 2, 28), date(2024, 2, 28), date(2021, 3, 1), date(2000, 2, 29)):
        assert cycle_ending(calendar, licence, day) is None


def test_years_that_do_not_exist_are_a_bad_case():
    case = {
        "schema": "smrt-ce-case/1",
        "operation": "cycle_dates",
        "licence": {"issued_on": "9990-01-31"},
        "calendar": {"anchor": "issue_month_end", "months": 24},
        "count": 9,
    }

    assert evaluate(case)["errors"][0]["message"].startswith("A date that follows from this case lies outside the years 1 to 9999")


# The same dates, computed in another way by another library.

days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
parities = st.sampled_from(["any", "even", "odd", "birth_year", "issue_year", "licence_number"])


def yearly_day(anchor, year, *, month, day, leap_day):
    if anchor == "birth_month_end":
        return date(year, month, almanac.monthrange(year, month)[1])
    if (month, day) == (2, 29) and leap_day == "mar_1" and not almanac.isleap(year):
        return date(year, 3, 1)
    return date(year, 1, 1) + relativedelta(month=month, day=day)


@settings(max_examples=300, deadline=None)
@given(
    anchor=st.sampled_from(["fixed_date", "birthday", "birth_month_end"]),
    issued=days,
    born=st.dates(date(1930, 1, 1), date(1989, 12, 31)) | st.just(date(1988, 2, 29)),
    years=st.integers(1, 4),
    parity=parities,
    occurrence=st.integers(1, 3),
    leap_day=st.sampled_from(["feb_28", "mar_1"]),
    before=st.booleans(),
    number=st.integers(1, 99_999),
)
def test_yearly_anchors_agree_with_another_calendar(anchor, issued, born, years, parity, occurrence, leap_day, before, number):
    licence = {"issued_on": issued.isoformat(), "born_on": born.isoformat(), "number": f"LMT {number}"}
    calendar = {"anchor": anchor, "months": 12 * years, "parity": parity, "first_occurrence": occurrence}
    calendar |= {"leap_day": leap_day, "ends": "day_before" if before else "anchor_day"}
    calendar |= {"month": born.month, "day": born.day} if anchor == "fixed_date" else {}
    wanted = {"any": (0, 1), "even": (0,), "odd": (1,), "birth_year": (born.year % 2,), "issue_year": (issued.year % 2,), "licence_number": (number % 2,)}[
        parity
    ]

    def end(year):
        return yearly_day(anchor, year, month=born.month, day=born.day, leap_day=leap_day) - (DAY if before else timedelta())

    first = [year for year in range(issued.year, issued.year + 12) if year % 2 in wanted and end(year) >= issued][occurrence - 1]
    expected = [end(first + years * step) for step in range(4)]

    found = cycles_of(calendar, licence, 4)

    assert [cycle.end for cycle in found] == expected
    assert [cycle.start for cycle in found] == [issued, *(day + DAY for day in expected[:-1])]
    assert all(cycle_ending(calendar, licence, cycle.end) == cycle for cycle in found)


@settings(max_examples=300, deadline=None)
@given(issued=days, months=st.integers(1, 60), to_month_end=st.booleans())
def test_anchors_of_issue_agree_with_another_calendar(issued, months, to_month_end):
    calendar = {"anchor": "issue_month_end" if to_month_end else "issue_anniversary", "months": months, "leap_day": "feb_28"}
    licence = {"issued_on": issued.isoformat()}
    expected = [issued + relativedelta(months=months * step) + (relativedelta(day=31) if to_month_end else relativedelta()) for step in range(1, 7)]

    found = cycles_of(calendar, licence, 6)

    assert [cycle.end for cycle in found] == expected
    assert [cycle.number for cycle in found] == [1, 2, 3, 4, 5, 6]
    assert all(cycle_ending(calendar, licence, cycle.end) == cycle for cycle in found)


@settings(max_examples=100, deadline=None)
@given(issued=days, months=st.integers(1, 48), term=st.integers(1, 48))
def test_licence_terms_follow_one_another(issued, months, term):
    calendar = {"anchor": "issue_month_end", "months": months * term, "licence_months": term}

    result = cycle_dates(calendar, count=1, issued_on=issued.isoformat())

    assert [civil(day) for day in result["licence_expiries"]] == [issued + relativedelta(months=term * step, day=31) for step in range(1, months + 1)]
