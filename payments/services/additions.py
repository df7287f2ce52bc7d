"""Orders that complete the price of a line: paid through the same checkout, settled and refunded as any other."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.errors import DomainError
from core.jobs import enqueue
from payments import subjects
from payments.gateway.client import PaymentsClosed, environment, is_open
from payments.models import Order, OrderLine, Price, ProductItem
from payments.services.checkout import cancel_order
from payments.services.holds import HOLD
from payments.services.orders import ROUNDS, is_payable, open_orders_of
from payments.shares import least_charge


def start_addition(*, user: User, line: OrderLine, price: Price, item: ProductItem, subject: str, title: str, amount_cents: int) -> Order:
    """Begin to pay `amount_cents` on top of what was paid for `line`, for `subject`, whose kind does what follows.

    A repeat returns the open order. May call the network, as `start_order` does; not inside a transaction.
    """
    if not is_open():
        raise PaymentsClosed(_("Payments are not open here yet. Write to the school."))
    if amount_cents < least_charge(price.currency):
        raise ValueError("Stripe charges no so small amount; whoever asks lets it go.")
    for _round in range(ROUNDS):
        with transaction.atomic():
            buyer = User.objects.select_for_update(no_key=True).get(pk=user.pk)
            in_the_way = open_orders_of(buyer, price, [subject])
            for order in in_the_way:
                if order.total_cents == amount_cents and order.lines.filter(subject=subject).exists() and is_payable(order):
                    return order
            if not in_the_way:
                return _make(buyer, line, price, item, subject, title, amount_cents)
        for order in in_the_way:
            cancel_order(order=order, by=user)
    raise DomainError(_("Another order of yours is being changed at this moment. Try again in a minute."), code="order_busy")


def _make(buyer: User, line: OrderLine, price: Price, item: ProductItem, subject: str, title: str, amount_cents: int) -> Order:
    order = Order.objects.create(
        user=buyer,
        price=price,
        environment=environment(),
        currency=price.currency,
        subtotal_cents=amount_cents,
        total_cents=amount_cents,
        hold_until=clock.now() + HOLD,
    )
    OrderLine.objects.create(
        order=order,
        item=item,
        beneficiary=line.beneficiary,
        subject=subject,
        adds_to=line,
        title=title[:250],
        unit_cents=amount_cents,
        subtotal_cents=amount_cents,
        total_cents=amount_cents,
        refund_policy=price.product.refund_policy,
    )
    subjects.kind_of(subject).reserve(user=line.person, subject=subject, reference=order.reference, until=order.hold_until)
    enqueue("payments.check_order", key=f"check-order:{order.pk}", args={"order": order.pk}, run_after=order.hold_until + timedelta(minutes=1))
    return order
