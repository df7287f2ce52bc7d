"""For every rule row of a board with a calendar: when its cycles begin and end, against a calculation of this file's own."""

import calendar as almanac
from datetime import date, timedelta
from itertools import product

import pytest
from dateutil.relativedelta import relativedelta

from credits.engine.cycles import cycle_ending, cycles_of
from credits.engine.run import evaluate
from credits.engine.vocabulary import check_case
from credits.rulebook import load

RULES = load()
CYCLES = 8
ROWS = [(rules, row) for rules in RULES.values() if rules.calendar for row in rules.rules]
ISSUED = [
    date(2018, 3, 31), date(2019, 2, 28), date(2019, 12, 31), date(2020, 2, 29), date(2020, 3, 1), date(2021, 1, 31), date(2022, 4, 30),
    date(2023, 2, 28), date(2023, 8, 31), date(2024, 2, 29), date(2024, 12, 31), date(2025, 1, 1), date(2026, 11, 2),
]  # fmt: skip
BORN = [date(1991, 2, 14), date(1992, 2, 29), date(1984, 12, 31), date(1985, 1, 1), date(1990, 8, 31)]
NUMBERS = ["MT-1240", "MT-1247"]


def last_day(year, month):
    return date(year, month, almanac.monthrange(year, month)[1])


def in_year(rule, born, year):
    """The anchor's day in that year."""
    if rule["anchor"] == "fixed_date":
        return min(last_day(year, rule["month"]), date(year, rule["month"], 1) + timedelta(days=rule["day"] - 1))
    if rule["anchor"] == "birth_month_end":
        return last_day(year, born.month)
    if (born.month, born.day) == (2, 29) and not almanac.isleap(year):
        return date(year, 2, 28) if rule["leap_day"] == "feb_28" else date(year, 3, 1)
    return born.replace(year=year)


def has_parity(rule, year, issued, born, number):
    wanted = {
        "any": None,
        "even": 0,
        "odd": 1,
        "birth_year": born.year % 2,
        "issue_year": issued.year % 2,
        "licence_number": int(number[-1]) % 2,
    }[rule.get("parity", "any")]
    return wanted is None or year % 2 == wanted


def ends(rule, issued, born, number):
    if rule["anchor"] == "periods":
        return [date.fromisoformat(period["end"]) for period in rule["periods"] if period["end"] >= issued.isoformat()]
    if rule["anchor"].startswith("issue"):
        found = []
        for turn in range(1, CYCLES + 1):
            end = issued + relativedelta(months=turn * rule["months"])
            if rule["anchor"] == "issue_month_end":
                end = last_day(end.year, end.month)
            elif (issued.month, issued.day) == (2, 29) and rule["leap_day"] == "mar_1" and not almanac.isleap(end.year):
                end = date(end.year, 3, 1)
            found.append(end)
    else:
        years = [year for year in range(issued.year, issued.year + 9) if has_parity(rule, year, issued, born, number)]
        first = [year for year in years if in_year(rule, born, year) >= issued][rule.get("first_occurrence", 1) - 1]
        assert rule["months"] % 12 == 0, "a yearly anchor turns in whole years"
        found = [in_year(rule, born, first + turn * rule["months"] // 12) for turn in range(CYCLES)]
    return [end - timedelta(days=1) for end in found] if rule.get("ends") == "day_before" else found


def licences(rule):
    """Licences of every kind the calendar asks about, its own anchor day and the days around it among the dates of issue."""
    issued = list(ISSUED)
    if rule["anchor"] == "fixed_date":
        anchors = [in_year(rule, BORN[0], year) for year in (2023, 2024)]
        issued += [anchor + timedelta(days=days) for anchor in anchors for days in (-1, 0, 1)]
    if rule["anchor"] == "periods":
        issued = [day for day in issued if day.isoformat() <= rule["periods"][-1]["end"]]
    born = BORN if rule["anchor"].startswith("birth") else BORN[:1]
    numbers = NUMBERS if rule.get("parity") == "licence_number" else NUMBERS[:1]
    return product(issued, born, numbers)


@pytest.mark.parametrize(("rules", "row"), ROWS, ids=[row.name for _, row in ROWS])
def test_the_cycles_of_each_row(rules, row):
    for issued, born, number in licences(rules.calendar):
        licence = {"issued_on": issued.isoformat(), "born_on": born.isoformat(), "number": number}
        expected = ends(rules.calendar, issued, born, number)

        found = cycles_of(rules.calendar, licence, len(expected))

        first = issued
        if rules.calendar["anchor"] == "periods":
            first = max(issued, date.fromisoformat(rules.calendar["periods"][0]["start"]))
        starts = [first, *(end + timedelta(days=1) for end in expected[:-1])]
        assert [(cycle.number, cycle.start, cycle.end) for cycle in found] == list(zip(range(1, CYCLES + 1), starts, expected, strict=False)), licence
        assert [cycle_ending(rules.calendar, licence, end).number for end in expected] == list(range(1, len(expected) + 1))


@pytest.mark.parametrize(
    ("rules", "row"),
    [(rules, row) for rules, row in ROWS if row.content["status"] in ("adopted", "waiver") and "cycle_end" in row.content["when"]],
    ids=lambda value: getattr(value, "name", ""),
)
def test_a_row_for_certain_cycles_meets_cycles_of_its_calendar(rules, row):
    span = row.content["when"]["cycle_end"]
    found = {end.isoformat() for issued, born, number in licences(rules.calendar) for end in ends(rules.calendar, issued, born, number)}

    assert [end for end in found if span.get("from", "") <= end <= span.get("to", "9999")]


@pytest.mark.parametrize("rules", [rules for rules in RULES.values() if rules.case_rules()], ids=lambda rules: rules.board)
def test_the_rows_of_each_board_are_a_case_of_the_engine(rules):
    licence = {"issued_on": "2020-02-29", "born_on": "1992-02-29", "number": "MT-1240", "practising_since": "2019-01-01"}
    calendar = rules.calendar or {"anchor": "periods", "periods": [{"start": "2025-01-01", "end": "2026-12-31"}]}
    end = cycles_of(calendar, licence, 1)[0].end.isoformat()
    case = {
        "schema": "smrt-ce-case/1",
        "operation": "standing",
        "as_of": "2026-11-23",
        "licence": licence,
        "calendar": calendar,
        "rules": rules.case_rules(),
        "credits": [],
        "evaluate": [end],
    }

    assert check_case(case) == []


@pytest.mark.parametrize("definition", [definition for rules in RULES.values() for definition in rules.case_hour_definitions()], ids=lambda one: one["id"])
def test_each_whole_hour_definition_values_a_course(definition):
    case = {
        "schema": "smrt-ce-case/1",
        "operation": "credit_value",
        "components": [{"kind": "live", "start": "09:00", "end": "12:00"}],
        "hour_definitions": [definition],
    }

    assert check_case(case) == []
    assert evaluate(case)["values"][0]["id"] == definition["id"]
