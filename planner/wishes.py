"""What a person wants of a route: for which licences, from where, how early, how much study a week."""

from __future__ import annotations

import math
from dataclasses import dataclass

from workshops.near.geo import EARTH_RADIUS_KM, Point

MARGINS = (0, 14, 30, 60, 90)
HOURS = (2, 4, 6, 10, 20)
MARGIN_DAYS, HOURS_PER_WEEK = 30, 4


@dataclass(frozen=True)
class Origin:
    """Where the travel begins."""

    label: str
    lat: float
    lng: float

    @property
    def point(self) -> Point:
        return Point(self.lat, self.lng)


@dataclass(frozen=True)
class Wishes:
    """`licences` are primary keys; empty stands for all on file."""

    licences: tuple[int, ...] = ()
    origin: Origin | None = None
    margin_days: int = MARGIN_DAYS
    hours_per_week: int = HOURS_PER_WEEK

    @property
    def minutes_per_week(self) -> int:
        return self.hours_per_week * 60


def metres_between(one: Point, other: Point) -> int:
    """As the crow flies, by the same formula as the search for workshops."""
    lat, other_lat = math.radians(one.lat), math.radians(other.lat)
    half_lat, half_lng = (other_lat - lat) / 2, math.radians(other.lng - one.lng) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat) * math.cos(other_lat) * math.sin(half_lng) ** 2
    return round(2 * EARTH_RADIUS_KM * 1000 * math.asin(min(1.0, math.sqrt(chord))))
