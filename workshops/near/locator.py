"""A small picture of where a venue stands: the land around it, the towns people know, and a pin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

from workshops.models import Venue
from workshops.near.drawing import WIDE, Drawing, Free, View, drawing_of, towns_in
from workshops.near.geo import EARTH_RADIUS_KM
from workshops.near.place_file import Town
from workshops.near.whereabouts import CITY, known_towns, neighbours, unit_of, whereabouts

HIGH = 420
HALF_WIDTHS_KM = (60, 90, 130, 200, 320)
FARTHER_KM, FARTHER_PEOPLE = 40, 50_000  # where there is one, such a town beside its own is in the picture
MOST_TOWNS = 7


@dataclass(frozen=True)
class Locator:
    """The picture of a venue, and in `words` where it is."""

    drawing: Drawing
    words: str

    pin_x = WIDE // 2
    pin_y = HIGH // 2


def locator_of(venue: Venue) -> Locator | None:
    """None where no land could be drawn."""
    unit = unit_of(venue.country)
    drawing = _drawn(venue.lat, venue.lng, unit)
    return Locator(drawing, whereabouts(venue.lat, venue.lng, unit=unit)) if drawing.outlines else None


@lru_cache(maxsize=256)
def _drawn(lat: float, lng: float, unit: str) -> Drawing:
    """Pure: of the position and the packaged files alone. The towns of the words come first, then the largest."""
    view = View.around(lat, lng, half_km=_half_width(lat, lng), high=HIGH)
    told = [one.town for one in neighbours(lat, lng)]
    others = sorted((town for town in towns_in(view, known_towns()) if town not in told), key=lambda town: -town.people)
    free = Free(view)
    free.keep(Locator.pin_x - 20, Locator.pin_y - 56, Locator.pin_x + 20, Locator.pin_y + 8)
    return drawing_of(view, towns=[*told, *others], most_towns=MOST_TOWNS, unit=unit, free=free)


def _half_width(lat: float, lng: float) -> int:
    """The narrowest view that holds the towns by which the words say where it is, a city, and a larger town that is not next door."""
    km_per_degree = math.radians(1) * EARTH_RADIUS_KM
    narrow = math.cos(math.radians(lat))
    told = {one.town for one in neighbours(lat, lng)}
    for half in HALF_WIDTHS_KM:
        seen: set[Town] = set()
        has_farther = False
        for town in known_towns():
            up, across = abs(town.lat - lat) * km_per_degree, abs(town.lng - lng) * narrow * km_per_degree
            if up <= half * 0.92 * HIGH / WIDE and across <= half * 0.92:
                seen.add(town)
                has_farther |= town.people >= FARTHER_PEOPLE and math.hypot(up, across) >= FARTHER_KM
        if told <= seen and has_farther and any(town.people >= CITY for town in seen):
            return half
    return HALF_WIDTHS_KM[-1]
