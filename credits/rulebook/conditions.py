"""Which cycles a row's `when` can hold for, compared with another's."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

When = dict[str, Any]


def covers(wide: When, narrow: When) -> bool:
    """Whether `wide` holds for every cycle `narrow` holds for."""
    return all(name in narrow and _inside(narrow[name], condition) for name, condition in wide.items())


def may_meet(one: When, other: When) -> bool:
    """Whether both may hold for the same cycle."""
    return all(_touch(one[name], other[name]) for name in one.keys() & other.keys())


def _inside(inner: Any, outer: Any) -> bool:
    if not isinstance(outer, dict):
        return bool(inner == outer)
    starts = "from" not in outer or ("from" in inner and inner["from"] >= outer["from"])
    ends = all(name not in outer or (name in inner and inner[name] <= outer[name]) for name in ("to", "below"))
    return starts and ends


def _touch(one: Any, other: Any) -> bool:
    if not isinstance(one, dict):
        return isinstance(one, str) or bool(one == other)  # a person may hold two credentials
    return _begins_before_the_end(one, other) and _begins_before_the_end(other, one)


def _begins_before_the_end(one: When, other: When) -> bool:
    if "from" not in one:
        return True
    return ("to" not in other or one["from"] <= other["to"]) and ("below" not in other or one["from"] < other["below"])


def holds_inside(narrow: dict[str, Any], wide: dict[str, Any]) -> bool:
    """Whether every unit that the match `narrow` takes is taken by the match `wide` as well."""
    for name in ("categories", "modes"):
        if name in wide and not (name in narrow and set(narrow[name]) <= set(wide[name])):
            return False
    if not set(wide.get("without", ())) <= set(narrow.get("without", ())):
        return False
    least = wide.get("hands_on_fraction_min")
    if least is not None and Fraction(narrow.get("hands_on_fraction_min", "0")) < Fraction(least):
        return False
    numbers = {name: Fraction(bound) for name, bound in wide.get("size", {}).items()}
    inner = {name: Fraction(bound) for name, bound in narrow.get("size", {}).items()}
    return _inside(inner, numbers) and _inside(narrow.get("dated", {}), wide.get("dated", {}))
