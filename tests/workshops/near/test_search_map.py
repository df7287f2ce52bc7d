"""The map of a search, as the server draws it."""

import gzip
import math
import re
from xml.etree import ElementTree

import pytest
from django.template.loader import render_to_string

from workshops.models import Venue, Workshop
from workshops.near.drawing import WIDE
from workshops.near.geo import Point
from workshops.near.outlines import Frame, land_in
from workshops.near.search_map import HIGH, PIN, circle_map, map_of, pin_text
from workshops.near.searches import NearSearch

PENSACOLA, MOBILE, TORONTO, LONDON = (30.4127, -87.2150), (30.6954, -88.0399), (43.667, -79.4), (51.51, -0.13)
SUVA, TAVEUNI = (-18.14, 178.44), (-16.85, -179.97)


def held(*positions, held_as="in_person"):
    """Unsaved workshops, so that whatever asks the database fails."""
    return [
        Workshop(slug=f"w{n}", title=f"Day {n}", format=held_as, venue=Venue(city=f"Town {n}", region="", lat=lat, lng=lng))
        for n, (lat, lng) in enumerate(positions, start=1)
    ]


def search(position=None, **wishes):
    lat, lng = position or (None, None)
    return NearSearch(lat=lat, lng=lng, place="Here, XX" if position else "", **wishes)


def in_picture(x, y):
    return 0 <= x <= WIDE and 0 <= y <= HIGH


@pytest.mark.parametrize(
    ("numbers", "text"), [([1], "1"), ([1, 2], "1–2"), ([1, 3], "1,3"), ([2, 3, 4, 7], "2–4,7"), ([10, 11, 12], "10–12"), ([1, 3, 5, 7], "1 +3")]
)
def test_numbers_are_said_in_ranges_as_long_as_a_pin_bears_them(numbers, text):
    assert pin_text(numbers) == text


def test_pins_bear_the_numbers_of_the_list():
    drawn = map_of(search(PENSACOLA, radius=100), held(PENSACOLA, MOBILE))

    assert [(pin.text, pin.name, pin.slugs) for pin in drawn.pins] == [("1", "1: Day 1, Town 1", ("w1",)), ("2", "2: Day 2, Town 2", ("w2",))]
    assert [drawn.place_of(workshop) for workshop in held(PENSACOLA, MOBILE)] == [(1, 1), (2, 2)]


def test_pins_that_would_meet_are_one():
    drawn = map_of(search(PENSACOLA, radius=100), held(PENSACOLA, MOBILE, PENSACOLA, (30.45, -87.25)))

    assert [(pin.text, pin.name) for pin in drawn.pins] == [("1,3–4", "1,3–4 in the list: Town 1; Town 3; Town 4"), ("2", "2: Day 2, Town 2")]


def test_a_pin_of_many_says_how_many_more():
    apart = [PENSACOLA, LONDON] * 6

    drawn = map_of(search(), held(*apart))

    assert [(pin.text, pin.wide) for pin in drawn.pins] == [("1 +5", 80), ("2 +5", 80)]


@pytest.mark.parametrize(
    ("asked", "positions"),
    [
        (search(PENSACOLA, radius=50), [PENSACOLA, (30.41, -87.9)]),
        (search(PENSACOLA, radius=10), [PENSACOLA]),
        (search(PENSACOLA, radius=500), [PENSACOLA, (36.0, -83.9)]),
        (search(LONDON), [PENSACOLA, TORONTO]),
        (search(SUVA, radius=250, unit="km"), [SUVA, TAVEUNI]),
        (search(TAVEUNI, radius=500), [SUVA, TAVEUNI]),
        (search(), [SUVA, TAVEUNI]),
        (search(), [PENSACOLA]),
        (search(), [LONDON, TAVEUNI, PENSACOLA, SUVA]),
        (search((89.9, 0.0), radius=500), [(80.0, 20.0)]),
        (search((-90.0, 180.0), radius=25_000, unit="km"), [LONDON, SUVA, PENSACOLA]),
        (search((0.0, 180.0), radius=25_000), [(0.0, 0.0), (0.0, 90.0), (0.0, -90.0)]),
    ],
)
def test_pins_are_in_the_picture_and_none_meets_another(asked, positions):
    drawn = map_of(asked, held(*positions))

    assert all(in_picture(pin.x, pin.y) for pin in drawn.pins), drawn.pins
    assert sorted(number for pin in drawn.pins for number in pin.numbers) == list(range(1, len(positions) + 1))
    assert not any(pin.meets(other) for n, pin in enumerate(drawn.pins) for other in drawn.pins[:n])
    assert drawn.here is None or in_picture(drawn.here.x, drawn.here.y)
    assert drawn.widths >= 1


@pytest.mark.parametrize("has_origin", [True, False])
@pytest.mark.parametrize("spread", range(8))
def test_wherever_they_are_every_one_is_in_the_picture(spread, has_origin):
    positions = [(70 * math.sin(n * (spread + 1)), n * (spread * 23.7 + 1) % 360 - 180) for n in range(1, 13)]

    drawn = map_of(search(positions[0]) if has_origin else search(), held(*positions))

    assert all(in_picture(pin.x, pin.y) for pin in drawn.pins)
    assert sorted(number for pin in drawn.pins for number in pin.numbers) == list(range(1, 13))


def test_across_the_date_line_the_view_is_narrow():
    drawn = map_of(search(), held(SUVA, TAVEUNI))

    assert drawn.widths > 50
    assert abs(drawn.drawing.view.lng) > 179
    assert {label.words for label in drawn.drawing.regions} <= {"Fiji"}


def test_the_circle_is_as_wide_as_was_looked():
    drawn = map_of(search(PENSACOLA, radius=100, unit="km"), held(PENSACOLA))

    assert drawn.circle.half_wide == pytest.approx(100 * drawn.drawing.view.units_per_km, rel=0.02)
    assert drawn.circle.half_high == pytest.approx(drawn.circle.half_wide, rel=0.02)
    assert in_picture(drawn.circle.x - drawn.circle.half_wide, drawn.circle.y - drawn.circle.half_high)


def test_a_circle_alone_has_its_place_and_no_pins():
    drawn = circle_map(Point(*MOBILE), label="Mobile, AL", radius_km=80, unit="mi")

    assert (drawn.pins, drawn.here.label.words, drawn.here.has_mark, drawn.drawing.bar.unit) == ((), "Mobile", True, "mi")
    assert in_picture(drawn.circle.x - drawn.circle.half_wide, drawn.circle.y - drawn.circle.half_high)


@pytest.mark.parametrize("asked", [search(PENSACOLA), search(), search(PENSACOLA, radius=25_000), search((89.0, 0.0), radius=500)])
def test_without_a_distance_or_around_a_pole_there_is_no_circle(asked):
    assert map_of(asked, held(PENSACOLA)).circle is None


def test_where_was_looked_from_is_named_and_marked_where_no_pin_covers_it():
    beside, below = (map_of(search(PENSACOLA, radius=100), held(position)) for position in (MOBILE, PENSACOLA))

    assert [(drawn.here.label.words, drawn.here.has_mark) for drawn in (beside, below)] == [("Here", True), ("Here", False)]


@pytest.mark.parametrize("position", [PENSACOLA, TORONTO, LONDON, (34.05, -118.24)])
def test_names_meet_neither_each_other_nor_pins(position):
    near = [(position[0] + n / 10, position[1] - n / 7) for n in range(3)]

    drawn = map_of(search(position, radius=50), held(*near))

    boxes = [(pin.x - pin.wide / 2, pin.y - PIN / 2, pin.x + pin.wide / 2, pin.y + PIN / 2) for pin in drawn.pins]
    for label in (*drawn.drawing.towns, *drawn.drawing.regions, drawn.here.label):
        width = len(label.words) * 11
        left = label.text_x - {"start": 0, "middle": width / 2, "end": width}[label.anchor]
        boxes.append((left, label.text_y - 20, left + width, label.text_y + 4))
    assert [(a, b) for n, a in enumerate(boxes) for b in boxes[:n] if a[0] < b[2] and a[2] > b[0] and a[1] < b[3] and a[3] > b[1]] == []


@pytest.mark.parametrize(
    ("asked", "workshops"),
    [
        (search(), []),
        (search(PENSACOLA, radius=50), held(PENSACOLA, held_as="online")),
        (search(attend="remote"), held(PENSACOLA, held_as="hybrid")),
    ],
)
def test_what_lies_nowhere_has_no_map(asked, workshops):
    assert map_of(asked, workshops) is None


def test_toronto_lies_at_a_lake():
    """Lake Ontario is over Canada, and no lake is over the United States, whose shores are finer."""
    lands = land_in(Frame.of_degrees(west=-80, south=43, east=-76, north=44.5))

    names = [land.name for land in lands]
    assert names.index("Canada") < names.index("") < names.index("New York")


def test_an_island_of_a_lake_is_cut_out_of_it():
    (water,) = (land for land in land_in(Frame.of_degrees(west=-83.5, south=45.3, east=-81.3, north=46.3)) if land.is_water)

    assert len(water.rings) > 1  # Manitoulin


@pytest.mark.parametrize("asked", [search(PENSACOLA, radius=50), search(PENSACOLA, radius=500), search(TORONTO, radius=100), search(LONDON), search()])
def test_a_map_is_light_and_whole(asked):
    drawn = map_of(asked, held(PENSACOLA, TORONTO, LONDON))

    svg = render_to_string("workshops/near/_search_map.html", {"map": drawn})

    ElementTree.fromstring(re.search(r"<svg.*</svg>", svg, re.DOTALL)[0])
    assert len(gzip.compress(svg.encode())) < 10_000
