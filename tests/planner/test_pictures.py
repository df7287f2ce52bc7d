"""The geometry of a route's pictures."""

from __future__ import annotations

from datetime import date, timedelta

from planner.pictures import MAP_HEIGHT, MAP_WIDTH, WIDTH, Mark, map_of, timeline_of
from workshops.near.geo import Point

TODAY = date(2026, 11, 23)


def mark(number, days, point=None, begins=None):
    day = TODAY + timedelta(days=days)
    return Mark(number, begins or day, day, is_workshop=point is not None, point=point)


def test_a_timeline_runs_from_today_to_the_deadline():
    line = timeline_of([mark(1, 10), mark(2, 50, begins=TODAY)], today=TODAY, deadlines=[(TODAY + timedelta(days=100), TODAY + timedelta(days=70))])

    assert (line.first, line.last) == (TODAY, TODAY + timedelta(days=100))
    assert [(row.mark.number, float(row.x), float(row.width)) for row in line.lines] == [(1, 51.2, 6.0), (2, 24.0, 136.0)]
    assert [(row.is_limit, float(row.x)) for row in line.deadlines] == [(True, 214.4), (False, 296.0)]


def test_a_number_that_would_leave_the_picture_stands_before_its_bar():
    line = timeline_of([mark(1, 100)], today=TODAY, deadlines=[(TODAY + timedelta(days=100), TODAY + timedelta(days=100))])

    assert line.lines[0].is_label_before
    assert float(line.lines[0].label_x) < WIDTH
    assert len(line.deadlines) == 1


def test_nothing_has_no_timeline_and_no_map():
    assert timeline_of([], today=TODAY, deadlines=[]) is None
    assert map_of([mark(1, 3)], Point(30, -87)) is None
    assert map_of([mark(1, 3, Point(30, -87))], None) is None


def test_north_is_up_east_is_right_and_everything_is_inside():
    picture = map_of([mark(1, 1, Point(34.0, -87.0)), mark(2, 2, Point(30.0, -80.0))], Point(30.0, -87.0))

    north, east = picture.spots
    assert float(north.y) < float(picture.home_y)
    assert float(east.x) > float(picture.home_x)
    assert all(0 <= float(spot.x) <= MAP_WIDTH and 0 <= float(spot.y) <= MAP_HEIGHT for spot in picture.spots)


def test_things_at_one_place_share_a_spot():
    here = Point(31.0, -87.0)

    assert [spot.numbers for spot in map_of([mark(1, 1, here), mark(2, 2, here)], Point(30.0, -87.0)).spots] == ["1, 2"]


def test_the_way_over_the_antimeridian_is_the_short_one():
    picture = map_of([mark(1, 1, Point(-17.0, -179.0))], Point(-17.0, 178.0))

    assert float(picture.spots[0].x) > float(picture.home_x)
