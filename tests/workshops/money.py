"""Seats that were paid at the stand-in, for tests of what becomes of their money."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from payments.models import Refund
from payments.services import open_checkout, project_session, start_order
from payments.services.refunds import send_refund
from tests.factories.payments import PriceFactory
from tests.factories.workshops import WorkshopFactory


def on_sale(cents, *, days=30, activity=None, **fields):
    """A workshop with seats at `cents`, and its price."""
    starts_at = (timezone.now() + timedelta(days=days)).replace(hour=14, minute=0, second=0, microsecond=0)
    if activity:
        fields["activity"] = activity
    workshop = WorkshopFactory(is_free=False, starts_at=starts_at, **fields)
    return workshop, PriceFactory(product__subject=workshop.subject, product__kind="workshop", amount_cents=cents)


def pay(control, order):
    """The buyer pays `order` on its page, and Stripe is asked how it went."""
    session = open_checkout(order=order).stripe_session_id
    control.pay(session)
    return project_session(session_id=session)


def seat_of(control, workshop, price, user, **options):
    """A paid, confirmed seat of `user`."""
    pay(control, start_order(user=user, price=price, **options))
    return workshop.seats.confirmed().get(learner=user)


def charges(control):
    """(captured, went back) of every charge at the stand-in, once what waits is sent."""
    for refund in Refund.objects.filter(state="pending"):
        send_refund(refund=refund)
    return sorted((charge["amount_captured"], charge["amount_refunded"]) for charge in control.objects("charge"))
