"""Wall clock and instant, in ordinary nights and in those in which clocks are changed."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workshops.schedule.clocks import NoSuchTime, TimeComesTwice, instant, wall

CHICAGO = ZoneInfo("America/Chicago")
FORWARD, BACK = date(2027, 3, 14), date(2027, 11, 7)


def test_a_time_that_is_jumped_over_is_refused_with_its_neighbours():
    with pytest.raises(NoSuchTime, match=r"there is no 2:30 a.m.. Enter 1:30 a.m. or 3:30 a.m."):
        instant(FORWARD, time(2, 30), CHICAGO)


def test_a_time_that_comes_twice_is_asked_about():
    with pytest.raises(TimeComesTwice, match=r"1:30 a.m. comes twice"):
        instant(BACK, time(1, 30), CHICAGO)

    assert instant(BACK, time(1, 30), CHICAGO, which="first") == datetime(2027, 11, 7, 6, 30, tzinfo=UTC)
    assert instant(BACK, time(1, 30), CHICAGO, which="second") == datetime(2027, 11, 7, 7, 30, tzinfo=UTC)


@given(
    moment=st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1)), zone=st.sampled_from(["America/Chicago", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
)
def test_what_the_wall_shows_leads_back_to_the_instant(moment, zone):
    moment = moment.replace(tzinfo=UTC)
    day, at, which = wall(moment, ZoneInfo(zone))

    assert instant(day, at, ZoneInfo(zone), which=which) == moment
