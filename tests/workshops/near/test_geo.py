"""Distances against known pairs, and the box against the plain scan at the awkward places of a sphere."""

import math
import random

import pytest

from tests.factories.workshops import VenueFactory, WorkshopFactory
from workshops.models import Workshop
from workshops.near.geo import EARTH_RADIUS_KM, Point
from workshops.near.selectors import workshops_near


def haversine_km(a: Point, b: Point) -> float:
    lat1, lat2 = math.radians(a.lat), math.radians(b.lat)
    chord = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(math.radians(b.lng - a.lng) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))


def at(lat: float, lng: float) -> Workshop:
    return WorkshopFactory(venue=VenueFactory(lat=lat, lng=lng))


def test_distance_from_pensacola_to_mobile_is_about_84_km(db):
    at(30.6954, -88.0399)

    (found,) = workshops_near(Point(30.4213, -87.2169), radius_km=None)

    assert found.distance_km == pytest.approx(84.6, abs=0.5)


@pytest.mark.parametrize(
    ("origin", "near", "far"),
    [
        (Point(-17.7, 179.9), (-17.7, -179.9), (-17.7, 170.0)),  # across the antimeridian, from the west
        (Point(-17.7, -179.9), (-17.7, 179.9), (-17.7, -170.0)),  # and from the east
        (Point(89.9, 0.0), (89.9, 180.0), (80.0, 0.0)),  # over the north pole
        (Point(-89.9, 10.0), (-89.9, -170.0), (-80.0, 10.0)),  # over the south pole
    ],
)
def test_a_circle_of_50_km_holds_what_lies_in_it(db, origin, near, far):
    inside = at(*near)
    at(*far)

    assert list(workshops_near(origin, radius_km=50)) == [inside]


def test_the_box_never_changes_the_answer(db):
    rng = random.Random(20261122)
    rows = [at(rng.uniform(-90, 90), rng.uniform(-180, 180)) for _ in range(60)]
    for _ in range(40):
        origin, radius = Point(rng.uniform(-90, 90), rng.uniform(-180, 180)), rng.choice([1, 500, 3000, 9000, 25_000])
        expected = {row.pk for row in rows if haversine_km(origin, Point(row.lat, row.lng)) <= radius}

        assert {row.pk for row in workshops_near(origin, radius_km=radius)} == expected


def test_antipodes_have_a_distance(db):
    at(30.0, 93.0)

    (found,) = workshops_near(Point(-30.0, -87.0), radius_km=None)

    assert found.distance_km == pytest.approx(math.pi * EARTH_RADIUS_KM, rel=1e-6)


def test_equal_distances_come_by_date_then_id(db):
    first, second = at(30.0, -87.0), at(30.0, -87.0)

    assert list(workshops_near(Point(30.0, -86.0), radius_km=None)) == sorted([first, second], key=lambda w: (w.starts_at, w.pk))
