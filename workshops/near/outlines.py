"""The packaged outlines of countries, of the states of the US and of lakes, cut to a frame. They come from the files the maps of pages load."""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders

from workshops.near.geo import world_xy

COUNTRIES, COARSE_COUNTRIES = "vendor/world-atlas/countries-50m.json", "vendor/world-atlas/countries-110m.json"
STATES, LAKES = "vendor/us-atlas/states-10m.json", "outlines/lakes.json"
# Drawn state by state, from the other file: the United States, Puerto Rico, the US Virgin Islands, Guam, the Northern Marianas, American Samoa.
DRAWN_BY_STATES = {"840", "630", "850", "316", "580", "016"}

Ring = list[tuple[float, float]]


@dataclass(frozen=True)
class Frame:
    """A box of the map of the world, in parts of its width (`world_xy`); beyond 0 and 1 the next turn begins."""

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def of_degrees(cls, *, west: float, south: float, east: float, north: float) -> Frame:
        left, top = world_xy(north, west)
        right, bottom = world_xy(south, east)
        return cls(left, top, right, bottom)

    def meets(self, other: Frame) -> bool:
        return self.left <= other.right and self.right >= other.left and self.top <= other.bottom and self.bottom >= other.top

    def moved(self, turns: int) -> Frame:
        return Frame(self.left + turns, self.top, self.right + turns, self.bottom)


@dataclass(frozen=True)
class Shape:
    """One ring of land under the name of its state or country, or of a lake, which has none; `points` alternate x and y."""

    name: str
    points: array[float]
    frame: Frame


@dataclass(frozen=True)
class Land:
    """What of one state or country lies in a frame. Without a name: lakes, and their islands as rings within their rings."""

    name: str
    rings: list[Ring]

    @property
    def is_water(self) -> bool:
        return not self.name


def land_in(frame: Frame, *, is_fine: bool = True) -> list[Land]:
    """Countries, over them lakes, and over those the states of the US, whose shores are drawn to the lakes, in `frame`, cut at its edges.

    Nothing where the packaged files are missing. Coarse coasts do for a picture of a continent.
    """
    found: dict[str, list[Ring]] = {}
    for shape in _shapes(is_fine):
        for turns in (-1, 0, 1):
            if not frame.meets(shape.frame.moved(turns)):
                continue
            if ring := _cut([(x + turns, y) for x, y in zip(shape.points[::2], shape.points[1::2], strict=True)], frame, shape.frame.moved(turns)):
                found.setdefault(shape.name, []).append(ring)
    return [Land(name, rings) for name, rings in found.items()]


@cache
def _shapes(is_fine: bool) -> tuple[Shape, ...]:
    """Every ring once for a process: about 2 MB."""
    countries, states, lakes = (finders.find(path) for path in (COUNTRIES if is_fine else COARSE_COUNTRIES, STATES, LAKES))
    if not countries or not states or not lakes:
        return ()
    return (
        *_read(Path(countries), "countries", without=DRAWN_BY_STATES),
        *_read(Path(lakes), "lakes"),
        *_read(Path(states), "states"),
    )


def _read(path: Path, layer: str, *, without: frozenset[str] | set[str] = frozenset()) -> Iterator[Shape]:
    """The rings of a TopoJSON file: arcs are kept once, as steps on a grid, and rings name them, the other way round by ~number."""
    topology: dict[str, Any] = json.loads(path.read_bytes())
    (wide, high), (left, low) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs: list[Ring] = []
    for steps in topology["arcs"]:
        x = y = 0
        arc: Ring = []
        for right, up in steps:
            x, y = x + right, y + up
            arc.append((x * wide + left, y * high + low))
        arcs.append(arc)
    for geometry in topology["objects"][layer]["geometries"]:
        if geometry.get("id") in without or "arcs" not in geometry:
            continue
        polygons = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
        name = geometry.get("properties", {}).get("name", "")
        for outer, *holes in polygons:
            yield _shape(name, outer, arcs)
            if not name:  # islands of a lake; what is cut out of a country is drawn over it
                yield from (_shape(name, hole, arcs) for hole in holes)


def _shape(name: str, numbers: list[int], arcs: list[Ring]) -> Shape:
    ring: Ring = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        for lng, lat in arc[1:] if ring else arc:  # each begins where the one before ended
            # Across the date line the degrees go on beyond 180, so that no edge runs around the earth.
            ring.append((lng + 360 * round((ring[-1][0] - lng) / 360) if ring else lng, lat))
    points = [world_xy(lat, lng) for lng, lat in ring]
    xs, ys = [x for x, _y in points], [y for _x, y in points]
    return Shape(name, array("f", [part for point in points for part in point]), Frame(min(xs), min(ys), max(xs), max(ys)))


def _cut(ring: Ring, frame: Frame, own: Frame) -> Ring:
    """What of `ring`, which lies in `own`, lies in `frame` (Sutherland and Hodgman: one edge after the other)."""
    for axis, edge, sign, is_crossed in (
        (0, frame.left, 1, own.left < frame.left),
        (0, frame.right, -1, own.right > frame.right),
        (1, frame.top, 1, own.top < frame.top),
        (1, frame.bottom, -1, own.bottom > frame.bottom),
    ):
        if not is_crossed:
            continue
        kept: Ring = []
        for a, b in pairwise([*ring[-1:], *ring]):
            a_in, b_in = (a[axis] - edge) * sign >= 0, (b[axis] - edge) * sign >= 0
            if a_in != b_in:
                share = (edge - a[axis]) / (b[axis] - a[axis])
                kept.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
            if b_in:
                kept.append(b)
        ring = kept
    return ring
