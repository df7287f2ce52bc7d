"""Paying an order at the stand-in for Stripe, over HTTP."""

import pytest

from notifications.models import MailMessage
from payments.models import AccessGrant, CheckoutAttempt, OrderLine, Payment
from payments.selectors import has_access
from payments.services import cancel_order, open_checkout, project_session, start_order
from tests.factories.accounts import UserFactory
from tests.factories.payments import PriceFactory


@pytest.fixture
def user(db):
    return UserFactory(email="ada@example.com")


def begin(user, price=None, **options):
    """An order with its page at Stripe open."""
    order = start_order(user=user, price=price or PriceFactory(), **options)
    return order, open_checkout(order=order)


def mails(user):
    return list(MailMessage.objects.filter(recipient=user).order_by("pk").values_list("template", flat=True))


def test_a_paid_session_settles_the_order(user, stripe_api):
    order, attempt = begin(user)

    session = stripe_api.control.pay(attempt.stripe_session_id)
    projected = project_session(session_id=attempt.stripe_session_id)

    line, payment = projected.lines.get(), Payment.objects.get()
    assert (projected.state, projected.total_cents, projected.note) == ("paid", 4900, "")
    assert (line.outcome, line.total_cents, line.grant.source) == ("fulfilled", 4900, "order")
    assert has_access(user, line.subject)
    assert (payment.order, payment.user, payment.amount_cents, payment.method) == (order, user, 4900, "Visa ending in 4242")
    assert payment.stripe_payment_intent_id == session["payment_intent"]
    assert payment.stripe_charge_id
    assert payment.receipt_url
    assert payment.fee_cents
    assert CheckoutAttempt.objects.get().state == "complete"
    assert mails(user) == ["payments/mail/order_paid"]


def test_projecting_again_changes_nothing(user, stripe_api):
    _order, attempt = begin(user)
    stripe_api.control.pay(attempt.stripe_session_id)
    project_session(session_id=attempt.stripe_session_id)

    project_session(session_id=attempt.stripe_session_id)

    assert (Payment.objects.count(), AccessGrant.objects.count(), MailMessage.objects.count()) == (1, 1, 1)


def test_an_open_session_changes_nothing(user, stripe_api):
    _order, attempt = begin(user)

    assert project_session(session_id=attempt.stripe_session_id).state == "open"


def test_open_checkout_gives_the_same_page_again(user, stripe_api):
    order, attempt = begin(user)

    again = open_checkout(order=order)

    assert (again.pk, again.url) == (attempt.pk, attempt.url)
    assert len(stripe_api.control.objects("checkout.session")) == 1


def test_cancelling_asks_stripe_first(user, stripe_api):
    order, _attempt = begin(user)

    cancelled = cancel_order(order=order, by=user)

    assert (cancelled.state, cancelled.closing) == ("closed", "cancelled")
    assert [session["status"] for session in stripe_api.control.objects("checkout.session")] == ["expired"]
    assert cancelled.lines.get().outcome == OrderLine.Outcome.RELEASED
    assert mails(user) == []


def test_cancelling_what_is_paid_finds_it_paid(user, stripe_api):
    order, attempt = begin(user)
    stripe_api.control.pay(attempt.stripe_session_id)

    assert cancel_order(order=order, by=user).state == "paid"
    assert has_access(user, order.lines.get().subject)
