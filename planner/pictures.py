"""Geometry of a route's pictures: a timeline and a map, drawn by templates and said in words beside them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from workshops.near.geo import Point

WIDTH, ROW, TOP = 320, 22, 14
MAP_WIDTH, MAP_HEIGHT, EDGE = 320, 200, 24


@dataclass(frozen=True)
class Mark:
    """One numbered thing of a route: from `begins` to `day`; a workshop has its place."""

    number: int
    begins: date
    day: date
    is_workshop: bool
    is_booked: bool = False
    is_lost: bool = False
    point: Point | None = None


@dataclass(frozen=True)
class Line:
    """A row of the timeline; `x` to `x + width` is when it takes place, the number stands at `label_x`."""

    mark: Mark
    x: str
    width: str
    y: str
    middle: str
    label_x: str
    is_label_before: bool


@dataclass(frozen=True)
class Deadline:
    """A vertical line at a day, `is_limit` for the day that leaves the margin."""

    x: str
    day: date
    is_limit: bool


@dataclass(frozen=True)
class Timeline:
    lines: tuple[Line, ...]
    deadlines: tuple[Deadline, ...]
    height: int
    foot: str
    first: date
    last: date
    width: int = WIDTH


@dataclass(frozen=True)
class Spot:
    """Where something is. Things at one place share a spot, with their numbers."""

    x: str
    y: str
    label_y: str
    numbers: str
    is_booked: bool


@dataclass(frozen=True)
class Map:
    home_x: str
    home_y: str
    spots: tuple[Spot, ...]
    width: int = MAP_WIDTH
    height: int = MAP_HEIGHT


def timeline_of(marks: Sequence[Mark], *, today: date, deadlines: Sequence[tuple[date, date]]) -> Timeline | None:
    """`deadlines` are pairs of a deadline and the day that leaves the margin before it."""
    if not marks:
        return None
    first = min([today, *(mark.begins for mark in marks)])
    last = max([*(mark.day for mark in marks), *(deadline for deadline, _ in deadlines), today])
    whole = max(1, (last - first).days)
    room = WIDTH - 2 * EDGE

    def at(day: date) -> float:
        return EDGE + room * (day - first).days / whole

    lines = []
    for place, mark in enumerate(marks):
        x, end = at(mark.begins), at(mark.day)
        width = max(6.0, end - x)
        y = TOP + place * ROW
        is_before = x + width + 20 > WIDTH
        lines.append(Line(mark, _place(x), _place(width), _place(y), _place(y + 11), _place(x - 5 if is_before else x + width + 5), is_before))
    shown = {(day, False) for day, _ in deadlines} | {(limit, True) for day, limit in deadlines if limit < day}
    height = TOP + len(marks) * ROW + TOP
    found = tuple(Deadline(_place(at(day)), day, is_limit) for day, is_limit in sorted(shown) if day >= first)
    return Timeline(tuple(lines), found, height, _place(height - 4), first, last)


def map_of(marks: Sequence[Mark], home: Point | None) -> Map | None:
    """North is up; degrees of longitude are as wide as they are at the middle of the picture. None without a place and a workshop."""
    placed = [(mark, mark.point) for mark in marks if mark.point is not None]
    if home is None or not placed:
        return None
    squeeze = max(0.1, math.cos(math.radians(home.lat)))
    flat = [((_around(point.lng, home.lng) - home.lng) * squeeze, home.lat - point.lat) for _, point in placed]
    xs, ys = [0.0, *(x for x, _ in flat)], [0.0, *(y for _, y in flat)]
    scale = min((MAP_WIDTH - 2 * EDGE) / max(1e-6, max(xs) - min(xs)), (MAP_HEIGHT - 2 * EDGE) / max(1e-6, max(ys) - min(ys)), 200.0)
    left = (MAP_WIDTH - (max(xs) - min(xs)) * scale) / 2 - min(xs) * scale
    top = (MAP_HEIGHT - (max(ys) - min(ys)) * scale) / 2 - min(ys) * scale
    spots: dict[tuple[str, str], list[Mark]] = {}
    for (mark, _), (x, y) in zip(placed, flat, strict=True):
        spots.setdefault((_place(left + x * scale), _place(top + y * scale)), []).append(mark)
    found = tuple(
        Spot(x, y, _place(float(y) - 9), ", ".join(str(mark.number) for mark in here), all(mark.is_booked for mark in here)) for (x, y), here in spots.items()
    )
    return Map(_place(left), _place(top), found)


def _around(lng: float, home: float) -> float:
    """The longitude on the nearer side of the antimeridian."""
    return lng + 360 if lng - home < -180 else lng - 360 if lng - home > 180 else lng


def _place(value: float) -> str:
    """A coordinate: two places, always with a point whatever the language."""
    return f"{value:.2f}"
