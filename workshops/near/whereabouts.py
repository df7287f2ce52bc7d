"""In words where a position lies: “about 12 miles north-east of Pensacola, FL”. From the file of towns, so nobody is asked."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from workshops.near.geo import EARTH_RADIUS_KM, KM_PER_MILE, Point, distance_words
from workshops.near.place_file import Town, towns
from workshops.near.regions import region_shown

KNOWN = 10_000  # people of a town that others know by name
ANOTHER_TOWN_KM = 25.0
CITY = 100_000  # so many people need no other town to say where theirs is
SIDES, PART_KM = {"North", "East", "South", "West"}, 15.0
FARTHEST_KM = 250.0
MILES = {"US", "GB"}  # where roads are signed in miles
DIRECTIONS = (
    gettext_noop("north"), gettext_noop("north-east"), gettext_noop("east"), gettext_noop("south-east"),
    gettext_noop("south"), gettext_noop("south-west"), gettext_noop("west"), gettext_noop("north-west"),
)  # fmt: skip


@dataclass(frozen=True)
class Neighbour:
    """A town, and how far the position lies from it in which direction (0 is north of it, 2 east)."""

    town: Town
    km: float
    direction: int

    @property
    def label(self) -> str:
        return f"{self.town.name}, {region_shown(self.town.country, self.town.region)}"

    @property
    def pull(self) -> float:
        """By which of two towns people would say where a place is: the larger and nearer one."""
        return self.town.people / (self.km + 5) ** 2

    @property
    def is_own(self) -> bool:
        """Whether the position is in that town or next to it: within 5 km of its middle, of a city of four millions within 13."""
        return self.km <= 5 + math.sqrt(self.town.people) / 250


@cache
def known_towns() -> tuple[Town, ...]:
    """Without parts of a town that are named after it: “East Pensacola Heights” lies in Pensacola, “New South Memphis” in Memphis."""
    found = [town for town in towns() if town.people >= KNOWN]
    named: dict[str, list[Town]] = defaultdict(list)
    for town in found:
        named[town.name].append(town)
    return tuple(town for town in found if not _is_part(town, named))


def _is_part(town: Town, named: Mapping[str, Sequence[Town]]) -> bool:
    side, *words = town.name.removeprefix("New ").split()
    if side not in SIDES:
        return False
    wholes = (whole for end in range(len(words), 0, -1) for whole in named.get(" ".join(words[:end]), ()))
    return any(_neighbour(Point(town.lat, town.lng), whole).km <= PART_KM and whole.people * 3 >= town.people for whole in wholes)


@lru_cache(maxsize=1024)
def neighbours(lat: float, lng: float) -> tuple[Neighbour, ...]:
    """The one or two towns by which people say where a position is; none far from every town."""
    high = math.degrees(FARTHEST_KM / EARTH_RADIUS_KM)
    near = [_neighbour(Point(lat, lng), town) for town in known_towns() if abs(town.lat - lat) <= high]
    best = _strongest([one for one in near if one.km <= FARTHEST_KM])
    if best is None or not best.is_own or best.town.people >= CITY:
        return (best,) if best else ()
    larger = _strongest([one for one in near if ANOTHER_TOWN_KM <= one.km <= FARTHEST_KM and one.town.people > best.town.people])
    return (best, larger) if larger else (best,)


def _strongest(near: Sequence[Neighbour]) -> Neighbour | None:
    return max(near, key=lambda one: one.pull, default=None)


def _neighbour(point: Point, town: Town) -> Neighbour:
    """On a plane: right to a percent at these distances, and what is said is rounded."""
    north = math.radians(point.lat - town.lat) * EARTH_RADIUS_KM
    east = math.radians((point.lng - town.lng + 180) % 360 - 180) * math.cos(math.radians((point.lat + town.lat) / 2)) * EARTH_RADIUS_KM
    return Neighbour(town, math.hypot(north, east), round(math.degrees(math.atan2(east, north)) / 45) % 8)


def unit_of(country: str) -> str:
    return "mi" if country in MILES else "km"


def whereabouts(lat: float, lng: float, *, unit: str) -> str:
    """A sentence without its full stop; empty where no town is near."""
    found = neighbours(lat, lng)
    if not found:
        return ""
    if not found[0].is_own:
        return _("About %(distance)s %(direction)s of %(town)s") % _words(found[0], unit)
    if len(found) == 1:
        return _("In or near %(town)s") % {"town": found[0].label}
    return _("In or near %(own)s, about %(distance)s %(direction)s of %(town)s") % {"own": found[0].label, **_words(found[1], unit)}


def _words(one: Neighbour, unit: str) -> dict[str, str]:
    distance = round(one.km / KM_PER_MILE if unit == "mi" else one.km)
    return {"distance": distance_words(distance, unit), "direction": _(DIRECTIONS[one.direction]), "town": one.label}
