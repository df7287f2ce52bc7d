"""Twenty people refund parts of one payment at once: never more than was captured, here and at Stripe."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from django.db import IntegrityError

from payments.models import Payment, Refund
from payments.services import RefundPart, open_checkout, project_session, request_refund, start_order
from payments.services import refunds as service
from payments.services.refunds import RefundRefused, send_refund
from tests.factories.accounts import UserFactory
from tests.factories.payments import PriceFactory
from tests.fixtures.at_once import outcomes

CENTS, PEOPLE = 400, 20  # twelve parts of $4 fit into $49


@pytest.fixture
def payment(transactional_db, stripe_api):
    order = start_order(user=UserFactory(), price=PriceFactory(amount_cents=4900))
    session = open_checkout(order=order).stripe_session_id
    stripe_api.control.pay(session)
    project_session(session_id=session)
    return Payment.objects.get()


def storm(payment, *, is_sent=True):
    """How often it came to a refund that was asked for (and sent), and how often to which refusal."""
    part = RefundPart(line=payment.order.lines.get(), amount_cents=CENTS, closes_access=False)

    def one():
        refund = request_refund(payment=payment, by=None, parts=[part], reason="", reason_class="school")
        if is_sent:
            send_refund(refund=refund)
        return refund

    return Counter(map(type, outcomes(*[one] * PEOPLE, refused=(RefundRefused, IntegrityError))))


def test_a_storm_of_refunds_stops_at_what_was_captured(payment, stripe_api):
    came = storm(payment)

    payment.refresh_from_db()
    assert came == {Refund: 12, RefundRefused: 8}
    assert payment.refunded_cents == 12 * CENTS
    assert [thing["amount"] for thing in stripe_api.control.objects("refund")] == [CENTS] * 12
    assert Refund.objects.filter(state="succeeded").count() == 12


def test_control_without_the_lock_only_the_constraint_stands(payment, stripe_api, monkeypatch):
    everybody_looked = threading.Barrier(PEOPLE)
    check = service._check

    def look_together(*args):
        check(*args)
        everybody_looked.wait(150)

    monkeypatch.setattr(service, "lock_payment", lambda pk: Payment.objects.select_related("user", "order", "subscription").get(pk=pk))
    monkeypatch.setattr(service, "_check", look_together)

    came = storm(payment, is_sent=False)

    assert came == {Refund: 12, IntegrityError: 8}, "all of them were told that there is enough"
