from __future__ import annotations

import pytest

from credits.engine.run import evaluate
from credits.engine.values import units_of
from tests.credits.engine.compare import differences

HOURS = {"granularity": "0.5", "mode": "floor"}
LIVE_50 = {"kind": "live", "minutes_per_hour": "50"}
MERGENER = {"multiplier": "0.9", "constant": "-22.3", "per_word": "0.00209", "per_question": "2.78", "per_difficulty": "15.5"}
LOUISIANA = {"kind": "live", "minutes_per_hour": "50", "steps": [{"over": "30", "hours": "0.5"}]}


def definition(*rates, **others):
    return {"id": "d", "rates": list(rates), "units_per_hour": "1", "rounding": HOURS} | others


def value(components, *definitions):
    case = {"schema": "smrt-ce-case/1", "operation": "credit_value", "components": components, "hour_definitions": list(definitions)}
    result = evaluate(case)
    assert result["operation"] == "credit_value", result
    return result


@pytest.mark.parametrize(("minutes", "hours"), [("30", "0"), ("31", "0.5"), ("49", "0.5"), ("50", "1"), ("80", "1"), ("81", "1.5"), ("100", "2")])
def test_steps_give_the_best_that_the_remainder_exceeds(minutes, hours):
    result = value([{"kind": "live", "minutes": minutes}], definition(LOUISIANA))

    assert result["values"] == [{"id": "d", "component_hours": [hours], "raw_hours": hours, "units": hours}]


def test_a_formula_says_its_minutes():
    reading = {"kind": "reading", "words": "10000", "questions": "20", "difficulty": "3"}

    result = value([reading], definition({"kind": "reading", "minutes_per_hour": "60", "formula": MERGENER}))

    # 0.9 x (-22.3 + 20.9 + 55.6 + 46.5) = 90.63 minutes
    assert result["values"] == [{"id": "d", "component_hours": ["1.5105"], "formula_minutes": "90.63", "raw_hours": "1.5105", "units": "1.5"}]


def test_a_formula_never_takes_minutes_away():
    result = value([{"kind": "reading", "words": "10"}], definition({"kind": "reading", "minutes_per_hour": "60", "formula": MERGENER}))

    assert differences({"component_hours": ["0"], "formula_minutes": "0", "units": "0"}, result["values"][0]) == []


def test_the_clock_bounds_each_component_that_has_a_length():
    components = [
        {"kind": "live", "minutes": "50"},
        {"kind": "live", "start": "13:00", "end": "15:00", "break_minutes": [30, 20]},
        {"kind": "reading", "words": "12000"},
    ]
    rates = (LIVE_50, {"kind": "reading", "words_per_hour": "12000"})

    bound = definition(*rates, clock_bound=True)
    strict = definition(*rates, clock_bound=True, long_break_over_minutes=20)
    free = definition(*rates)

    found = [entry["component_hours"] for entry in value(components, bound, strict, free)["values"]]
    assert found == [["0.833333", "1.4", "1"], ["0.833333", "1.4", "1"], ["1", "1.4", "1"]]


def test_a_long_break_is_not_on_the_clock():
    day = {"kind": "live", "start": "09:00", "end": "11:00", "break_minutes": [21]}

    result = value([day], definition(LIVE_50, clock_bound=True), definition(LIVE_50, clock_bound=True, long_break_over_minutes=20))

    assert [entry["raw_hours"] for entry in result["values"]] == ["1.98", "1.65"]  # 99 / 50, and no more than 99 / 60
    assert (result["instruction_minutes"], result["elapsed_minutes"]) == ("99", "120")


def test_a_class_may_end_at_midnight():
    assert value([{"kind": "live", "start": "22:20", "end": "24:00"}], definition(LIVE_50))["values"][0]["units"] == "2"


def test_rounding_is_once_or_for_each_component():
    components = [{"kind": "live", "minutes": "45"}, {"kind": "live", "minutes": "45"}]
    each = definition(LIVE_50, rounding=HOURS | {"apply": "per_component"})

    assert [entry["units"] for entry in value(components, definition(LIVE_50), each)["values"]] == ["1.5", "1"]


def test_rounding_is_in_the_boards_own_unit():
    ceu = definition({"kind": "live", "minutes_per_hour": "60"}, units_per_hour="0.1", rounding={"granularity": "0.1", "mode": "half_up"})

    assert value([{"kind": "live", "minutes": "570"}], ceu)["values"][0]["units"] == "1"  # 9.5 hours are 0.95 CEU


def test_less_instruction_than_the_minimum_is_worth_nothing():
    found = [value([{"kind": "live", "minutes": minutes}], definition(LIVE_50, minimum_minutes="50"))["values"][0] for minutes in ("49", "50")]

    assert [(entry["raw_hours"], entry["units"]) for entry in found] == [("0.98", "0"), ("1", "1")]


def test_what_is_not_verified_is_worth_nothing_and_takes_no_time():
    result = value([{"kind": "live", "minutes": "50", "verified": False}, {"kind": "live", "minutes": "25"}], definition(LIVE_50))

    assert differences({"instruction_minutes": "25", "elapsed_minutes": "25", "values": [{"component_hours": ["0", "0.5"], "units": "0.5"}]}, result) == []


def test_thirds_add_up():
    assert units_of(definition({"kind": "video", "minutes_per_hour": "60"}), [{"kind": "video", "minutes": "20"}] * 3) == 1
