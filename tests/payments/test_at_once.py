"""The webhook, the return page and reconciling at the same moment: one order, one mail. Real threads, real HTTP to the stand-in."""

import threading
from functools import partial

import pytest

from core.errors import DomainError
from notifications.models import MailMessage
from payments.models import AccessGrant, Order, Payment, Refund, StripeEvent
from payments.services import apply_event, cancel_order, checkout, open_checkout, project_session, settling, start_order
from stripe_standin.control import ControlError
from tests.factories.accounts import UserFactory
from tests.factories.payments import PriceFactory
from tests.fixtures.at_once import at_once, outcomes
from tests.payments.webhooks import an_event, deliver

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 50


def a_paid_session(stripe_api, price):
    user = UserFactory()
    attempt = open_checkout(order=start_order(user=user, price=price))
    stripe_api.control.pay(attempt.stripe_session_id)
    return user, attempt.stripe_session_id


def effects(user):
    orders = Order.objects.filter(user=user)
    return {
        "paid": orders.paid().count(),
        "payments": Payment.objects.filter(user=user).count(),
        "given": list(AccessGrant.objects.filter(user=user, source="order").values_list("order_line__outcome", flat=True)),
        "mails": list(MailMessage.objects.filter(recipient=user).values_list("template", flat=True)),
        "refunds": Refund.objects.filter(payment__user=user).count(),
    }


RIGHT = {"paid": 1, "payments": 1, "given": ["fulfilled"], "mails": ["payments/mail/order_paid"], "refunds": 0}


def test_webhook_and_return_page_at_the_same_moment_settle_once(stripe_api, client):
    price = PriceFactory()

    for number in range(ROUNDS):
        user, session = a_paid_session(stripe_api, price)

        def webhook(session=session):
            assert deliver(client, an_event(object_id=session)).status_code == 200
            apply_event(event=StripeEvent.objects.get(object_id=session))

        at_once(webhook, partial(project_session, session_id=session))

        assert effects(user) == RIGHT, f"round {number + 1}"


def test_the_control_without_the_lock_on_the_order_it_goes_wrong(stripe_api, monkeypatch):
    """Both read the order as open and believe it; the second then finds the thing given already, and gives the money back."""
    user, session = a_paid_session(stripe_api, PriceFactory())
    together = threading.Barrier(2)

    def unlocked(order):
        found = Order.objects.select_related("user", "price__product", "promotion_code").get(pk=order.pk)
        together.wait(60)  # as bad as it can be: both have read before either writes
        return found

    monkeypatch.setattr(checkout, "lock_order", unlocked)
    monkeypatch.setattr(settling, "lock_order", lambda order: order)

    came = outcomes(*[lambda: project_session(session_id=session)] * 2, refused=Exception)

    assert any(isinstance(each, Exception) for each in came) or effects(user) != RIGHT


def test_paying_and_cancelling_at_the_same_moment_is_one_or_the_other(stripe_api):
    price, ends = PriceFactory(), set()

    for _round in range(10):
        user = UserFactory()
        order = start_order(user=user, price=price)
        attempt = open_checkout(order=order)

        def pay(session=attempt.stripe_session_id):
            stripe_api.control.pay(session)
            project_session(session_id=session)

        outcomes(pay, partial(cancel_order, order=order, by=user), refused=(DomainError, ControlError))

        order.refresh_from_db()
        session = next(there for there in stripe_api.control.objects("checkout.session") if there["id"] == attempt.stripe_session_id)
        ends.add((order.state, session["status"]))

    assert ends <= {("paid", "complete"), ("closed", "expired")}


def test_one_person_who_begins_eight_times_at_once_has_one_order_and_one_page(stripe_api):
    user, price = UserFactory(), PriceFactory()

    at_once(*[lambda: open_checkout(order=start_order(user=user, price=price))] * 8)

    assert Order.objects.count() == 1
    assert len(stripe_api.control.objects("checkout.session")) == 1
