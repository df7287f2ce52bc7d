"""Which town could a workshop be held in, so that most of those who asked can come? Pure arithmetic over pins.

A pin reaches a town that lies within its own radius. The town that most seats reach is the middle of the first cluster;
its pins are taken out, and so on. Equal numbers are decided by fewer kilometres in all, then by name, so the answer
does not depend on the order of the pins.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from workshops.near.geo import EARTH_RADIUS_KM

DEGREE_KM = math.pi * EARTH_RADIUS_KM / 180


@dataclass(frozen=True)
class PinFacts:
    pk: int
    label: str
    lat: float
    lng: float
    radius_km: float
    people: int
    level: str = ""
    months: tuple[int, ...] = ()


@dataclass(frozen=True)
class Cluster:
    """The pins that reach one town."""

    label: str
    lat: float
    lng: float
    pins: tuple[PinFacts, ...] = field(default=())

    @property
    def seats(self) -> int:
        return sum(pin.people for pin in self.pins)


def kilometres(lat: float, lng: float, other_lat: float, other_lng: float) -> float:
    """Great-circle distance, as `workshops.near.geo.distance_km` has it in SQL."""
    half_lat = math.sin(math.radians(lat - other_lat) / 2)
    half_lng = math.sin(math.radians(lng - other_lng) / 2)
    chord = half_lat**2 + math.cos(math.radians(lat)) * math.cos(math.radians(other_lat)) * half_lng**2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))


Town = tuple[str, float, float]


def clusters(pins: Iterable[PinFacts]) -> list[Cluster]:
    """Most seats first; every pin is in exactly one."""
    rest = {pin.pk: pin for pin in pins}
    reach = _reach(list(rest.values()))
    members: dict[Town, list[int]] = defaultdict(list)
    for pk, towns in reach.items():
        for town in towns:
            members[town].append(pk)
    heap = [_rank(town, members[town], rest, reach) for town in members]
    heapq.heapify(heap)
    found = []
    while rest:
        rank = heapq.heappop(heap)
        town = rank[2]
        left = [pk for pk in members[town] if pk in rest]
        if not left:
            continue
        if (now := _rank(town, left, rest, reach)) != rank:  # somebody in it went to another town
            members[town] = left
            heapq.heappush(heap, now)
            continue
        found.append(Cluster(*town, tuple(rest.pop(pk) for pk in left)))
    return found


def _rank(town: Town, pks: list[int], rest: dict[int, PinFacts], reach: dict[int, dict[Town, float]]) -> tuple[int, float, Town]:
    return -sum(rest[pk].people for pk in pks), round(sum(reach[pk][town] for pk in pks), 3), town


def _reach(pins: list[PinFacts]) -> dict[int, dict[Town, float]]:
    """For each pin the towns of pins within its radius, with their distance. Whole degrees of latitude keep strangers apart."""
    towns: dict[int, set[Town]] = defaultdict(set)
    for pin in pins:
        towns[math.floor(pin.lat)].add((pin.label, pin.lat, pin.lng))
    found: dict[int, dict[Town, float]] = {}
    known: dict[tuple[float, float, float], dict[Town, float]] = {}
    for pin in sorted(pins, key=lambda pin: pin.pk):
        where = (pin.lat, pin.lng, pin.radius_km)
        if where not in known:
            spread = pin.radius_km / DEGREE_KM
            near = (town for degree in range(math.floor(pin.lat - spread), math.floor(pin.lat + spread) + 1) for town in towns.get(degree, ()))
            measured = ((town, kilometres(pin.lat, pin.lng, town[1], town[2])) for town in near)
            known[where] = {town: far for town, far in measured if far <= pin.radius_km}
        found[pin.pk] = known[where]
    return found
