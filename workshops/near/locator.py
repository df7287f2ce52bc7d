"""A small picture of where a venue stands: the land around it, the towns people know, and a pin. Drawn here, so that nobody is asked."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from workshops.models import Venue
from workshops.near.geo import EARTH_RADIUS_KM, KM_PER_MILE, distance_words
from workshops.near.outlines import Frame, Land, land_in
from workshops.near.place_file import Town
from workshops.near.whereabouts import CITY, known_towns, neighbours, unit_of, whereabouts

WIDE, HIGH = 680, 420  # of the picture, in its own units: two for a point of a phone's screen
MARGIN = 12  # the cut edges of land lie outside of the picture
LETTER, LINE = 13.5, 28  # about what a letter and a line of a town's name take
HALF_WIDTHS_KM = (60, 90, 130, 200, 320)
FARTHER_KM, FARTHER_PEOPLE = 40, 50_000  # where there is one, such a town beside its own is in the picture
MOST_TOWNS, APART = 7, 70
BARS = (200, 100, 50, 20, 10)


@dataclass(frozen=True)
class Label:
    """Words beside a dot at (x, y), or in the middle of a land without one."""

    words: str
    x: int
    y: int
    text_x: int
    text_y: int
    anchor: str


@dataclass(frozen=True)
class Picture:
    """`land` are the paths of an SVG; the pin stands in the middle."""

    land: tuple[str, ...]
    towns: tuple[Label, ...]
    regions: tuple[Label, ...]
    units_per_km: float


@dataclass(frozen=True)
class Locator:
    """The picture of a venue, and in `words` where it is."""

    picture: Picture
    words: str
    bar_words: str
    bar: int

    wide = WIDE
    high = HIGH
    pin_x = WIDE // 2
    pin_y = HIGH // 2
    bar_x = 24
    bar_y = HIGH - 20


def locator_of(venue: Venue) -> Locator | None:
    """None where no land could be drawn."""
    picture = _drawn(venue.lat, venue.lng)
    if not picture.land:
        return None
    unit = unit_of(venue.country)
    per_unit = picture.units_per_km * (KM_PER_MILE if unit == "mi" else 1)
    bar = next((bar for bar in BARS if bar * per_unit <= WIDE / 3), BARS[-1])
    return Locator(picture, whereabouts(venue.lat, venue.lng, unit=unit), distance_words(bar, unit), round(bar * per_unit))


@lru_cache(maxsize=256)
def _drawn(lat: float, lng: float) -> Picture:
    """Pure: of the position and the packaged files alone."""
    km_per_degree = math.radians(1) * EARTH_RADIUS_KM
    narrow = max(0.05, math.cos(math.radians(lat)))
    half = _half_width(lat, lng, narrow)
    scale = WIDE / 2 / half

    def at(other_lng: float, other_lat: float) -> tuple[int, int]:
        return (
            round(WIDE / 2 + (other_lng - lng) * narrow * km_per_degree * scale),
            round(HIGH / 2 - (other_lat - lat) * km_per_degree * scale),
        )

    across, up = (WIDE / 2 + MARGIN) / scale / km_per_degree / narrow, (HIGH / 2 + MARGIN) / scale / km_per_degree
    lands = land_in(Frame(lng - across, lat - up, lng + across, lat + up))
    free = _Free()
    towns = _town_labels(lat, lng, at, free)
    paths = tuple(path for land in lands if (path := "".join(_path([at(*point) for point in ring]) for ring in land.rings)))
    return Picture(paths, towns, _region_labels(lands, at, free), scale)


def _half_width(lat: float, lng: float, narrow: float) -> int:
    """The narrowest view that holds the towns by which the words say where it is, a city, and a larger town that is not next door."""
    km_per_degree = math.radians(1) * EARTH_RADIUS_KM
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


class _Free:
    """Which room of the picture is not taken by words, dots or the pin."""

    def __init__(self) -> None:
        x, y = WIDE // 2, HIGH // 2
        self.taken: list[tuple[float, float, float, float]] = [(x - 20, y - 56, x + 20, y + 8), (0, HIGH - 64, WIDE / 3 + 24, HIGH)]

    def take(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Take a box if it lies in the picture and meets nothing."""
        if left < 6 or top < 6 or right > WIDE - 6 or bottom > HIGH - 6:
            return False
        if any(left < box[2] and right > box[0] and top < box[3] and bottom > box[1] for box in self.taken):
            return False
        self.taken.append((left, top, right, bottom))
        return True


def _town_labels(lat: float, lng: float, at: Callable[[float, float], tuple[int, int]], free: _Free) -> tuple[Label, ...]:
    """The towns of the words first, then the largest; each where its name finds room."""
    told = [one.town for one in neighbours(lat, lng)]
    others = sorted((town for town in known_towns() if town not in told), key=lambda town: -town.people)
    labels: list[Label] = []
    for town in [*told, *others]:
        x, y = at(town.lng, town.lat)
        if not (0 < x < WIDE and 0 < y < HIGH) or any(math.hypot(x - other.x, y - other.y) < APART for other in labels):
            continue
        if label := _beside(town, x, y, free):
            labels.append(label)
        if len(labels) == MOST_TOWNS:
            break
    return tuple(labels)


def _beside(town: Town, x: int, y: int, free: _Free) -> Label | None:
    """The name of `town` to the right of its dot, to the left, below or above."""
    name = town.name.split(" near ")[0]
    width = len(name) * LETTER
    for anchor, left, text_x, text_y in (
        ("start", x + 12.0, x + 14, y + 8),
        ("end", x - 12 - width, x - 14, y + 8),
        ("middle", x - width / 2, x, (HIGH // 2 if abs(x - WIDE // 2) < 20 and 0 <= HIGH // 2 - y < 20 else y) + 36),  # of a dot by the pin: below both
        ("middle", x - width / 2, x, y - 16),
    ):
        if free.take(left, text_y - LINE + 4, left + width, text_y + 6):
            free.taken.append((x - 8, y - 8, x + 8, y + 8))
            return Label(name, x, y, text_x, text_y, anchor)
    return None


def _region_labels(lands: Sequence[Land], at: Callable[[float, float], tuple[int, int]], free: _Free) -> tuple[Label, ...]:
    """The names of states and countries, each in the middle of its largest part where there is room."""
    labels = []
    for land in lands:
        points = max(([at(*point) for point in ring] for ring in land.rings), key=_area)
        width = len(land.name) * LETTER * 1.15
        if _area(points) < width * LINE * 4:
            continue
        x, y = _middle(points)
        for up in (0, -60, 60, -110, 110):
            if free.take(x - width / 2, y + up - LINE + 4, x + width / 2, y + up + 6):
                labels.append(Label(land.name, x, y + up, x, y + up, "middle"))
                break
    return tuple(labels)


def _area(points: Sequence[tuple[int, int]]) -> float:
    return abs(sum(_crosses(points))) / 2


def _crosses(points: Sequence[tuple[int, int]]) -> Iterable[int]:
    return (a[0] * b[1] - b[0] * a[1] for a, b in zip(points, [*points[1:], points[0]], strict=True))


def _middle(points: Sequence[tuple[int, int]]) -> tuple[int, int]:
    whole = sum(_crosses(points)) * 3 or 1
    following = [*points[1:], points[0]]
    x = sum((a[0] + b[0]) * cross for a, b, cross in zip(points, following, _crosses(points), strict=True))
    y = sum((a[1] + b[1]) * cross for a, b, cross in zip(points, following, _crosses(points), strict=True))
    return round(x / whole), round(y / whole)


def _path(points: Sequence[tuple[int, int]]) -> str:
    """A closed path in steps, without those too small to be seen; empty for a speck."""
    kept = [points[0]]
    for point in points[1:]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= 3:
            kept.append(point)
    if len(kept) < 3:
        return ""
    steps = "".join(f"{b[0] - a[0]:+d}{b[1] - a[1]:+d}" for a, b in pairwise(kept))
    return f"M{kept[0][0]} {kept[0][1]}l{steps.replace('+', ' ').strip()}z"
