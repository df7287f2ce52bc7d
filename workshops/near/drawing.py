"""How a piece of the earth is drawn as a picture in a page: land, lakes, towns, names and a bar for distances. Nobody else is asked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from workshops.near.geo import EARTH_RADIUS_KM, KM_PER_MILE, distance_words, world_latitude, world_xy
from workshops.near.outlines import Frame, land_in
from workshops.near.place_file import Town

WIDE = 680  # of every picture, in its own units: two for a point of a phone's screen
MARGIN = 12  # the cut edges of land lie outside of the picture
LETTER, LINE = 13.5, 28  # about what a letter and a line of a name take
DOT, APART = 8, 70  # the room of a town's dot to each side; the least distance between two towns
FINE_FROM = 8_000  # the width of the world from which a picture is of a region: with finer coasts, smaller towns and a bar
KNOWN_AFAR = 200_000  # people of a town that is shown on a picture of continents
BARS = (500, 200, 100, 50, 20, 10)
BAR_X = 24
SPECK = 14.0  # what takes less of a picture is left out

Points = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class View:
    """What of the map of the world a picture shows: its middle (`world_xy`), and how many units wide the world would be."""

    x: float
    y: float
    world: float
    high: int

    @classmethod
    def around(cls, lat: float, lng: float, *, half_km: float, high: int) -> View:
        """A view that reaches `half_km` to each side."""
        x, y = world_xy(lat, lng)
        return cls(x, y, WIDE / 2 / half_km * _around_km(world_latitude(y)), high)

    def at(self, lat: float, lng: float) -> tuple[int, int]:
        """Where a position stands in the picture, on the turn of the earth that is nearest to its middle."""
        x, y = world_xy(lat, lng)
        return self.put(x + round(self.x - x), y)

    def put(self, x: float, y: float) -> tuple[int, int]:
        return round(WIDE / 2 + (x - self.x) * self.world), round(self.high / 2 + (y - self.y) * self.world)

    @property
    def lat(self) -> float:
        return world_latitude(self.y)

    @property
    def lng(self) -> float:
        return (self.x % 1 - 0.5) * 360

    @property
    def units_per_km(self) -> float:
        """In the middle of the picture."""
        return self.world / _around_km(self.lat)

    @cached_property
    def latitudes(self) -> tuple[float, float]:
        """The southernmost and the northernmost of the picture."""
        return world_latitude(self.frame.bottom), world_latitude(self.frame.top)

    @property
    def frame(self) -> Frame:
        across, up = (WIDE / 2 + MARGIN) / self.world, (self.high / 2 + MARGIN) / self.world
        return Frame(self.x - across, self.y - up, self.x + across, self.y + up)


def _around_km(lat: float) -> float:
    """The length of a circle of latitude."""
    return 2 * math.pi * EARTH_RADIUS_KM * math.cos(math.radians(lat))


@dataclass(frozen=True)
class Outline:
    """A path of an SVG."""

    path: str
    is_water: bool


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
class Bar:
    """A line as long as a distance."""

    distance: int
    unit: str
    wide: int
    y: int

    x = BAR_X

    @property
    def words(self) -> str:
        return distance_words(self.distance, self.unit)


@dataclass(frozen=True)
class Drawing:
    """What is drawn below the pins."""

    view: View
    outlines: tuple[Outline, ...]
    towns: tuple[Label, ...]
    regions: tuple[Label, ...]
    bar: Bar | None

    wide = WIDE


class Free:
    """Which room of a picture is not taken by words, dots or pins."""

    def __init__(self, view: View) -> None:
        self.high = view.high
        self.taken: list[tuple[float, float, float, float]] = [(0, view.high - 64, WIDE / 3 + 24, view.high)]  # the bar's

    def take(self, left: float, top: float, right: float, bottom: float) -> bool:
        """Take a box if it lies in the picture and meets nothing."""
        if left < 6 or top < 6 or right > WIDE - 6 or bottom > self.high - 6 or not self.is_free(left, top, right, bottom):
            return False
        self.keep(left, top, right, bottom)
        return True

    def keep(self, left: float, top: float, right: float, bottom: float) -> None:
        """Take a box whatever is there."""
        self.taken.append((left, top, right, bottom))

    def is_free(self, left: float, top: float, right: float, bottom: float) -> bool:
        return not any(left < box[2] and right > box[0] and top < box[3] and bottom > box[1] for box in self.taken)


def towns_in(view: View, towns: Iterable[Town]) -> Iterator[Town]:
    """Those large enough for the picture at its latitudes: most of the rest, without asking where each would stand."""
    south, north = view.latitudes
    least = 0 if view.world >= FINE_FROM else KNOWN_AFAR
    return (town for town in towns if town.people >= least and south < town.lat < north)


def drawing_of(view: View, *, towns: Iterable[Town], most_towns: int, unit: str, free: Free) -> Drawing:
    """`towns` get their names in their order, as many as have room; so do the lands. What is `free` is less afterwards."""
    outlines, lands = _land(view)
    labels = _town_labels(view, towns, most_towns, free)
    return Drawing(view, outlines, labels, _region_labels(lands, free), _bar(view, unit))


def _bar(view: View, unit: str) -> Bar | None:
    """None where a mile is not as long above as below."""
    if view.world < FINE_FROM:
        return None
    per_unit = view.units_per_km * (KM_PER_MILE if unit == "mi" else 1)
    bar = next((bar for bar in BARS if bar * per_unit <= WIDE / 3), BARS[-1])
    return Bar(bar, unit, round(bar * per_unit), view.high - 20)


@dataclass(frozen=True)
class _Named:
    """A land that has a name and room for it, and where in its largest part that may stand."""

    name: str
    spots: tuple[tuple[int, int], ...]

    @property
    def wide(self) -> float:
        return _wide(self.name)


def _wide(name: str) -> float:
    return len(name) * LETTER * 1.15


@lru_cache(maxsize=256)
def _land(view: View) -> tuple[tuple[Outline, ...], tuple[_Named, ...]]:
    """Pure: of the view and the packaged files alone, so that a search that many people do is drawn once."""
    outlines, largest = [], {}
    water: Sequence[Points] = []
    left, top = WIDE / 2 - view.x * view.world, view.high / 2 - view.y * view.world
    for land in land_in(view.frame, is_fine=view.world >= FINE_FROM):
        rings = [[(round(left + x * view.world), round(top + y * view.world)) for x, y in ring] for ring in land.rings]
        if path := "".join(_path(ring) for ring in rings):
            outlines.append(Outline(path, land.is_water))
        if land.is_water:
            water = rings
        else:
            largest[land.name] = max(rings, key=_area)
    return tuple(outlines), tuple(_Named(name, spots) for name, ring in largest.items() if (spots := _spots(name, ring, water)))


def _spots(name: str, ring: Points, water: Sequence[Points]) -> tuple[tuple[int, int], ...]:
    """The middle of `ring` and places above and below it, of those that are on land."""
    if _area(ring) < _wide(name) * LINE * 4:
        return ()
    x, y = _middle(ring)
    spots = ((x, y + up) for up in (0, -60, 60, -110, 110))
    return tuple(spot for spot in spots if _is_within(spot, [ring]) and not _is_within(spot, water))


def _is_within(spot: tuple[int, int], rings: Iterable[Points]) -> bool:
    """Whether a line to the left of `spot` crosses an odd number of edges."""
    x, y = spot
    crossed = 0
    for ring in rings:
        for a, b in zip(ring, [*ring[1:], ring[0]], strict=True):
            crossed += (a[1] > y) != (b[1] > y) and a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) < x
    return crossed % 2 == 1


def _town_labels(view: View, towns: Iterable[Town], most: int, free: Free) -> tuple[Label, ...]:
    """Each where its name finds room, and none close to another."""
    labels: list[Label] = []
    for town in towns:
        x, y = view.at(town.lat, town.lng)
        if not (0 < x < WIDE and 0 < y < view.high) or any(math.hypot(x - other.x, y - other.y) < APART for other in labels):
            continue
        if label := beside(town.name.split(" near ")[0], x, y, free):
            labels.append(label)
        if len(labels) == most:
            break
    return tuple(labels)


def beside(name: str, x: int, y: int, free: Free, *, reach: int = DOT) -> Label | None:
    """`name` to the right of the dot at (x, y), to the left, below, above, or further below where something else stands; `reach` is the dot's own room."""
    width = len(name) * LETTER
    more = reach - DOT
    for anchor, left, text_x, text_y in (
        ("start", x + 4.0 + reach, x + reach + 6, y + 8),
        ("end", x - 4 - reach - width, x - reach - 6, y + 8),
        ("middle", x - width / 2, x, y + more + 36),
        ("middle", x - width / 2, x, y - more - 16),
        ("middle", x - width / 2, x, y + more + 54),
    ):
        if free.take(left, text_y - LINE + 4, left + width, text_y + 6):
            free.keep(x - DOT, y - DOT, x + DOT, y + DOT)
            return Label(name, x, y, text_x, text_y, anchor)
    return None


def _region_labels(lands: Sequence[_Named], free: Free) -> tuple[Label, ...]:
    """The names of states and countries, each where there is room."""
    labels = []
    for land in lands:
        for x, y in land.spots:
            if free.take(x - land.wide / 2, y - LINE + 4, x + land.wide / 2, y + 6):
                labels.append(Label(land.name, x, y, x, y, "middle"))
                break
    return tuple(labels)


def _area(points: Points) -> float:
    return abs(sum(_crosses(points))) / 2


def _crosses(points: Points) -> Iterable[int]:
    return (a[0] * b[1] - b[0] * a[1] for a, b in zip(points, [*points[1:], points[0]], strict=True))


def _middle(points: Points) -> tuple[int, int]:
    whole = sum(_crosses(points)) * 3 or 1
    following = [*points[1:], points[0]]
    x = sum((a[0] + b[0]) * cross for a, b, cross in zip(points, following, _crosses(points), strict=True))
    y = sum((a[1] + b[1]) * cross for a, b, cross in zip(points, following, _crosses(points), strict=True))
    return round(x / whole), round(y / whole)


def _path(points: Points) -> str:
    """A closed path in steps, without those too small to be seen; empty for a speck."""
    kept = [points[0]]
    for point in points[1:]:
        if abs(point[0] - kept[-1][0]) + abs(point[1] - kept[-1][1]) >= 3:
            kept.append(point)
    if len(kept) < 3 or _area(kept) < SPECK:
        return ""
    steps = "".join(f"{b[0] - a[0]:+d}{b[1] - a[1]:+d}" for a, b in pairwise(kept))
    return f"M{kept[0][0]} {kept[0][1]}l{steps.replace('+', ' ').strip()}z"
