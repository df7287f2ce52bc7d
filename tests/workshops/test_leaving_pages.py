"""Pages of leaving: the sum before the decision, staff's own word, and policies typed as steps."""

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from payments.models import Order, OrderLine, Payment, Refund
from tests.factories.accounts import user_with_role
from tests.factories.payments import OrderFactory, PriceFactory
from tests.factories.workshops import PolicyFactory, SeatFactory, WorkshopFactory
from workshops.leaving.terms import terms_of
from workshops.models import CancellationPolicy, Seat


@pytest.fixture
def paid(db):
    """A paid seat of $190 thirty days before; $10 is kept."""
    PolicyFactory()
    workshop = WorkshopFactory(is_free=False)
    order = OrderFactory(
        price=PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=19000), state=Order.State.PAID, paid_at=timezone.now()
    )
    order.lines.update(outcome=OrderLine.Outcome.FULFILLED, decided_at=timezone.now())
    Payment.objects.create(user=order.user, order=order, environment="stand-in", currency="usd", amount_cents=19000, paid_at=timezone.now())
    return SeatFactory(workshop=workshop, learner=order.user, reference=order.reference, terms=terms_of(workshop))


def test_the_page_names_the_sum_and_giving_back_sends_it(client, paid):
    client.force_login(paid.learner)
    address = reverse("workshops:seat_cancel", args=[paid.workshop.slug])
    assert "$180.00 of $190.00 goes back" in client.get(address).content.decode()

    refused = client.post(address, {"expected_cents": 19000})
    assert (refused.status_code, Refund.objects.count()) == (409, 0)
    client.post(address, {"expected_cents": 18000})

    assert (Refund.objects.get().amount_cents, Seat.objects.get().state) == (18000, "cancelled")


def test_the_api_quotes_and_gives_back(client, paid):
    client.force_login(paid.learner)
    base = f"/api/v1/workshops/{paid.workshop.slug}"

    quote = client.get(f"{base}/leaving/").json()
    assert (quote["code"], quote["refund_cents"], quote["may_be_offered"]) == ("policy", 18000, False)
    assert client.post(f"{base}/offer-seat/").status_code == 409
    for _ in range(2):
        answer = client.post(f"{base}/cancel/", {"expected_cents": 18000}, content_type="application/json")

    assert (answer.json()["state"], Refund.objects.get().amount_cents) == ("cancelled", 18000)


def test_staff_take_a_seat_back_for_another_sum_with_a_reason(client, paid):
    client.force_login(user_with_role(Role.STAFF))
    address = reverse("workshops_desk:seat_leave", args=[paid.workshop.pk, paid.pk])

    assert client.post(address, {"amount": "190.00", "reason": ""}).status_code == 422
    client.post(address, {"amount": "190.00", "reason": "Broke an arm"})

    assert (Refund.objects.get().amount_cents, Seat.objects.get().state) == (19000, "cancelled")


def test_a_policy_is_typed_as_steps_and_the_last_named_is_the_schools(client, db):
    first = PolicyFactory()
    client.force_login(user_with_role(Role.STAFF))

    client.post(reverse("workshops_desk:policy_create"), {"name": "Strict", "tiers": "7 days:50\n21 days: 100 %\n\n", "fee_cents": "5", "is_default": "on"})

    made = CancellationPolicy.objects.get(is_default=True)
    assert (made.name, made.tiers, made.fee_cents) == ("Strict", [{"days": 21, "percent": 100}, {"days": 7, "percent": 50}], 500)
    assert CancellationPolicy.objects.get(pk=first.pk).is_default is False
    assert "Until 21 days before it begins everything goes back." in client.get(reverse("workshops_desk:policy_list")).content.decode()


def test_a_policy_is_written_over_the_api_as_at_the_desk(client, db):
    first = PolicyFactory(is_default=True)
    client.force_login(user_with_role(Role.STAFF))
    address, wish = (
        reverse("workshops_api:policy-list"),
        {"name": "Strict", "tiers": [{"days": 7, "percent": 50}, {"days": 21, "percent": 100}], "fee_cents": 500},
    )

    made = client.post(address, wish | {"is_default": True}, content_type="application/json")
    odd = client.post(address, wish | {"name": "Odd", "tiers": [{"days": 7, "percent": 50}, {"days": 21, "percent": 20}]}, content_type="application/json")
    changed = client.patch(reverse("workshops_api:policy-detail", args=[made.json()["id"]]), {"fee_cents": 0}, content_type="application/json")

    policy = CancellationPolicy.objects.get(is_default=True)
    first.refresh_from_db()
    assert (made.status_code, policy.name, policy.tiers[0], first.is_default) == (201, "Strict", {"days": 21, "percent": 100}, False)
    assert (odd.status_code, list(odd.json()), CancellationPolicy.objects.count()) == (400, ["tiers"], 2)
    assert (changed.status_code, policy.fee_cents, len(changed.json()["tiers"])) == (200, 0, 2)


@pytest.mark.parametrize("tiers", ["soon: all", "14: 120", "14: 50\n14: 20", "14: 50\n7: 50", "\n".join(f"{day}: {day}" for day in range(1, 9))])
def test_steps_that_make_no_sense_are_refused_and_change_nothing(client, db, tiers):
    client.force_login(user_with_role(Role.STAFF))

    answer = client.post(reverse("workshops_desk:policy_create"), {"name": "Odd", "tiers": tiers, "fee_cents": "0"})

    assert (answer.status_code, CancellationPolicy.objects.count()) == (422, 0)
