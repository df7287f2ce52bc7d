"""Staff give, take back and move seats over the API; on the desk they say where in a hybrid workshop."""

import pytest
from django.urls import reverse

from accounts.models import Role
from payments.models import Refund
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import PolicyFactory, workshop_with_blocks
from tests.workshops.money import on_sale, seat_of
from workshops.models import Seat


@pytest.fixture
def staff(client, db):
    person = user_with_role(Role.STAFF)
    client.force_login(person)
    return person


def send(client, name, data, *args):
    return client.post(reverse(f"workshops_api:{name}", args=args), data, content_type="application/json")


def test_a_seat_is_given_once_and_taken_back_once(client, staff):
    workshop, learner = workshop_with_blocks(), UserFactory()

    given = [send(client, "roster-give-seat", {"email": learner.email.upper()}, workshop.pk) for _ in range(2)]
    nobody = send(client, "roster-give-seat", {"email": "nobody@example.org"}, workshop.pk)
    taken = [send(client, "roster-take-back", {}, workshop.pk, given[0].json()["id"]) for _ in range(2)]

    assert ([answer.status_code for answer in given], given[0].json() == given[1].json(), nobody.status_code) == ([201, 201], True, 400)
    assert ([answer.json()["state"] for answer in taken], Seat.objects.get().state) == (["cancelled"] * 2, "cancelled")


def test_a_paid_seat_goes_back_by_the_policy_or_with_a_reason(client, staff, stripe_api):
    PolicyFactory(tiers=[{"days": 7, "percent": 50}], fee_cents=0)
    workshop, price = on_sale(19000)
    seat = seat_of(stripe_api.control, workshop, price, UserFactory())

    quote = client.get(reverse("workshops_api:roster-take-back", args=[workshop.pk, seat.pk])).json()
    refused = send(client, "roster-take-back", {"refund_cents": 19000}, workshop.pk, seat.pk)
    taken = send(client, "roster-take-back", {"refund_cents": 19000, "reason": "Broke an arm"}, workshop.pk, seat.pk)

    assert (quote["refund_cents"], refused.status_code) == (9500, 409)
    assert (taken.json()["state"], Refund.objects.get().amount_cents) == ("cancelled", 19000)


def test_a_dearer_date_is_borne_by_the_school(client, staff, stripe_api):
    workshop, price = on_sale(19000)
    seat = seat_of(stripe_api.control, workshop, price, UserFactory())
    other, _price = on_sale(25000, activity=workshop.activity, days=60)
    address = reverse("workshops_api:roster-move", args=[workshop.pk, seat.pk])

    quotes = client.get(address).json()
    moved = [send(client, "roster-move", {"to": other.slug, "reason": "Ill"}, workshop.pk, seat.pk) for _ in range(2)]

    assert [quote["to"] for quote in quotes] == [other.slug]
    assert [(answer.status_code, answer.json()["state"], answer.json()["pay_at"]) for answer in moved] == [(200, "done", None)] * 2
    assert other.seats.confirmed().get().learner == seat.learner


def test_a_seat_of_a_hybrid_workshop_is_given_where_staff_say(client, staff):
    hybrid, here = workshop_with_blocks(format="hybrid", remote_capacity=2), workshop_with_blocks()
    roster = reverse("workshops_desk:workshop_roster", args=[hybrid.pk])
    assert 'name="place"' in client.get(roster).content.decode()
    assert 'name="place"' not in client.get(reverse("workshops_desk:workshop_roster", args=[here.pk])).content.decode()

    client.post(reverse("workshops_desk:seat_add", args=[hybrid.pk]), {"email": UserFactory().email, "place": "remote"})
    client.post(reverse("workshops_desk:seat_add", args=[hybrid.pk]), {"email": UserFactory().email, "place": "roof"})
    client.post(reverse("workshops_desk:seat_add", args=[here.pk]), {"email": UserFactory().email})

    assert list(Seat.objects.order_by("pk").values_list("workshop", "place")) == [(hybrid.pk, "remote"), (here.pk, "room")]
