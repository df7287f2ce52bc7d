"""Pins, alerts and the demand over the API: what the pages do, with the same refusals."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from notifications.models import MailMessage
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import PinFactory, VenueFactory, workshop_with_blocks
from workshops.asking.links import link_token
from workshops.demand.counting import count_demand
from workshops.models import DemandThreshold, FirstBooking, Pin, Place, SearchAlert, Workshop

pytestmark = pytest.mark.django_db
PINS, ALERTS = reverse("workshops_api:pin-list"), reverse("workshops_api:alert-list")
WISH = {"place": "Mobile, AL", "radius": 50, "people": 2, "months": [3]}


@pytest.fixture(autouse=True)
def town():
    cache.clear()  # how often a visitor came
    return Place.objects.create(kind="city", search_key="mobile, al", label="Mobile, AL", lat=30.69, lng=-88.04)


def send(client, url, data=None, method="post"):
    return getattr(client, method)(url, data or {}, content_type="application/json")


def test_a_strangers_pin_waits_for_its_mail_and_is_confirmed_by_its_token(client):
    response = send(client, PINS, WISH | {"email": "rosa@example.org"})

    assert (response.status_code, response.json()) == (202, {"sent_to": "rosa@example.org"})
    token = link_token(Pin.objects.get())
    assert send(client, reverse("workshops_api:pin-confirm", args=[token])).json()["state"] == "active"
    changed = send(client, reverse("workshops_api:pin-detail", args=[token]), WISH | {"people": 4}, "put").json()
    assert (changed["people"], changed["label"], changed["months"]) == (4, "Mobile, AL", [3])
    assert send(client, reverse("workshops_api:pin-withdraw", args=[token])).json()["state"] == "withdrawn"
    assert send(client, reverse("workshops_api:pin-detail", args=[token]), WISH, "put").json()["code"] == "not_open"
    assert send(client, reverse("workshops_api:pin-renew", args=[token])).json()["state"] == "active"
    assert client.get(reverse("workshops_api:pin-detail", args=["x"])).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"place": "Nowhere at all"},
        {"radius": 51},
        {"people": 0},
        {"months": [13]},
        {"place": ""},
        {"place": "", "lat": 0, "lng": 0},
        {"email": ""},
        {"unit": "x"},
    ],
)
def test_bad_input_sets_no_pin(client, wrong):
    assert send(client, PINS, WISH | {"email": "rosa@example.org"} | wrong).status_code == 400
    assert not Pin.objects.exists()


def test_ones_own_pins_and_alerts_are_listed_and_nobody_elses(client):
    user = UserFactory()
    client.force_login(user)
    PinFactory()
    assert send(client, PINS, WISH).status_code == 201
    assert send(client, f"{ALERTS}?place=Mobile%2C+AL&radius=50", {"pace": "at_once"}).status_code == 201

    assert [row["label"] for row in client.get(PINS).json()["results"]] == ["Mobile, AL"]
    (alert,) = client.get(ALERTS).json()["results"]
    assert (alert["search"], alert["pace"]) == ("place=Mobile%2C+AL&radius=50", "at_once")


def test_a_strangers_alert_waits_for_its_mail(client):
    assert send(client, f"{ALERTS}?radius=x", {"email": "rosa@example.org"}).status_code == 400
    assert send(client, ALERTS, {}).status_code == 400
    assert send(client, ALERTS, {"email": "rosa@example.org"}).status_code == 202

    token = link_token(SearchAlert.objects.get())
    assert MailMessage.objects.get().template == "workshops/alerts/mail/alert_confirm"
    assert send(client, reverse("workshops_api:alert-renew", args=[token])).json()["code"] == "unconfirmed"
    assert send(client, reverse("workshops_api:alert-confirm", args=[token])).json()["state"] == "active"
    assert send(client, reverse("workshops_api:alert-detail", args=[token]), {"pace": "at_once"}, "put").json()["pace"] == "at_once"
    assert send(client, reverse("workshops_api:alert-stop", args=[token])).json()["state"] == "withdrawn"


def test_staff_read_the_demand_and_decide(client):
    staff = user_with_role("staff")
    client.force_login(staff)
    held = workshop_with_blocks(venue=VenueFactory(lat=45.0, lng=-93.0), instructor=user_with_role("instructor"))
    PinFactory(people=9, months=[5])
    count_demand()

    (row,) = client.get(reverse("workshops_api:town-list"), {"price_cents": 10000, "month": 5}).json()
    assert (row["town"], row["seats"], row["likely_revenue_cents"], row["best_months"]) == ("Mobile, AL", 9, 90000, "May")
    assert client.get(reverse("workshops_api:town-list"), {"month": 6}).json() == []
    (call,) = client.get(reverse("workshops_api:call-list")).json()["results"]
    assert (call["state"], call["seats"]) == ("open", 9)
    past = send(client, reverse("workshops_api:call-aside", args=[call["id"]]), {"until": "2020-01-01"})
    assert past.json()["code"] == "past_day"
    values = {"title": "Knee", "activity": held.activity.pk, "venue": held.venue.pk, "instructor": held.instructor.pk, "capacity": 12}
    first = send(client, reverse("workshops_api:call-draft", args=[call["id"]]), values).json()
    again = send(client, reverse("workshops_api:call-draft", args=[call["id"]]), values).json()
    assert first == again
    draft = Workshop.objects.get(slug=first["workshop"])
    kept = send(client, reverse("workshops_api:first-booking", args=[draft.slug]), {"hours": 24}, "put").json()
    assert (kept["hours"], FirstBooking.objects.get().hours) == (24, 24)


def test_thresholds_are_read_and_set(client):
    client.force_login(user_with_role("staff"))

    assert [row["seats"] for row in client.get(reverse("workshops_api:threshold-list")).json()] == [8, 8, 8]
    assert send(client, reverse("workshops_api:threshold-detail", args=["all"]), {"seats": 1}, "put").status_code == 400
    assert send(client, reverse("workshops_api:threshold-detail", args=["none"]), {"seats": 5}, "put").status_code == 404
    assert not DemandThreshold.objects.exists()
    assert send(client, reverse("workshops_api:threshold-detail", args=["all"]), {"seats": 5}, "put").json() == {"level": "all", "seats": 5, "is_on": True}
