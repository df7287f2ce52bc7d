"""Bad cases: every fault says where it is and what to do."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credits.engine.run import dumps, evaluate, evaluate_text
from credits.engine.vocabulary import OPERATIONS, check_case, parse, result_faults
from tests.credits.engine.compare import load

EXAMPLES = Path(__file__).parent / "examples"
GOOD = {
    "standing": load(EXAMPLES / "10a-overlap-allowed.json")[0],
    "credit_value": load(EXAMPLES / "01-five-hours.json")[0],
    "cycle_dates": load(EXAMPLES / "43-two-clocks.json")[0],
    "completion": load(EXAMPLES / "44-civil-date-follows-the-learner.json")[0],
    "awards": load(EXAMPLES / "45-actual-time.json")[0],
}
GONE = object()


def changed(operation, where, value):
    """The good case of `operation` with another value at `where`, a path such as `rules.0.required`; GONE takes it away."""
    case = copy.deepcopy(GOOD[operation])
    *parents, last = [int(part) if part.isdigit() else part for part in where.split(".")]
    place = case
    for part in parents:
        place = place[part]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return case


MINIMUM = {"code": "x", "match": {}, "units": "1"}
LONG = "1" * 41

BAD = [
    # Shape
    ("standing", "as_of", GONE, "$.as_of", "This is missing; give it."),
    ("standing", "as_of", "2026-2-1", "$.as_of", 'Give a date such as 2026-02-28, not "2026-2-1".'),
    ("standing", "as_of", "2025-02-29", "$.as_of", "There is no such day as 2025-02-29; correct it."),
    ("standing", "as_of", "2026-02-28\n", "$.as_of", 'Give a date such as 2026-02-28, not "2026-02-28\\n".'),
    ("standing", "as_of", None, "$.as_of", "Give text, not null."),
    ("standing", "licence", [], "$.licence", "Give an object, not a list."),
    ("standing", "rules", [], "$.rules", "Give at least one."),
    ("standing", "evaluate", ["2027-01-31", "2027-01-31"], "$.evaluate", "Give each entry once; some repeat."),
    ("standing", "rules.0.required", {}, "$.rules[0].required", "Give exactly one of units, per_month, by_licensed_month."),
    ("standing", "rules.0.required", {"units": 14}, "$.rules[0].required.units", "Give text (exact decimal >= 0 in a string), not a number."),
    ("standing", "rules.0.required", {"units": "14."}, "$.rules[0].required.units", 'Give a decimal of zero or more in quotes such as "0.5", not "14.".'),
    ("standing", "rules.0.required", {"units": "-1"}, "$.rules[0].required.units", 'Give a decimal of zero or more in quotes such as "0.5", not "-1".'),
    ("standing", "rules.0.required", {"units": "1e3"}, "$.rules[0].required.units", 'Give a decimal of zero or more in quotes such as "0.5", not "1e3".'),
    ("standing", "rules.0.required", {"units": LONG}, "$.rules[0].required.units", "Give at most 40 characters; these are 41."),
    ("standing", "rules.0.required", {"per_month": "1"}, "$.rules[0].required.months_counted", "This is missing; it goes with per_month."),
    ("standing", "rules.0.basis", "custom", "$.rules[0].basis", "Give one of standard, first_renewal, tier, alternative, waiver, partial_activity"),
    ("standing", "rules.0.version", 0, "$.rules[0].version", "Give 1 or more, not 0."),
    ("standing", "rules.0.source_as_of", 5, "$.rules[0].source_as_of", "Give text, not a number. Or: Give null, not a number."),
    ("standing", "rules.0.colour", "red", "$.rules[0].colour", "No such field; remove it, or use one of id, version,"),
    ("standing", "rules.0.when", {"cycle_end": {}}, "$.rules[0].when.cycle_end", "Give at least one of from, to."),
    ("standing", "rules.0.id", "x" * 121, "$.rules[0].id", "Give at most 120 characters; these are 121."),
    ("standing", "rules.0.id", "", "$.rules[0].id", "Give some text; it is empty."),
    ("standing", "rules.0.repeat", {"within": {"cycles": 0, "months": 1}, "same": "course"}, "$.rules[0].repeat.within", "Give only one of cycles, months."),
    ("standing", "credits.0.completed_at", "2026-03-14T12:00:00", "$.credits[0].completed_at", "Give a time with its offset such as 2026-03-14T17:00:00-05:00"),
    ("standing", "calendar", {"anchor": "birthday", "months": 24}, "$.calendar.leap_day", "This is missing; give it."),
    ("standing", "calendar", {"anchor": "periods"}, "$.calendar.periods", "This is missing; give it."),
    ("cycle_dates", "count", 101, "$.count", "Give 100 or less, not 101."),
    ("cycle_dates", "count", 1.5, "$.count", "Give a whole number of at most 15 digits, not a number."),
    ("cycle_dates", "count", True, "$.count", "Give a whole number of at most 15 digits, not true or false."),
    ("credit_value", "components.0.start", "9:00", "$.components[0].start", 'Give a time of day such as 09:30, not "9:00".'),
    ("credit_value", "components.0.start", GONE, "$.components[0].start", "This is missing; it goes with end."),
    (
        "completion",
        "coverage_at",
        "today",
        "$.coverage_at",
        'Give a time with its offset such as 2026-03-14T17:00:00-05:00, not "today". Or: Give null, not text.',
    ),
    ("awards", "accreditations.1.units", GONE, "$.accreditations[1]", "Give at least one of units, hour_definition."),
    # Sense: a licence and its calendar
    (
        "standing",
        "calendar",
        {"anchor": "birth_month_end", "months": 24},
        "$.licence.born_on",
        "This is missing; the calendar goes by the birthday or the birth year.",
    ),
    ("cycle_dates", "calendar.parity", "birth_year", "$.licence.born_on", "This is missing; the calendar goes by the birthday or the birth year."),
    ("cycle_dates", "calendar.parity", "licence_number", "$.licence.number", "Give a number with a digit in it; the calendar goes by"),
    (
        "standing",
        "calendar.periods.0.end",
        "2020-01-01",
        "$.calendar.periods[0].end",
        "This period ends before it starts; exchange or correct the days.",
    ),
    (
        "standing",
        "calendar.periods",
        [{"start": "2025-02-01", "end": "2027-01-31"}, {"start": "2027-01-31", "end": "2028-01-31"}],
        "$.calendar.periods[1].start",
        "This period starts before the one above is over; list them in order, without overlap.",
    ),
    (
        "standing",
        "licence.renewals",
        [{"cycle_end": "2027-01-31"}, {"cycle_end": "2027-01-31"}],
        "$.licence.renewals",
        "2027-01-31 stands here 2 times; give each cycle_end once.",
    ),
    # Sense: rules
    ("standing", "rules.0.minima", [MINIMUM, MINIMUM], "$.rules[0].minima", "x stands here 2 times; give each code once."),
    (
        "standing",
        "rules.0.minima",
        [MINIMUM | {"nested_in": "y"}],
        "$.rules[0].minima[0].nested_in",
        "This rule has no minimum y; name one of its minima, or leave this out.",
    ),
    ("standing", "rules.0.minima", [MINIMUM | {"nested_in": "x"}], "$.rules[0].minima[0].nested_in", "This minimum lies, over others, inside itself;"),
    ("standing", "rules.0.when", {"years_practising": {"from": 15}}, "$.licence.practising_since", "This is missing; rule columbia goes by years of practice."),
    (
        "standing",
        "rules.0.when",
        {"cycle_end": {"from": "2026-01-02", "to": "2026-01-01"}},
        "$.rules[0].when.cycle_end.to",
        "2026-01-01 comes before 2026-01-02",
    ),
    ("standing", "rules.0.when", {"cycle_number": {"from": 3, "below": 2}}, "$.rules[0].when.cycle_number.below", "2 comes before 3, where this begins;"),
    (
        "standing",
        "rules.0.exclude",
        [{"match": {"size": {"from": "10", "below": "9"}}, "reason": "excluded_activity"}],
        "$.rules[0].exclude[0].match.size.below",
        "9 comes",
    ),
    (
        "standing",
        "rules.0.distinct",
        {"categories": ["a"], "min": 2, "units_each": "1"},
        "$.rules[0].distinct.min",
        "Only 1 categories are listed; ask for at most as many.",
    ),
    ("standing", "rules.0.required.rounding", {"granularity": "0.0", "mode": "floor"}, "$.rules[0].required.rounding.granularity", "Give more than 0;"),
    ("standing", "rules.0.required", {"units": "1", "floor": "2", "ceiling": "1"}, "$.rules[0].required.ceiling", "The ceiling is below the floor;"),
    # Sense: credits, and the cycles to evaluate
    ("standing", "credits.1.id", "d1", "$.credits", "d1, version 1 stands here 2 times; give each version once."),
    ("standing", "credits.0.segments.0.hands_on_fraction", "1.01", "$.credits[0].segments[0].hands_on_fraction", "Give a fraction from 0 to 1."),
    (
        "standing",
        "evaluate",
        ["2027-01-30"],
        "$.evaluate[0]",
        "No cycle ends on 2027-01-30; give the last day of a cycle. By this calendar cycles end on 2027-01-31.",
    ),
    # Sense: components and definitions
    ("credit_value", "components.0.minutes", "60", "$.components[0].minutes", "Give either minutes, or start and end."),
    ("credit_value", "components.0.end", "09:00", "$.components[0].end", "The end is not after the start; a component that goes over midnight is two."),
    ("credit_value", "components.0.end", "24:01", "$.components[0].end", "There is no such time as 24:01; give one from 00:00 to 24:00."),
    ("credit_value", "components.0.meal_minutes", 436, "$.components[0]", "Meals and breaks take 466 minutes, more than there are; correct them or the times."),
    (
        "credit_value",
        "hour_definitions.0.rates.0.minutes_per_hour",
        "0",
        "$.hour_definitions[0].rates[0].minutes_per_hour",
        "Give more than 0; amounts are divided by this.",
    ),
    (
        "credit_value",
        "hour_definitions.0.rates",
        [{"kind": "live", "hours_each": "1"}] * 2,
        "$.hour_definitions[0].rates",
        "live stands here 2 times; give each kind once.",
    ),
    # Sense: completion
    ("completion", "zone", "Pacific/Aukland", "$.zone", "There is no time zone Pacific/Aukland; give an IANA name such as America/New_York."),
    ("completion", "zone", "../etc/passwd", "$.zone", "There is no time zone ../etc/passwd; give an IANA name such as America/New_York."),
    ("completion", "zone", "America", "$.zone", "There is no time zone America; give an IANA name such as America/New_York."),
    ("completion", "content_seconds", "0", "$.content_seconds", "Give more than 0; amounts are divided by this."),
    ("completion", "policy.coverage_required", "95", "$.policy.coverage_required", "Give a fraction from 0 to 1."),
    ("completion", "watched.0", {"from": "5", "to": "4.5"}, "$.watched[0].to", "4.5 comes before 5, where this begins; exchange or correct them."),
    ("completion", "coverage_at", None, "$.coverage_at", "What was watched reaches the coverage required; give the time at which it did."),
    ("completion", "cycles.0.end", "2020-01-01", "$.cycles[0].end", "This cycle ends before it starts; exchange or correct the days."),
    # Sense: awards
    ("awards", "completions.1.version", 1, "$.completions", "z1, version 1 stands here 2 times; give each version once."),
    ("awards", "accreditations.0.valid_on", "enrolment", "$.completions[0].enrolled_on", "This is missing; an accreditation of the course goes by this day."),
    ("awards", "completions.0.segments.1.id", "am", "$.completions[0].segments", "am stands here 2 times; give each id once."),
    ("awards", "reported.0.completion", "z2", "$.reported[0].completion", "There is no completion z2; name one of this case."),
    ("awards", "accreditations.0.hour_definition.rounding.granularity", "0", "$.accreditations[0].hour_definition.rounding.granularity", "Give more than 0;"),
]


@pytest.mark.parametrize(("operation", "where", "value", "path", "says"), BAD)
def test_a_bad_case_is_told_where_and_what_to_do(operation, where, value, path, says):
    result = evaluate(changed(operation, where, value))

    assert result["operation"] == "error"
    assert result_faults(result) == []
    found = {error["path"]: error["message"] for error in result["errors"]}
    assert path in found, found
    assert found[path].startswith(says)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_good_cases_are_good(operation):
    assert check_case(GOOD[operation]) == []


@pytest.mark.parametrize(
    ("case", "path", "says"),
    [
        (None, "$", "A case is an object, not null."),
        ([], "$", "A case is an object, not a list."),
        ({}, "$.schema", 'Give "schema": "smrt-ce-case/1"; it says which version of the vocabulary the case is written in.'),
        ({"schema": "smrt-ce-case/2"}, "$.schema", 'Give "schema": "smrt-ce-case/1"; it says which version of the vocabulary the case is written in.'),
        ({"schema": "smrt-ce-case/1"}, "$.operation", "Give one of standing, credit_value, cycle_dates, completion, awards."),
        ({"schema": "smrt-ce-case/1", "operation": ["standing"]}, "$.operation", "Give one of standing, credit_value, cycle_dates, completion, awards."),
    ],
)
def test_something_else_than_a_case_is_told_so(case, path, says):
    assert evaluate(case) == {"schema": "smrt-ce-result/1", "operation": "error", "errors": [{"path": path, "message": says}]}


def test_cycles_to_evaluate_are_consecutive():
    calendar = {"anchor": "issue_month_end", "months": 12}
    case = GOOD["standing"] | {"calendar": calendar, "licence": {"issued_on": "2020-01-15"}}

    skipped = evaluate(case | {"evaluate": ["2021-01-31", "2023-01-31"]})
    backwards = evaluate(case | {"evaluate": ["2022-01-31", "2021-01-31"]})
    between = evaluate(case | {"evaluate": ["2022-07-31"]})

    says = "Give the ends of consecutive cycles, the earliest first; what is carried flows from one to the next."
    assert skipped["errors"] == backwards["errors"] == [{"path": "$.evaluate", "message": says}]
    assert between["errors"][0]["message"].endswith("By this calendar cycles end on 2022-01-31 and 2023-01-31.")


def test_all_faults_are_told_at_once_by_path():
    case = changed("cycle_dates", "count", 0) | {"calendar": {"anchor": "birthday"}, "locate": ["x", "2026-13-01"]}

    assert [fault.path for fault in check_case(case)] == ["$.calendar.leap_day", "$.calendar.months", "$.count", "$.locate[0]", "$.locate[1]"]


@pytest.mark.parametrize("depth", [25, 900, 100_000])
def test_a_case_is_not_deep(depth):
    text = json.dumps(GOOD["cycle_dates"] | {"locate": "here"}).replace('"here"', "[" * depth + "]" * depth)

    assert evaluate_text(text)["errors"] == [{"path": "$", "message": "This is nested more deeply than 20 levels; a case is not."}]


def test_a_whole_number_may_be_written_with_a_point():
    case = json.dumps(GOOD["cycle_dates"]).replace('"count": 2', '"count": 2.0')

    assert parse(case) == GOOD["cycle_dates"]


def test_a_byte_order_mark_is_read_over():
    assert parse(b"\xef\xbb\xbf{}") == {}


@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_same_case_makes_the_same_bytes(operation):
    case = GOOD[operation]
    other_order = json.loads(json.dumps(case, sort_keys=True))

    first = dumps(evaluate(case))

    assert dumps(evaluate_text(json.dumps(case))) == first
    assert dumps(evaluate(other_order)) == first
    assert case == copy.deepcopy(GOOD[operation]), "a case is read, never written"


junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["0", "2026-02-28", "2026-02-30", "9999-12-31", "0001-01-01"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["from", "to", "below", "units", "code", "id"]), inner, max_size=2),
    max_leaves=4,
)


def places(data, path=()):
    yield path
    for key, inner in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        yield from places(inner, (*path, key))


@settings(max_examples=500, deadline=None)
@given(data=st.data(), operation=st.sampled_from(OPERATIONS))
def test_no_case_breaks_the_engine(data, operation):
    case = copy.deepcopy(GOOD[operation])
    for path in data.draw(st.lists(st.sampled_from(list(places(case))[3:]), min_size=1, max_size=2)):
        place = case
        try:
            for part in path[:-1]:
                place = place[part]
            place[path[-1]] = data.draw(junk)
        except (KeyError, IndexError, TypeError):
            continue  # the first change took the place of the second away

    result = evaluate(case)

    assert result_faults(json.loads(dumps(result))) == []
