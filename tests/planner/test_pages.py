"""The planner's pages."""

from __future__ import annotations

from datetime import date

import pytest
from django.urls import reverse

from credits.reminders.services import set_reminders
from planner.models import Route
from tests.factories.accounts import UserFactory
from tests.factories.credits import LicenceFactory
from tests.factories.planner import RouteFactory, everything_for, licence_of, workshop_for
from tests.factories.workshops import SeatFactory
from workshops.models import Place

pytestmark = pytest.mark.django_db

PLAN = reverse("planner:plan")


@pytest.fixture
def licence():
    licence = licence_of()
    everything_for(licence)
    return licence


@pytest.fixture
def pensacola():
    return Place.objects.create(kind="city", search_key="pensacola, fl", label="Pensacola, FL", lat=30.4213, lng=-87.2169)


def page_of(client, user, **asked):
    client.force_login(user)
    return client.get(PLAN, asked)


def test_the_plan_compares_the_answers_and_lists_their_steps(client, licence, pensacola):
    response = page_of(client, licence.user, place="Pensacola, FL", hours=10)

    text = response.content.decode()
    assert response.status_code == 200
    assert "The Knee, Hands On" in text
    assert "$485.00" in text
    assert text.count('<article class="card plan-answer"') == len(response.context["answers"])
    assert "Closes the gap" in text
    assert "rules not yet checked by a person at the school" in text
    assert '<svg viewBox="0 0 320 200"' in text


def test_answers_with_the_same_steps_are_one(client, licence, pensacola):
    response = page_of(client, licence.user, place="Pensacola, FL", hours=10)

    assert [shown.title for shown in response.context["answers"]] == ["Cheapest · Least travel · Soonest done"]


def test_a_place_nobody_knows_is_said_at_the_field(client, licence):
    response = page_of(client, licence.user, place="Atlantis")

    assert response.status_code == 422
    assert "We do not know “Atlantis”" in response.content.decode()


@pytest.mark.parametrize("asked", [{"lat": "95", "lng": "0"}, {"lat": "30"}, {"margin": "7"}, {"hours": "0"}, {"licences": "0"}, {"replaces": "x"}])
def test_what_can_not_be_meant_is_refused(client, licence, asked):
    assert page_of(client, licence.user, **asked).status_code == 422


def test_the_device_s_position_is_a_place(client, licence):
    response = page_of(client, licence.user, lat="30.42", lng="-87.22")

    assert response.context["origin"].label == "Your position"
    assert response.context["answers"][0].miles is not None


def test_without_licences_the_page_invites_to_add_one(client):
    text = page_of(client, UserFactory()).content.decode()

    assert reverse("credits:licence_add") in text
    assert "Which licence do you keep up?" in text


def test_a_gap_in_the_facts_says_what_to_give(client):
    licence = licence_of()
    licence.issued_on = None
    licence.save()

    assert "Give the date your licence was issued" in page_of(client, licence.user).content.decode()


def test_when_nothing_is_on_offer_the_page_says_so_and_why(client):
    licence = licence_of()
    SeatFactory(workshop=workshop_for(licence, capacity=1))

    text = page_of(client, licence.user).content.decode()

    assert "Nothing on offer closes this gap" in text
    assert "One workshop that could count is full." in text


def test_other_people_s_licences_are_not_planned(client, licence):
    assert page_of(client, LicenceFactory().user, licences=licence.pk).status_code == 422


def save(client, response, answer=0):
    shown = response.context["answers"][answer]
    data = {"licences": [deficit.licence.pk for deficit in response.context["plan"].deficits], "margin": 30, "hours": 10}
    return client.post(reverse("planner:route_save"), data | {"goal": shown.found.goal, "step": list(shown.found.keys)})


def test_an_answer_is_saved_and_shown(client, licence):
    response = save(client, page_of(client, licence.user, hours=10))

    route = Route.objects.get()
    assert response.url == route.get_absolute_url()
    text = client.get(response.url).content.decode()
    assert "closes the gap" in text
    assert "The Knee, Hands On" in text
    assert "You saved this route." in text
    assert "$485.00 still to pay" in text


def test_a_step_that_is_gone_is_said_on_the_plan(client, licence):
    client.force_login(licence.user)
    response = client.post(
        reverse("planner:route_save"), {"goal": "cheapest", "step": ["workshop:0"], "margin": 30, "hours": 10, "licences": licence.pk}, follow=True
    )

    assert "One of these steps can no longer be taken." in response.content.decode()
    assert not Route.objects.exists()


def test_other_steps_take_the_place_of_a_route_s_open_ones(client, licence):
    save(client, page_of(client, licence.user, hours=10))
    route = Route.objects.get()

    response = client.get(reverse("planner:route_replan", args=[route.pk]), follow=True)
    assert "What you save here takes the place" in response.content.decode()
    shown = response.context["answers"][0]
    client.post(
        reverse("planner:route_save"),
        {"licences": licence.pk, "margin": 30, "hours": 10, "replaces": route.pk, "goal": shown.found.goal, "step": list(shown.found.keys)},
    )

    assert list(Route.objects.all()) == [route]
    assert route.events.first().code == "replaced"


@pytest.mark.parametrize(
    ("name", "data", "field", "value"),
    [
        ("planner:route_rename", {"name": "By August"}, "name", "By August"),
        ("planner:route_mail", {"wants_mail": "no"}, "wants_mail", False),
        ("planner:route_drop", {}, "state", "dropped"),
        ("planner:route_look", {}, "asked", 1),
    ],
)
def test_a_route_is_changed_on_its_page(client, name, data, field, value):
    route = RouteFactory()
    client.force_login(route.user)

    response = client.post(reverse(name, args=[route.pk]), data)

    route.refresh_from_db()
    assert response.url == route.get_absolute_url()
    assert getattr(route, field) == value


def test_an_empty_name_is_refused_beside_the_field(client):
    route = RouteFactory()
    client.force_login(route.user)

    response = client.post(reverse("planner:route_rename", args=[route.pk]), {"name": " "})

    assert response.status_code == 422
    assert Route.objects.get().name == route.name


def test_a_dropped_route_is_followed_again(client):
    route = RouteFactory(state="dropped")
    client.force_login(route.user)

    client.post(reverse("planner:route_follow", args=[route.pk]))

    assert Route.objects.get().state == "followed"


def test_a_person_without_routes_is_told_what_they_are(client):
    client.force_login(UserFactory())

    assert "You have saved no route yet" in client.get(reverse("planner:route_list")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries(client, licence, count, django_assert_num_queries):
    workshop = workshop_for(licence)
    for _ in range(count):
        RouteFactory(user=licence.user, licences=[licence], workshop=workshop)
    client.force_login(licence.user)
    client.get(reverse("planner:route_list"))

    with django_assert_num_queries(8):
        client.get(reverse("planner:route_list"))


def test_staff_read_a_route_in_the_admin_without_where_its_person_is(client):
    route = RouteFactory(lat=30.42, lng=-87.22, workshop=workshop_for(licence_of()))
    client.force_login(UserFactory(is_staff=True, is_superuser=True))

    text = client.get(reverse("admin:planner_route_change", args=[route.pk])).content.decode()

    assert route.name in text
    assert "30.42" not in text


def test_saving_is_limited_like_looking(client, licence, monkeypatch):
    monkeypatch.setattr("planner.views.SAVE_RATE", "2/h")
    client.force_login(licence.user)
    asked = {"goal": "cheapest", "step": ["workshop:0"], "margin": 30, "hours": 10, "licences": licence.pk}

    said = [client.post(reverse("planner:route_save"), asked, follow=True).content.decode() for _time in range(3)]

    assert ["tried very often" in text for text in said] == [False, False, True]


def test_a_licence_without_its_date_is_not_said_to_miss_nothing(client):
    licence = LicenceFactory(board=licence_of().board, issued_on=None)

    text = page_of(client, licence.user).content.decode()

    assert "Nothing can be planned yet" in text
    assert "Give the date your licence was issued" in text
    assert "There is nothing to plan now" not in text


def test_a_day_to_book_by_that_is_past_is_said_as_now(client, licence):
    route = RouteFactory(user=licence.user, workshop=workshop_for(licence))
    route.steps.update(book_by=date(2020, 1, 1))

    client.force_login(licence.user)
    text = client.get(route.get_absolute_url()).content.decode()

    assert "book now" in text
    assert "book by" not in text


def test_a_route_that_leaves_something_is_not_promised_to_close_the_gap(client):
    licence = licence_of()
    workshop_for(licence)
    page = client.get(save(client, page_of(client, licence.user)).url).content.decode()

    assert "It does not close the whole gap" in page
    assert "write to you when it no longer closes the gap" not in page
    assert reverse("credits:external_add") in page


def test_who_stopped_all_reminders_is_not_promised_mail_about_a_route(client, licence):
    set_reminders(user=licence.user, is_on=False)
    client.force_login(licence.user)
    save(client, page_of(client, licence.user, hours=10))

    text = client.get(Route.objects.get().get_absolute_url()).content.decode()

    assert "You stopped reminders, so we do not write to you about this route either." in text
    assert "You are told when" not in text
