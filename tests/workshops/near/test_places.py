"""The address book: what is in it, and which place somebody means."""

import zoneinfo

import pytest
from django.core.management import call_command

from workshops.models import Place
from workshops.near.address_book import load_places
from workshops.near.geo import Point
from workshops.near.place_file import CREDIT, PLACE_FILE, towns
from workshops.near.places import ask_place, find_places, nearest_place


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The whole address book, once for this file; it takes seconds to load."""
    with django_db_blocker.unblock():
        load_places()
    yield
    with django_db_blocker.unblock():
        Place.objects.all().delete()


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("32501", "32501 Pensacola, FL"),
        ("32501-1234", "32501 Pensacola, FL"),
        ("32501 Pensacola, FL", "32501 Pensacola, FL"),
        ("Pensacola, FL 32501-1234", "32501 Pensacola, FL"),
        ("Pensacola", "Pensacola, FL"),
        ("  pensacola ,florida ", "Pensacola, FL"),
        ("Paris TX", "Paris, TX"),
        ("london ontario", "London, ON, Canada"),
        ("London, Canada", "London, ON, Canada"),
        ("London, UK", "London, England"),
        ("Edinburgh", "Edinburgh, Scotland"),
        ("Cardiff, Wales", "Cardiff, Wales"),
        ("Belfast, Northern Ireland", "Belfast, Northern Ireland"),
        ("Montreal", "Montréal, QC, Canada"),
        ("Montréal, QC, Canada", "Montréal, QC, Canada"),
        ("St. John’s", "St. John's, NL, Canada"),
        ("Washington D.C.", "Washington, DC"),
        ("kansas city", "Kansas City, MO"),
    ],
)
def test_a_place_is_found_as_people_write_it(db, loaded, words, first):
    assert find_places(words)[0].label == first


def test_namesakes_are_all_offered_the_largest_first(db, loaded):
    assert [place.label for place in find_places("London")][:3] == ["London, England", "London, ON, Canada", "London, KY"]
    assert [place.label for place in find_places("Birmingham")][:2] == ["Birmingham, AL", "Birmingham, England"]
    assert "Newport near Telford, England" in [place.label for place in find_places("Newport")]


@pytest.mark.parametrize("words", ["M5V 2T6", "m5v2t6", "M5V", "SW1A 1AA", "sw1a1aa", "EH1"])
def test_a_postal_code_of_canada_or_the_united_kingdom_asks_for_the_town(db, loaded, words):
    answer = ask_place(words)

    assert (answer.places, "Type the town" in answer.sentence) == ([], True)


@pytest.mark.parametrize("words", ["Atlantis", "00000", "ca", ",", "%", "x" * 80])
def test_what_is_no_place_says_what_to_type(db, loaded, words):
    answer = ask_place(words)

    assert (answer.places, "Type a ZIP code, or a town" in answer.sentence) == ([], True)


def test_every_place_has_a_zone_and_lies_on_earth(db, loaded):
    zones = set(Place.objects.values_list("time_zone", flat=True))

    assert zones - {""} <= zoneinfo.available_timezones()
    assert Place.objects.filter(time_zone="").count() < 200  # a few postal codes of islands
    assert not Place.objects.filter(lat=0, lng=0).exists()
    assert set(Place.objects.values_list("country", flat=True)) == {"US", "CA", "GB"}


def test_the_nearest_town_to_a_position(db, loaded):
    assert nearest_place(Point(30.42, -87.2)).label == "Pensacola, FL"
    assert nearest_place(Point(0.0, -30.0)) is None


def test_loading_again_writes_nothing_and_mends_what_differs(db, loaded, django_assert_max_num_queries):
    Place.objects.filter(search_key="32501").update(lat=1)

    call_command("load_places", verbosity=0)
    with django_assert_max_num_queries(4):
        load_places()

    assert Place.objects.get(search_key="32501").lat != 1


def test_the_file_names_its_licence_and_holds_each_town_once():
    rows = list(towns())

    assert PLACE_FILE.read_text(encoding="utf-8").startswith(f"# {CREDIT}")
    assert len({row[:3] for row in rows}) == len(rows) > 11_000
