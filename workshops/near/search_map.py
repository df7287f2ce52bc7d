"""The map beside the list of a search, as a picture: what was searched, and where the workshops of the list are, by their numbers in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from django.utils.translation import gettext as _

from workshops.models import Workshop
from workshops.near.drawing import DOT, WIDE, Drawing, Free, Label, View, beside, drawing_of, towns_in
from workshops.near.geo import EARTH_RADIUS_KM, MOST_LATITUDE, Point, world_xy
from workshops.near.place_file import Town
from workshops.near.searches import NearSearch
from workshops.near.whereabouts import known_towns

HIGH = 560
LEAST_HALF_KM = 60  # outlines know nothing that a closer view would show
MOST_CIRCLE_KM = 5_000  # a wider circle is most of the world
MOST_TOWNS = 7
AROUND_CIRCLE, AROUND_PINS = 28, 70
PIN, DIGIT, MOST_TEXT = 48, 14, 6  # a pin's height, what a sign on it takes, and how many it may bear
APART = 4
MARK = 14  # the room of the mark where was looked from, to each side


@dataclass(frozen=True)
class Pin:
    """One or several workshops of the list whose places are one in the picture. `text` stands on it, and its name begins with it."""

    numbers: tuple[int, ...]
    slugs: tuple[str, ...]
    text: str
    name: str
    x: int
    y: int

    @property
    def first(self) -> int:
        return self.numbers[0]

    @property
    def wide(self) -> int:
        return max(PIN, len(self.text) * DIGIT + 24)

    @property
    def left(self) -> float:
        return -self.wide / 2

    def meets(self, other: Pin) -> bool:
        return abs(self.x - other.x) < (self.wide + other.wide) / 2 + APART and abs(self.y - other.y) < PIN + APART


@dataclass(frozen=True)
class Circle:
    """How far was looked: on the web's map a circle of the earth is as good as an ellipse."""

    x: int
    y: int
    half_wide: int
    half_high: int


@dataclass(frozen=True)
class Here:
    """Where was looked from, and its name where there is room for it; its mark where no pin covers it."""

    x: int
    y: int
    label: Label | None
    has_mark: bool


@dataclass(frozen=True)
class SearchMap:
    drawing: Drawing
    pins: tuple[Pin, ...]
    circle: Circle | None
    here: Here | None

    @property
    def widths(self) -> float:
        """How many times as wide as the picture the world is."""
        return self.drawing.view.world / WIDE

    def place_of(self, workshop: Workshop) -> tuple[int, int] | None:
        """The number of `workshop` in the list, and of its pin; None for one that lies nowhere."""
        for pin in self.pins:
            if workshop.slug in pin.slugs:
                return pin.numbers[pin.slugs.index(workshop.slug)], pin.first
        return None


def map_of(search: NearSearch, workshops: Sequence[Workshop]) -> SearchMap | None:
    """The map of `workshops`, one page of what `search` found, with venues loaded; asks the database nothing.

    None where nothing lies anywhere, or the packaged outlines are missing.
    """
    placed = [workshop for workshop in workshops if workshop.format != Workshop.Format.ONLINE]
    if search.attend == "remote" or not placed:
        return None
    return _map(placed, origin=search.origin, label=search.origin_label, radius_km=search.radius_km, unit=search.unit)


def circle_map(origin: Point, *, label: str, radius_km: float, unit: str) -> SearchMap | None:
    """A place and how far somebody would go from there, without pins. None where the packaged outlines are missing."""
    return _map([], origin=origin, label=label, radius_km=radius_km, unit=unit)


def _map(placed: Sequence[Workshop], *, origin: Point | None, label: str, radius_km: float | None, unit: str) -> SearchMap | None:
    view = _view(origin, radius_km, [Point(workshop.venue.lat, workshop.venue.lng) for workshop in placed])
    free = Free(view)
    pins = _pins(view, placed)
    for pin in pins:
        free.keep(pin.x - pin.wide / 2, pin.y - PIN / 2, pin.x + pin.wide / 2, pin.y + PIN / 2)
    here = _here(view, origin, label, free) if origin else None
    towns = (town for town in towns_in(view, _largest_towns()) if _has_room(view, town, free))
    drawing = drawing_of(view, towns=towns, most_towns=MOST_TOWNS, unit=unit, free=free)
    return SearchMap(drawing, pins, _circle(view, origin, radius_km), here) if drawing.outlines else None


@cache
def _largest_towns() -> tuple[Town, ...]:
    return tuple(sorted(known_towns(), key=lambda town: -town.people))


def _has_room(view: View, town: Town, free: Free) -> bool:
    """Whether the dot of `town` would lie below no pin."""
    x, y = view.at(town.lat, town.lng)
    return free.is_free(x - DOT, y - DOT, x + DOT, y + DOT)


def _here(view: View, origin: Point, label: str, free: Free) -> Here:
    x, y = view.at(origin.lat, origin.lng)
    has_mark = free.is_free(x - MARK, y - MARK, x + MARK, y + MARK)
    name = label.split(",")[0]
    named = next((found for reach in (MARK, PIN // 2, PIN) if (found := beside(name, x, y, free, reach=reach))), None)
    free.keep(x - MARK, y - MARK, x + MARK, y + MARK)
    return Here(x, y, named, has_mark)


def _pins(view: View, workshops: Sequence[Workshop]) -> tuple[Pin, ...]:
    """Workshops by their numbers, those whose pins would meet under one, which stands where the first of them is."""
    groups = [[(number, workshop)] for number, workshop in enumerate(workshops, start=1)]
    while True:
        pins = [_pin(view, group) for group in groups]
        meeting = next(((a, b) for b, pin in enumerate(pins) for a in range(b) if pins[a].meets(pin)), None)
        if meeting is None:
            return tuple(pins)
        a, b = meeting
        groups[a] = sorted([*groups[a], *groups.pop(b)], key=lambda numbered: numbered[0])


def _pin(view: View, group: Sequence[tuple[int, Workshop]]) -> Pin:
    numbers = tuple(number for number, _workshop in group)
    towns = dict.fromkeys(workshop.venue.town for _number, workshop in group)
    text = pin_text(numbers)
    words = {"numbers": text, "towns": "; ".join(towns), "title": group[0][1].title}
    name = _("%(numbers)s: %(title)s, %(towns)s") % words if len(group) == 1 else _("%(numbers)s in the list: %(towns)s") % words
    return Pin(numbers, tuple(workshop.slug for _number, workshop in group), text, name, *view.at(group[0][1].venue.lat, group[0][1].venue.lng))


def pin_text(numbers: Sequence[int]) -> str:
    """ "1–3,7" of 1, 2, 3 and 7; where that is too long, the first and how many more: "1 +5"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    whole = ",".join(str(part[0]) if len(part) == 1 else f"{part[0]}–{part[-1]}" for part in parts)
    return whole if len(whole) <= MOST_TEXT else f"{numbers[0]} +{len(numbers) - 1}"


def _view(origin: Point | None, radius_km: float | None, found: Sequence[Point]) -> View:
    """The narrowest view of the circle, or without one of the places and of where was looked from."""
    if origin and (box := _circle_box(origin, radius_km)):
        return _fitted([box[:2], box[2:]], AROUND_CIRCLE)
    points = [world_xy(point.lat, point.lng) for point in ([origin, *found] if origin else found)]
    start = points[0][0] - 0.5 if origin else _after_largest_gap([x for x, _y in points])
    return _fitted([(x + math.ceil(start - x - 1e-9), y) for x, y in points], AROUND_PINS)


def _after_largest_gap(xs: Sequence[float]) -> float:
    """Where to begin around the earth, so that the way to the last of `xs` is the shortest."""
    ordered = sorted(xs)
    gaps = [(after - before, after) for before, after in zip([ordered[-1] - 1, *ordered[:-1]], ordered, strict=True)]
    return max(gaps)[1]


def _fitted(points: Sequence[tuple[float, float]], around: int) -> View:
    xs, ys = [x for x, _y in points], [y for _x, y in points]
    x, y = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    closest = View(x, y, 1, HIGH)
    most = WIDE / 2 / LEAST_HALF_KM / closest.units_per_km
    world = min(most, (WIDE - 2 * around) / max(max(xs) - min(xs), 1e-9), (HIGH - 2 * around) / max(max(ys) - min(ys), 1e-9))
    world = max(world, WIDE)  # the earth is shown once
    half = HIGH / 2 / world
    return View(x, min(max(y, half), 1 - half), world, HIGH)


def _circle_box(origin: Point, radius_km: float | None) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom of the circle; none of one that is most of the world, or lies around a pole."""
    if radius_km is None or radius_km > MOST_CIRCLE_KM:
        return None
    angle = radius_km / EARTH_RADIUS_KM
    north, south = origin.lat + math.degrees(angle), origin.lat - math.degrees(angle)
    if north >= MOST_LATITUDE or south <= -MOST_LATITUDE:
        return None
    across = math.degrees(math.asin(math.sin(angle) / math.cos(math.radians(origin.lat))))
    (left, top), (right, bottom) = world_xy(north, origin.lng - across), world_xy(south, origin.lng + across)
    return left, top, right, bottom


def _circle(view: View, origin: Point | None, radius_km: float | None) -> Circle | None:
    if origin is None or (box := _circle_box(origin, radius_km)) is None:
        return None
    left, top = view.put(box[0], box[1])
    right, bottom = view.put(box[2], box[3])
    return Circle((left + right) // 2, (top + bottom) // 2, (right - left) // 2, (bottom - top) // 2)
