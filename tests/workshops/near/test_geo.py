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


def test_a_radius_of_nothing_holds_what_lies_exactly_there(db):
    here = at(30.42, -87.22)
    at(30.4201, -87.22)

    assert list(workshops_near(Point(30.42, -87.22), radius_km=0)) == [here]


def test_a_radius_of_25_000_km_holds_the_whole_earth(db):
    everywhere = {at(lat, lng) for lat, lng in ((90.0, 0.0), (-90.0, 0.0), (0.5, 180.0), (0.5, -180.0), (-30.0, 93.0))}

    assert set(workshops_near(Point(30.0, -87.0), radius_km=25_000)) == everywhere


@pytest.mark.parametrize("pole", [90.0, -90.0])
def test_from_a_pole_every_longitude_is_as_far(db, pole):
    ring = [at(pole * 0.999, lng) for lng in (-179.9, -90.0, 0.0, 90.0, 179.9)]

    found = workshops_near(Point(pole, 45.0), radius_km=50)

    assert set(found) == set(ring)
    assert len({round(row.distance_km, 6) for row in found}) == 1


def test_where_the_antimeridian_is_is_written_two_ways(db):
    east, west = at(-17.0, 180.0), at(-17.0, -180.0)

    for lng in (180.0, -180.0):
        assert set(workshops_near(Point(-17.0, lng), radius_km=1)) == {east, west}


def test_ties_stay_in_one_order_over_pages(db):
    starts = WorkshopFactory().starts_at
    rows = [WorkshopFactory(starts_at=starts) for _ in range(7)]
    found = workshops_near(Point(30.0, -86.0), radius_km=200)

    pages = [row.pk for first in range(0, 8, 3) for row in found[first : first + 3]]

    assert pages == sorted(pages)
    assert set(pages) >= {row.pk for row in rows}
