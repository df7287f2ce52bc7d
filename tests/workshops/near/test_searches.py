"""What a search means: its parameters, its words, and what it finds."""

from datetime import date, timedelta

import pytest
from django.http import QueryDict

from tests.factories.credits import AccreditationFactory, BoardFactory
from tests.factories.payments import PriceFactory
from tests.factories.workshops import SeatFactory, VenueFactory, WorkshopFactory
from workshops.models import Place
from workshops.near.searches import NearSearch, SearchRefused

MOBILE = {"lat": 30.6954, "lng": -88.0399, "name": "Mobile Hall", "city": "Mobile", "region": "AL"}


@pytest.fixture
def pensacola(db):
    return Place.objects.create(kind="city", search_key="pensacola, fl", label="Pensacola, FL", lat=30.42, lng=-87.22, region="FL", weight=54000)


WHOLE = "place=Pensacola%2C+FL&radius=50&unit=km&first=2027-01-01&last=2027-03-01&attend=room&level=advanced&board=us_fl&price=190.5&seats=2&sort=date"


@pytest.mark.parametrize("query", ["", "place=Pensacola%2C+FL", WHOLE, "lat=30.42&lng=-87.22&radius=0", "price=0", "place=Leeds&radius=25000"])
def test_parameters_are_read_back_as_they_were_written(query):
    assert NearSearch.from_query(QueryDict(query)).query() == query


def test_a_search_says_only_what_was_asked_and_in_one_order():
    typed = QueryDict("sort=distance&seats=0&utm=x&unit=mi&page=3&radius=&place=++Pensacola,++FL+&price=free&lng=&lat=")

    assert NearSearch.from_query(typed).query() == "place=Pensacola%2C+FL&price=0"


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("lat=-87.2&lng=30.4", "place", "Did you mean latitude 30.4 and longitude -87.2?"),
        ("lat=-122.4&lng=37.8", "place", "Did you mean latitude 37.8 and longitude -122.4?"),
        ("lat=0&lng=0", "place", "lies in the sea off Africa"),
        ("lat=95&lng=190", "place", "nowhere on earth"),
        ("lat=nan&lng=1", "lat", "number"),
        ("lat=30", "place", "not complete"),
        ("radius=-1", "radius", "not one of the available choices"),
        ("radius=25001", "radius", "not one of the available choices"),
        ("first=2027-02-01&last=2027-01-01", "last", "Swap them"),
        ("first=soon", "first", "valid date"),
        ("price=cheap", "price", "Type an amount"),
        ("unit=furlong", "unit", "Select a valid choice"),
        ("level=guru", "level", "Select a valid choice"),
        ("seats=-2", "seats", "greater than or equal to 0"),
        ("place=" + "x" * 81, "place", "at most 80"),
    ],
)
def test_what_asks_for_nothing_that_can_be_is_refused_with_words(query, field, words):
    with pytest.raises(SearchRefused) as refusal:
        NearSearch.from_query(QueryDict(query))

    assert words in " ".join(refusal.value.errors[field])


def test_the_words_of_a_search(pensacola):
    BoardFactory(code="us_fl", name="Florida Board")

    said = NearSearch.from_query(QueryDict(WHOLE)).words()

    assert said == (
        "Workshops in a room within 50 km of Pensacola, FL, from Jan. 1, 2027, until March 1, 2027, level: advanced, counting for Florida Board, "
        "for at most $190.50, with 2 seats left"
    )


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "Workshops"),
        ("lat=30&lng=-87", "Workshops, nearest to your position first"),
        ("attend=remote&place=pensacola", "Workshops to join online"),
        ("price=0&seats=1&radius=1&place=pensacola", "Workshops within 1 mile of Pensacola, FL, free of charge, with a seat left"),
    ],
)
def test_shorter_words(pensacola, query, words):
    assert NearSearch.from_query(QueryDict(query)).words() == words


def test_results_are_near_first_and_know_their_distance(pensacola):
    far, near = WorkshopFactory(venue=VenueFactory(**MOBILE)), WorkshopFactory()

    found = list(NearSearch(place="Pensacola", radius=100).results())

    assert (found, [round(row.distance_km) for row in found]) == ([near, far], [1, 84])
    assert list(NearSearch(place="Pensacola", radius=50).results()) == [near]
    assert list(NearSearch(place="Pensacola", radius=50, unit="km").results()) == [near]
    assert list(NearSearch(place="Pensacola", radius=85, unit="km").results()) == [near, far]


def test_by_date_the_soonest_comes_first(pensacola):
    far, near = WorkshopFactory(venue=VenueFactory(**MOBILE)), WorkshopFactory()
    type(far).objects.filter(pk=far.pk).update(starts_at=far.starts_at - timedelta(days=3))

    assert list(NearSearch(place="Pensacola", sort="date").results()) == [far, near]
    assert [row.distance_km for row in NearSearch().results()] == [None, None]


def test_what_is_held_online_is_near_to_nobody_and_open_from_everywhere(pensacola):
    room, online = WorkshopFactory(format="in_person"), WorkshopFactory(format="online")
    both, full_house = WorkshopFactory(format="hybrid", remote_capacity=5), WorkshopFactory(format="hybrid", venue=VenueFactory(**MOBILE))

    assert set(NearSearch(place="Pensacola", radius=10).results()) == {room, both}
    assert set(NearSearch(attend="remote", place="Pensacola", radius=10).results()) == {online, both}
    assert set(NearSearch(attend="room").results()) == {room, both, full_house}
    assert set(NearSearch().results()) == {room, online, both, full_house}


def test_level_price_and_dates_leave_out_what_does_not_fit(db):
    free, dear = WorkshopFactory(level="advanced"), WorkshopFactory(is_free=False, level="foundation")
    PriceFactory(product__subject=dear.subject, product__kind="workshop", amount_cents=19000)
    unsold = WorkshopFactory(is_free=False)

    assert list(NearSearch(level="advanced").results()) == [free]
    assert list(NearSearch(max_price=0).results()) == [free]
    assert list(NearSearch(max_price=18999).results()) == [free]
    assert set(NearSearch(max_price=19000).results()) == {free, dear}
    assert list(NearSearch(last=date(2026, 1, 1)).results()) == []
    assert unsold in NearSearch(first=date(2026, 1, 1)).results()


def test_seats_left_count_each_place_apart(db):
    workshop = WorkshopFactory(format="hybrid", capacity=2, remote_capacity=3)
    SeatFactory.create_batch(2, workshop=workshop)
    SeatFactory(workshop=workshop, state="cancelled", cancelled_at=workshop.created_at)
    SeatFactory(workshop=workshop, place="remote")

    def fits(**wishes):
        return NearSearch(**wishes).results().exists()

    assert [fits(seats=1, attend="room"), fits(seats=2, attend="remote"), fits(seats=3, attend="remote"), fits(seats=2), fits(seats=3)] == [
        False, True, False, True, False,
    ]  # fmt: skip


def test_a_board_counts_when_it_or_one_it_accepts_approves_the_day(db):
    approved, later, via = WorkshopFactory(), WorkshopFactory(), WorkshopFactory()
    florida, nebraska = BoardFactory(code="us_fl"), BoardFactory(code="us_ne")
    national = BoardFactory(code="national")
    nebraska.accepts_approvals_of.add(national)
    AccreditationFactory(activity=approved.activity, board=florida)
    AccreditationFactory(activity=later.activity, board=florida, valid_from=(later.starts_at + timedelta(days=9)).date())
    AccreditationFactory(activity=via.activity, board=national)

    assert list(NearSearch(board="us_fl").results()) == [approved]
    assert list(NearSearch(board="us_ne").results()) == [via]
    assert list(NearSearch(board="nobody").results()) == []


def test_nothing_is_near_an_unknown_place_and_it_says_what_to_type(db):
    WorkshopFactory()

    unknown, canadian = NearSearch(place="Atlantis"), NearSearch(place="M5V 2T6")

    assert (list(unknown.results()), "We do not know “Atlantis”" in unknown.problem) == ([], True)
    assert "Type the town" in canadian.problem


def test_the_first_wider_circle_that_holds_one_is_taken(pensacola):
    WorkshopFactory(venue=VenueFactory(**MOBILE))
    search = NearSearch(place="Pensacola", radius=25)

    assert (search.first_with_results().radius, NearSearch(place="Pensacola", radius=25, unit="km").first_with_results().radius) == (100, 160)
    assert search.first_with_results().first_with_results().radius == 100


def test_where_nothing_is_anywhere_the_search_stays_as_it_is(pensacola):
    search = NearSearch(place="Pensacola", radius=25)

    assert search.first_with_results() is search
