"""Plans and routes over the API."""

from __future__ import annotations

import pytest

from planner.models import Route
from tests.factories.accounts import UserFactory
from tests.factories.credits import LicenceFactory
from tests.factories.planner import RouteFactory, everything_for, licence_of, workshop_for
from workshops.models import Place

pytestmark = pytest.mark.django_db

API = "/api/v1/planner/"


@pytest.fixture
def licence(client):
    licence = licence_of()
    everything_for(licence)
    client.force_login(licence.user)
    return licence


def post(client, path, **data):
    return client.post(API + path, data, content_type="application/json")


def test_a_plan_has_gaps_answers_and_steps(client, licence):
    Place.objects.create(kind="city", search_key="pensacola, fl", label="Pensacola, FL", lat=30.4213, lng=-87.2169)

    plan = post(client, "plans/", place="Pensacola, FL", hours_per_week=10).json()

    assert [(row["board"], row["needed"], row["needed_with_booked"], row["unit"]) for row in plan["licences"]] == [("us_fl_massage", "24", "24", "hours")]
    assert [row["goal"] for row in plan["answers"]] == ["cheapest", "nearest", "soonest"]
    cheapest = plan["answers"][0]
    assert (cheapest["is_closing"], cheapest["is_proven"], cheapest["cents"], len(cheapest["steps"])) == (True, True, 48500, 7)
    assert cheapest["after"][0]["needed"] == "0"
    knee = next(step for step in cheapest["steps"] if step["title"] == "The Knee, Hands On")
    assert (knee["price_cents"], knee["counts"][0]["units"], knee["is_yours"]) == (15000, "6", False)


@pytest.mark.parametrize(
    "wishes",
    [{"lat": 30.4}, {"lat": 91, "lng": 0}, {"place": "Atlantis"}, {"licences": [0]}, {"margin_days": -1}, {"hours_per_week": 0}, {"hours_per_week": "many"}],
)
def test_what_can_not_be_meant_is_a_400(client, licence, wishes):
    assert post(client, "plans/", **wishes).status_code == 400


def test_another_person_s_licence_is_refused(client, licence):
    assert post(client, "plans/", licences=[LicenceFactory().pk]).status_code == 400


def test_a_licence_nothing_can_be_said_of_says_why(client):
    licence = LicenceFactory()
    client.force_login(licence.user)

    row = post(client, "plans/").json()["licences"][0]

    assert (row["gap_code"], row["deadline"], row["needed"], row["missing"]) == ("no_rules", None, None, [])


def test_an_answer_is_saved_read_changed_and_dropped(client, licence):
    answer = post(client, "plans/", hours_per_week=10).json()["answers"][0]
    steps = [step["key"] for step in answer["steps"]]

    saved = post(client, "routes/save/", goal="cheapest", steps=steps, hours_per_week=10, name="By August")

    assert (saved.status_code, saved.json()["name"], saved.json()["total_cents"]) == (201, "By August", 48500)
    pk = saved.json()["id"]
    assert post(client, "routes/save/", goal="cheapest", steps=steps, hours_per_week=10).json()["id"] == pk
    assert {step["key"] for step in client.get(f"{API}routes/{pk}/").json()["steps"]} == set(steps)
    assert post(client, f"routes/{pk}/rename/", name="Florida").json()["name"] == "Florida"
    assert post(client, f"routes/{pk}/mail/", wants_mail=False).json()["wants_mail"] is False
    assert post(client, f"routes/{pk}/look/").status_code == 202
    assert post(client, f"routes/{pk}/drop/").json()["state"] == "dropped"
    assert post(client, f"routes/{pk}/follow/").json()["state"] == "followed"
    assert [row["code"] for row in client.get(f"{API}routes/{pk}/events/").json()] == ["dropped", "saved"]


def test_a_step_that_is_gone_is_a_409_with_a_stable_code(client, licence):
    response = post(client, "routes/save/", goal="cheapest", steps=["course:0"])

    assert (response.status_code, response.json()["code"]) == (409, "step_gone")
    assert not Route.objects.exists()


def test_other_people_s_routes_are_not_there(client, licence):
    other = RouteFactory()

    assert client.get(f"{API}routes/{other.pk}/").status_code == 404
    assert post(client, f"routes/{other.pk}/drop/").status_code == 404
    assert post(client, "routes/save/", goal="cheapest", steps=[], replaces=other.pk).status_code == 404
    assert client.get(f"{API}routes/").json()["results"] == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries(client, count, django_assert_num_queries):
    user = UserFactory()
    licence = licence_of(user)
    for _ in range(count):
        RouteFactory(user=user, licences=[licence], workshop=workshop_for(licence))
    client.force_login(user)

    with django_assert_num_queries(6):
        client.get(f"{API}routes/")
