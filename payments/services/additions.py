"""Orders that complete the price of lines: paid through the same checkout, settled and refunded as any other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Addition:
    """`amount_cents` on top of what was paid for `line`, for `subject`, whose kind does what follows."""

    line: OrderLine
    item: ProductItem
    subject: str
    title: str
    amount_cents: int


def start_addition(*, user: User, price: Price, parts: Sequence[Addition]) -> Order:
    """Begin to pay `parts`, all in one order; what each locks is locked in their sequence.

    A repeat returns the open order. May call the network, as `start_order` does; not inside a transaction.
    """
    if not is_open():
        raise PaymentsClosed(_("Payments are not open here yet. Write to the school."))
    if any(part.amount_cents < least_charge(price.currency) for part in parts):
        raise ValueError("Stripe charges no so small amount; whoever asks lets it go.")
    for _round in range(ROUNDS):
        with transaction.atomic():
            buyer = User.objects.select_for_update(no_key=True).get(pk=user.pk)
            in_the_way = open_orders_of(buyer, price, [part.subject for part in parts])
            wanted = {(part.subject, part.amount_cents) for part in parts}
            for order in in_the_way:
                if set(order.lines.values_list("subject", "unit_cents")) == wanted and is_payable(order):
                    return order
            if not in_the_way:
                return _make(buyer, price, parts)
        for order in in_the_way:
            cancel_order(order=order, by=user)
    raise DomainError(_("Another order of yours is being changed at this moment. Try again in a minute."), code="order_busy")


def _make(buyer: User, price: Price, parts: Sequence[Addition]) -> Order:
    total = sum(part.amount_cents for part in parts)
    order = Order.objects.create(
        user=buyer,
        price=price,
        environment=environment(),
        currency=price.currency,
        subtotal_cents=total,
        total_cents=total,
        hold_until=clock.now() + HOLD,
    )
    OrderLine.objects.bulk_create(_line(order, price, part) for part in parts)
    for part in parts:
        subjects.kind_of(part.subject).reserve(user=part.line.person, subject=part.subject, reference=order.reference, until=order.hold_until)
    enqueue("payments.check_order", key=f"check-order:{order.pk}", args={"order": order.pk}, run_after=order.hold_until + timedelta(minutes=1))
    return order


def _line(order: Order, price: Price, part: Addition) -> OrderLine:
    return OrderLine(
        order=order,
        item=part.item,
        beneficiary=part.line.beneficiary,
        subject=part.subject,
        adds_to=part.line,
        title=part.title[:250],
        unit_cents=part.amount_cents,
        subtotal_cents=part.amount_cents,
        total_cents=part.amount_cents,
        refund_policy=price.product.refund_policy,
    )
