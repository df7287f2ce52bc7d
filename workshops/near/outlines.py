"""The packaged outlines of countries and of the states of the US, cut to a frame. They come from the files the maps of pages load."""

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

COUNTRIES, STATES = "vendor/world-atlas/countries-50m.json", "vendor/us-atlas/states-10m.json"
# Drawn state by state, from the other file: the United States, Puerto Rico, the US Virgin Islands, Guam, the Northern Marianas, American Samoa.
DRAWN_BY_STATES = {"840", "630", "850", "316", "580", "016"}

Ring = list[tuple[float, float]]  # pairs of longitude and latitude


@dataclass(frozen=True)
class Frame:
    """A box of longitudes and latitudes, in degrees."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True)
class Shape:
    """One ring of land under the name of its state or country; `points` alternate longitude and latitude."""

    name: str
    points: array[float]
    frame: Frame


@dataclass(frozen=True)
class Land:
    """What of one state or country lies in a frame."""

    name: str
    rings: list[Ring]


def land_in(frame: Frame) -> list[Land]:
    """Countries, and over them the states of the US, in `frame`, cut at its edges. Nothing where the packaged files are missing."""
    found: dict[str, list[Ring]] = {}
    for shape in _shapes():
        other = shape.frame
        if other.east < frame.west or other.west > frame.east or other.north < frame.south or other.south > frame.north:
            continue
        if ring := _cut(list(zip(shape.points[::2], shape.points[1::2], strict=True)), frame):
            found.setdefault(shape.name, []).append(ring)
    return [Land(name, rings) for name, rings in found.items()]


@cache
def _shapes() -> tuple[Shape, ...]:
    """Every ring once for a process: about 2 MB."""
    countries, states = finders.find(COUNTRIES), finders.find(STATES)
    if not countries or not states:
        return ()
    return (*_read(Path(countries), "countries", without=DRAWN_BY_STATES), *_read(Path(states), "states"))


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
        for outer, *_holes in polygons:
            yield _shape(geometry["properties"]["name"], outer, arcs)


def _shape(name: str, numbers: list[int], arcs: list[Ring]) -> Shape:
    ring: Ring = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        for lng, lat in arc[1:] if ring else arc:  # each begins where the one before ended
            # Across the date line the degrees go on beyond 180, so that no edge runs around the earth.
            ring.append((lng + 360 * round((ring[-1][0] - lng) / 360) if ring else lng, lat))
    lngs, lats = [lng for lng, _lat in ring], [lat for _lng, lat in ring]
    return Shape(name, array("f", [part for point in ring for part in point]), Frame(min(lngs), min(lats), max(lngs), max(lats)))


def _cut(ring: Ring, frame: Frame) -> Ring:
    """What of `ring` lies in `frame` (Sutherland and Hodgman: one edge after the other)."""
    for axis, edge, sign in ((0, frame.west, 1), (0, frame.east, -1), (1, frame.south, 1), (1, frame.north, -1)):
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
