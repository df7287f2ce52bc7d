"""Rows that contradict themselves: what nobody could ever keep, whatever they did."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from credits.engine.quantities import text
from credits.rulebook.conditions import holds_inside

Part = dict[str, Any]


def contradictions(row: dict[str, Any], calendar: dict[str, Any] | None) -> Iterator[str]:
    """Sentences without the row's name. Amounts that depend on the licence (months, a table) are not compared."""
    required = Fraction(row["required"]["units"]) if row["required"] and "units" in row["required"] else None
    years = Fraction(calendar["months"], 12) if calendar and "months" in calendar else None
    minima = row.get("minima", [])
    yield from _under_their_minima(row, required, years)
    if required:  # where nothing is due but a topic, the topic is the whole
        yield from _more_than_required(minima, required, years)
    yield from _nested(minima, required, years)


def _under_their_minima(row: dict[str, Any], required: Fraction | None, years: Fraction | None) -> Iterator[str]:
    for cap in row.get("caps", []):
        most = _most(cap, required, years)
        for minimum in row.get("minima", []):
            least = _least(minimum, required, years)
            if most is not None and least is not None and most < least and holds_inside(minimum["match"], cap["match"]):
                yield (
                    f"caps.{cap['code']}: it lets at most {text(most)} count of what minima.{minimum['code']} wants {text(least)} of, "
                    "so nobody could keep the rule. Correct one of them."
                )


def _more_than_required(minima: list[Part], required: Fraction, years: Fraction | None) -> Iterator[str]:
    inside = {part["code"]: part for part in minima if part.get("relation") != "additional" and part.get("due_every", 1) == 1}
    for part in inside.values():
        least = _least(part, required, years)
        if least is not None and least > required:
            yield (
                f"minima.{part['code']}: it wants {text(least)} inside a total of {text(required)}. Raise the total, lower the minimum, "
                "or write `relation: additional` where it comes on top."
            )
    for group in sorted({part["exclusive_group"] for part in inside.values() if "exclusive_group" in part}):
        members = {code: part for code, part in inside.items() if part.get("exclusive_group") == group and part.get("nested_in") not in inside}
        amounts = [_least(part, required, years) for part in members.values()]
        if len(members) > 1 and None not in amounts and sum(filter(None, amounts)) > required:
            yield (
                f"minima.exclusive_group: {', '.join(members)} share no unit and want {text(sum(filter(None, amounts), Fraction(0)))} together, more than the "
                f"{text(required)} required. Correct the amounts, or take one out of the group `{group}`."
            )


def _nested(minima: list[Part], required: Fraction | None, years: Fraction | None) -> Iterator[str]:
    by_code = {part["code"]: part for part in minima}
    for part in minima:
        parent = by_code.get(part.get("nested_in", ""))
        if parent is None:
            continue
        if part.get("relation", "subset") != parent.get("relation", "subset"):
            yield (
                f"minima.{part['code']}.relation: it lies inside {parent['code']}, so both are part of the total or both on top of it. Write the same "
                "relation for both, or take the link out."
            )
        least, around = _least(part, required, years), _least(parent, required, years)
        if least is not None and around is not None and least > around:
            yield (f"minima.{part['code']}: it wants {text(least)} inside {parent['code']}, which wants {text(around)}. Raise that one, or take the link out.")


def _least(part: Part, required: Fraction | None, years: Fraction | None) -> Fraction | None:
    if "units" in part:
        return Fraction(part["units"])
    if "fraction_of_required" in part:
        return None if required is None else Fraction(part["fraction_of_required"]) * required
    return None if years is None else Fraction(part["units_per_cycle_year"]) * years


def _most(cap: Part, required: Fraction | None, years: Fraction | None) -> Fraction | None:
    """In a whole cycle; None where more days, events or courses let more in."""
    if cap["scope"] not in ("cycle", "cycle_year") or (cap["scope"] == "cycle_year" and years is None):
        return None
    turns = years if cap["scope"] == "cycle_year" and years is not None else Fraction(1)
    if "max_units" in cap:
        return Fraction(cap["max_units"]) * turns
    return None if required is None else Fraction(cap["max_fraction_of_required"]) * required * turns
