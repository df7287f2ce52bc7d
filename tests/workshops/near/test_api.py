"""The search and the address book as JSON."""

import pytest

from tests.factories.workshops import VenueFactory, WorkshopFactory
from workshops.models import Place

LIST, PLACES = "/api/v1/workshops/", "/api/v1/workshops/places/"
MOBILE = {"lat": 30.6954, "lng": -88.0399, "name": "Mobile Hall", "city": "Mobile", "region": "AL"}


@pytest.fixture(autouse=True)
def places(db):
    for label, country, lat, lng, weight in (("Pensacola, FL", "US", 30.42, -87.22, 54_000), ("Pensacola, NC", "US", 35.8, -82.3, 900)):
        Place.objects.create(kind="city", search_key=label.lower(), label=label, lat=lat, lng=lng, weight=weight, country=country, region=label[-2:])


def test_the_list_says_how_the_search_was_understood(client):
    near = WorkshopFactory(level="advanced")

    answer = client.get(LIST, {"place": "pensacola", "radius": "80", "unit": "km", "level": "advanced"}).json()

    assert [(row["slug"], row["level"], row["format"], round(row["distance_km"])) for row in answer["results"]] == [(near.slug, "advanced", "in_person", 1)]
    assert answer["search"] == {
        "words": "Workshops within 80 km of Pensacola, FL, level: advanced",
        "query": "place=pensacola&radius=80&unit=km&level=advanced",
        "lat": 30.42,
        "lng": -87.22,
        "namesakes": [{"label": "Pensacola, NC", "kind": "city", "country": "US", "region": "NC", "lat": 35.8, "lng": -82.3, "time_zone": ""}],
        "widened": "",
    }


def test_it_looks_farther_only_when_asked_and_says_so(client):
    far, query = WorkshopFactory(venue=VenueFactory(**MOBILE)), {"place": "Pensacola, FL", "radius": "25"}

    exact, wide = client.get(LIST, query).json(), client.get(LIST, {**query, "widen": "true"}).json()

    assert (exact["count"], exact["search"]["widened"]) == (0, "")
    assert [row["slug"] for row in wide["results"]] == [far.slug]
    assert wide["search"]["widened"] == "None lies within 25 miles, so we looked within 100 miles."


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"place": "Atlantis"}, "We do not know “Atlantis”"),
        ({"place": "K1A 0B1"}, "Type the town"),
        ({"lat": "-87.2", "lng": "30.4"}, "look swapped"),
        ({"lat": "0", "lng": "0"}, "0, 0 lies in the sea"),
        ({"radius": "25001"}, "not one of the available choices"),
        ({"price": "a lot"}, "Type an amount"),
    ],
)
def test_what_is_no_search_is_refused_with_a_stable_code(client, query, words):
    response = client.get(LIST, query)

    assert (response.status_code, response.json()["code"], words in response.json()["detail"]) == (400, "search_refused", True)


def test_places_are_found_or_it_says_what_to_type(client):
    found, unknown = client.get(PLACES, {"q": "Pensacola"}).json(), client.get(PLACES, {"q": "SW1A 1AA"}).json()

    assert [place["label"] for place in found["places"]] == ["Pensacola, FL", "Pensacola, NC"]
    assert (found["sentence"], unknown["places"], "Type the town" in unknown["sentence"]) == ("", [], True)
    assert client.get(PLACES).status_code == 400


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(client, django_assert_num_queries, count):
    WorkshopFactory.create_batch(count)

    with django_assert_num_queries(4):
        client.get(LIST, {"place": "Pensacola, FL", "radius": "100"})
