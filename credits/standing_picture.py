"""Geometry of a standing's pictures: bars and a timeline of 100 units across, drawn by templates and said in words beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from credits.engine.quantities import text
from credits.standing_words import Words, minimum_label

WIDTH = 100


@dataclass(frozen=True)
class Bar:
    """The units on record, those missing, and those over a limit, which lie beyond the end. `*_width` are out of WIDTH."""

    label: str
    required: str
    applied: str
    missing: str
    over: str
    applied_width: str
    missing_width: str
    over_width: str
    over_x: str
    is_total: bool = False
    is_on_top: bool = False

    @property
    def is_full(self) -> bool:
        return self.missing == "0"


@dataclass(frozen=True)
class Span:
    number: int
    start: date
    end: date
    x: str
    width: str
    is_current: bool


@dataclass(frozen=True)
class Timeline:
    spans: tuple[Span, ...]
    today: date
    today_x: str
    first: date
    last: date


def bars_of(row: dict[str, Any], content: dict[str, Any], words: Words) -> tuple[Bar, ...]:
    """The total first, then each minimum in the rule's order; none when no rule holds or nothing is due."""
    if row["required"] is None:
        return ()
    over = sum((Fraction(part["units"]) for part in row["over_cap"]), Fraction(0))
    bars = []
    if row["required"] != "0":
        bars.append(_bar(_("In all"), Fraction(row["required"]), Fraction(row["applied"]), over, is_total=True))
    for part in row["minima"]:
        label = minimum_label(content, part["code"], words)
        required, missing = Fraction(part["required"]), Fraction(part["missing"])
        if required:
            bars.append(_bar(label, required, required - missing, Fraction(0), is_on_top=part["relation"] == "additional"))
    return tuple(bars)


def _bar(label: str, required: Fraction, applied: Fraction, over: Fraction, **more: bool) -> Bar:
    scale = WIDTH / (required + over)
    missing = required - applied
    return Bar(
        label=label,
        required=text(required),
        applied=text(applied),
        missing=text(missing),
        over=text(over),
        applied_width=_place(applied * scale),
        missing_width=_place(missing * scale),
        over_width=_place(over * scale),
        over_x=_place(required * scale),
        **more,
    )


def timeline_of(rows: list[dict[str, Any]], as_of: date) -> Timeline:
    """The cycles side by side, each as long as it lasts, and the day between them."""
    days = [(row["number"], date.fromisoformat(row["start"]), date.fromisoformat(row["end"])) for row in rows]
    first, last = days[0][1], days[-1][2]
    whole = (last - first).days + 1

    def at(day: date) -> Fraction:
        return Fraction((day - first).days * WIDTH, whole)

    spans = [
        Span(number, start, end, _place(at(start)), _place(Fraction(((end - start).days + 1) * WIDTH, whole)), is_current=start <= as_of <= end)
        for number, start, end in days
    ]
    return Timeline(tuple(spans), as_of, _place(at(as_of)), first, last)


def _place(value: Fraction) -> str:
    """A coordinate: two places, always with a point whatever the language."""
    return f"{float(value):.2f}"
