"""What components of instruction are worth under a board's own definition of an hour."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from typing import Any

from credits.engine.dates import minute_of_day
from credits.engine.quantities import ZERO, quantity, rounded, text

Object = Mapping[str, Any]


@dataclass(frozen=True)
class Value:
    """A sum of components in hours and in the board's units. `formula_minutes` is None where no formula was used."""

    component_hours: tuple[Fraction, ...]
    formula_minutes: Fraction | None
    raw_hours: Fraction
    units: Fraction


def credit_value(case: Object) -> dict[str, Any]:
    """The operation: the same components under each of the definitions."""
    verified = [component for component in case["components"] if component.get("verified", True)]
    return {
        "instruction_minutes": text(sum((_instruction(component) for component in verified), ZERO)),
        "elapsed_minutes": text(sum((_span(component) - component.get("meal_minutes", 0) for component in verified), ZERO)),
        "values": [{"id": definition["id"], **_as_json(value_of(definition, case["components"]))} for definition in case["hour_definitions"]],
    }


def units_of(definition: Object, components: Iterable[Object]) -> Fraction:
    """Units of these components, rounded as the definition says."""
    return value_of(definition, components).units


def value_of(definition: Object, components: Iterable[Object]) -> Value:
    """Unverified components and kinds without a rate are worth nothing. Rounding is the last step, once or for each component."""
    rates = {rate["kind"]: rate for rate in definition["rates"]}
    hours: list[Fraction] = []
    instruction, formula_minutes = ZERO, None
    for component in components:
        rate = rates.get(component["kind"])
        if not component.get("verified", True):
            hours.append(ZERO)
            continue
        instruction += _instruction(component)
        if rate and "formula" in rate:
            formula_minutes = (formula_minutes or ZERO) + _formula_minutes(rate["formula"], component)
        hours.append(_hours(definition, rate, component) if rate else ZERO)
    units = _units(definition, hours)
    if instruction < quantity(definition.get("minimum_minutes", "0")):
        units = ZERO
    return Value(tuple(hours), formula_minutes, sum(hours, ZERO), units)


def _units(definition: Object, hours: Iterable[Fraction]) -> Fraction:
    factor, rounding = quantity(definition["units_per_hour"]), definition["rounding"]
    amounts = [factor * amount for amount in hours]
    if rounding.get("apply", "once") == "once":
        amounts = [sum(amounts, ZERO)]
    return sum((rounded(amount, quantity(rounding["granularity"]), rounding["mode"]) for amount in amounts), ZERO)


def _hours(definition: Object, rate: Object, component: Object) -> Fraction:
    hours = _unbound_hours(rate, component)
    if definition.get("clock_bound", False) and ("start" in component or "minutes" in component):
        return min(hours, _on_the_clock(definition, component) / 60)
    return hours


def _unbound_hours(rate: Object, component: Object) -> Fraction:
    if "hours_each" in rate:
        return quantity(rate["hours_each"]) * _given(component, "count")
    if "words_per_hour" in rate:
        return _given(component, "words") / quantity(rate["words_per_hour"])
    minutes = _formula_minutes(rate["formula"], component) if "formula" in rate else _instruction(component)
    hours = minutes / quantity(rate["minutes_per_hour"])
    if "steps" not in rate:
        return hours
    whole = floor(hours)
    rest = minutes - whole * quantity(rate["minutes_per_hour"])
    return whole + max((quantity(step["hours"]) for step in rate["steps"] if rest > quantity(step["over"])), default=ZERO)


def _formula_minutes(formula: Object, component: Object) -> Fraction:
    """Never less than none: a short text can make the sum negative."""
    measures = (("per_word", "words"), ("per_question", "questions"), ("per_difficulty", "difficulty"))
    total = quantity(formula["constant"]) + sum(quantity(formula[factor]) * _given(component, measure) for factor, measure in measures)
    return max(ZERO, quantity(formula["multiplier"]) * total)


def _on_the_clock(definition: Object, component: Object) -> Fraction:
    """Elapsed minutes less meals, and less breaks that are too long to belong to the hour."""
    longest = definition.get("long_break_over_minutes")
    long_breaks = sum(minutes for minutes in component.get("break_minutes", ()) if longest is not None and minutes > longest)
    return _span(component) - component.get("meal_minutes", 0) - long_breaks


def _instruction(component: Object) -> Fraction:
    return _span(component) - component.get("meal_minutes", 0) - sum(component.get("break_minutes", ()))


def _span(component: Object) -> Fraction:
    """Minutes from beginning to end, pauses included; none for what has no length in time."""
    if "start" in component:
        return Fraction(minute_of_day(component["end"]) - minute_of_day(component["start"]))
    return _given(component, "minutes")


def _given(component: Object, name: str) -> Fraction:
    return quantity(component.get(name, "0"))


def _as_json(value: Value) -> dict[str, Any]:
    formula = {} if value.formula_minutes is None else {"formula_minutes": text(value.formula_minutes)}
    return {"component_hours": [text(hours) for hours in value.component_hours], **formula, "raw_hours": text(value.raw_hours), "units": text(value.units)}
