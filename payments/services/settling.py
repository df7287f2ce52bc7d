"""The two ends of an order: paid and given, or closed and let go. Nothing here speaks to the payment provider."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.jobs import enqueue
from core.money import format_money
from notifications.services import send_mail_once
from payments import subjects
from payments.models import AccessGrant, CheckoutAttempt, Order, OrderLine, Payment, Refund
from payments.selectors.balances import balances_of
from payments.services.access import grant_access
from payments.services.refunds import RefundPart, request_refund
from payments.services.seats import create_pool
from payments.signals import line_released


@dataclass(frozen=True)
class LineFacts:
    """What Stripe says of one line, in minor units."""

    subtotal_cents: int
    discount_cents: int
    tax_cents: int
    total_cents: int


@dataclass(frozen=True)
class PaymentFacts:
    """What Stripe says of a paid session. Without `payment_intent` nothing was charged by the session itself."""

    session_id: str
    currency: str
    subtotal_cents: int
    discount_cents: int
    tax_cents: int
    total_cents: int
    paid_at: datetime
    lines: dict[int, LineFacts]  # by primary key of the order's line
    payment_intent: str = ""
    charge: str = ""
    invoice: str = ""
    subscription: str = ""
    fee_cents: int | None = None
    method: str = ""
    receipt_url: str = ""
    invoice_url: str = ""


def settle_order(*, order: Order, facts: PaymentFacts | None) -> Order:
    """Mark `order` paid and give what it is for; without `facts` it cost nothing. A second call changes nothing.

    Stripe's amounts are the truth; where they differ from what was ordered, staff find a note. What can no longer be
    given is refunded in full and the person is told. An order closed before is paid all the same: no order is both.
    """
    with transaction.atomic():
        order = lock_order(order)
        if order.is_paid:
            if facts:
                _give_back_a_second_payment(order, facts)
            return order
        order.note = _what_is_unusual(order, facts)[:300]
        lines = list(order.lines.select_related("item", "beneficiary", "order__user").order_by("pk"))
        if facts:
            _copy_amounts(order, lines, facts)
        _mark_paid(order, facts.paid_at if facts else clock.now())
        payment = _record_payment(order, facts) if facts and facts.payment_intent else None
        lacking = [line for line in lines if not _give(order, line)]
        if payment:
            _give_back(payment, [line for line in lacking if line.total_cents])
        if facts and facts.subscription:
            enqueue("payments.follow_subscription", key=f"order-subscription:{order.pk}", args={"subscription": facts.subscription})
        if order.note:
            record_audit(actor=None, action="payments.order_is_unusual", record=order, note=order.note)
        _write_of_payment(order, lines, lacking)
    return order


def close_order(*, order: Order, closing: Order.Closing | str) -> Order:
    """Let go of an open order and of what it holds; an order that is no longer open stays as it is.

    Only for orders that nobody can pay any more: Stripe has said so, or was never asked.
    """
    closing, now = Order.Closing(closing), clock.now()
    with transaction.atomic():
        order = lock_order(order)
        if not order.is_open:
            return order
        order.state, order.closing, order.closed_at, order.processing_at = Order.State.CLOSED, closing, now, None
        order.save(update_fields=["state", "closing", "closed_at", "processing_at", "updated_at"])
        order.attempts.filter(state=CheckoutAttempt.State.OPEN).update(state=CheckoutAttempt.State.EXPIRED, updated_at=now)
        for line in order.lines.select_related("beneficiary", "order__user").order_by("pk"):
            line.outcome, line.decided_at = OrderLine.Outcome.RELEASED, now
            line.save(update_fields=["outcome", "decided_at", "updated_at"])
            line_released.send(sender=OrderLine, user=line.person, subject=line.subject, reference=order.reference)
        _write_of_closing(order)
    return order


def lock_order(order: Order) -> Order:
    """The row as it is now, locked until the transaction ends. Order first, then payment, then what the apps above lock."""
    found = Order.objects.select_for_update(no_key=True, of=("self",)).select_related("user", "price__product", "promotion_code")
    return found.get(pk=order.pk)


def _what_is_unusual(order: Order, facts: PaymentFacts | None) -> str:
    """Sentences for staff; "" for an order that went as expected."""
    if facts is None:
        return ""
    notes = []
    if facts.currency != order.currency:
        notes.append(_("It was paid in %(paid)s, and ordered in %(ordered)s.") % {"paid": facts.currency, "ordered": order.currency})
    # A percentage may be rounded by line there and on the sum here.
    expected, paid = order.total_cents, facts.total_cents - facts.tax_cents
    if not order.has_trial and abs(paid - expected) > order.lines.count() and facts.total_cents != expected:
        notes.append(_("%(paid)s was paid where %(expected)s was expected, in the smallest unit.") % {"paid": paid, "expected": expected})
    if order.state == Order.State.CLOSED:
        notes.append(_("The payment came after the order was closed."))
    return " ".join(notes)


def _copy_amounts(order: Order, lines: list[OrderLine], facts: PaymentFacts) -> None:
    order.currency = facts.currency
    order.subtotal_cents, order.discount_cents = facts.subtotal_cents, facts.discount_cents
    order.tax_cents, order.total_cents = facts.tax_cents, facts.total_cents
    for line in lines:
        if told := facts.lines.get(line.pk):
            line.subtotal_cents, line.discount_cents = told.subtotal_cents, told.discount_cents
            line.tax_cents, line.total_cents = told.tax_cents, told.total_cents
            line.save(update_fields=["subtotal_cents", "discount_cents", "tax_cents", "total_cents", "updated_at"])


def _mark_paid(order: Order, paid_at: datetime) -> None:
    rival = Order.objects.filter(user=order.user, has_trial=True, state__in=[Order.State.OPEN, Order.State.PAID]).exclude(pk=order.pk)
    order.has_trial = order.has_trial and not rival.exists()  # closed, it had lost its claim to the one trial
    order.state, order.paid_at, order.closed_at, order.closing, order.processing_at = Order.State.PAID, paid_at, None, "", None
    order.save()


def _record_payment(order: Order, facts: PaymentFacts) -> Payment:
    values = {
        "user": order.user,
        "order": order,
        "environment": order.environment,
        "stripe_charge_id": facts.charge,
        "stripe_invoice_id": facts.invoice,
        "currency": facts.currency,
        "amount_cents": facts.total_cents,
        "tax_cents": facts.tax_cents,
        "fee_cents": facts.fee_cents,
        "method": facts.method,
        "paid_at": facts.paid_at,
        "receipt_url": facts.receipt_url,
        "invoice_url": facts.invoice_url,
    }
    return Payment.objects.update_or_create(stripe_payment_intent_id=facts.payment_intent, defaults=values)[0]


def _give(order: Order, line: OrderLine) -> bool:
    """Give what `line` is for, if it is still there to give and not the person's already."""
    now = clock.now()
    if order.organization_id:  # its people take the seats one by one
        create_pool(line=line)
        line.outcome, line.decided_at = OrderLine.Outcome.FULFILLED, now
        line.save(update_fields=["outcome", "decided_at", "updated_at"])
        return True
    kind = subjects.kind_of(line.subject)
    given = not (kind.is_granted and _is_owned(line)) and kind.confirm(user=line.person, subject=line.subject, reference=order.reference)
    if given and kind.is_granted and line.subject != subjects.LIBRARY:  # what a membership opens follows the subscription
        ends = now + timedelta(days=line.access_days) if line.access_days else None
        streams = order.price.product.streams
        line.grant = grant_access(user=line.person, subject=line.subject, source="order", reason=order.number, expires_at=ends, streams=streams)
    line.outcome, line.decided_at = OrderLine.Outcome.FULFILLED if given else OrderLine.Outcome.UNAVAILABLE, now
    line.save(update_fields=["grant", "outcome", "decided_at", "updated_at"])
    if not given:
        line_released.send(sender=OrderLine, user=line.person, subject=line.subject, reference=order.reference)
    return given


def _is_owned(line: OrderLine) -> bool:
    """Whether another order gave this to the person meanwhile: nobody pays twice for the same."""
    grants = AccessGrant.objects.standing().filter(user=line.person, subject=line.subject, source=AccessGrant.Source.ORDER)
    return any(grant.phase != "expired" for grant in grants)


def _give_back(payment: Payment, lacking: list[OrderLine]) -> None:
    if lacking:
        parts = [RefundPart(line, line.total_cents, closes_access=False) for line in lacking]  # it was never opened
        reason = _("Paid when it could no longer be given.")
        request_refund(payment=payment, by=None, parts=parts, reason=reason, reason_class=Refund.ReasonClass.UNAVAILABLE)


def _give_back_a_second_payment(order: Order, facts: PaymentFacts) -> None:
    """Should two sessions of one order ever be paid, the later money goes back. A repeat of the first changes nothing."""
    if facts.payment_intent and not order.payments.filter(stripe_payment_intent_id=facts.payment_intent).exists():
        payment = _record_payment(order, facts)
        parts = [RefundPart(None, payment.amount_cents, closes_access=False)]
        reason = _("Paid a second time.")
        request_refund(payment=payment, by=None, parts=parts, reason=reason, reason_class=Refund.ReasonClass.DUPLICATE)
    elif facts.subscription and order.subscriptions.exclude(stripe_subscription_id=facts.subscription).exists():
        order.note = _("A second membership was begun with this order: cancel %(id)s at Stripe.") % {"id": facts.subscription}
        order.save(update_fields=["note", "updated_at"])


def _write_of_payment(order: Order, lines: list[OrderLine], lacking: list[OrderLine]) -> None:
    given = [line for line in lines if line not in lacking]
    parts = [
        {"line": line, "url": line.pool.get_absolute_url() if order.organization_id else subjects.kind_of(line.subject).url(line.subject)} for line in given
    ]
    context: dict[str, Any] = {"order": order, "total": format_money(order.total_cents, order.currency), "given": parts, "lacking": lacking}
    context["balances"] = [balance for balance in balances_of(order) if balance.is_owed]
    if len(lacking) < len(lines):
        send_mail_once(key=f"order-paid:{order.pk}", template="payments/mail/order_paid", recipient=order.user, context=context)
    if lacking:
        send_mail_once(key=f"order-too-late:{order.pk}", template="payments/mail/order_too_late", recipient=order.user, context=context)


def _write_of_closing(order: Order) -> None:
    """One polite reminder for an order that ran out, and the bad news of a payment that failed; nothing to who cancelled."""
    lines = list(order.lines.order_by("pk"))
    again = next((url for line in lines if (url := subjects.kind_of(line.subject).again_url(line.subject))), order.price.product.get_absolute_url())
    context = {"order": order, "lines": lines, "again_url": again}
    if order.closing == Order.Closing.FAILED:
        send_mail_once(key=f"order-failed:{order.pk}", template="payments/mail/order_failed", recipient=order.user, context=context)
    elif order.closing == Order.Closing.EXPIRED and order.user.is_active and order.price.product.is_active:
        # A person who lets several orders for the same thing run out hears of it once.
        key = f"order-expired:{order.user_id}:{order.price.product_id}"
        send_mail_once(key=key, template="payments/mail/order_expired", recipient=order.user, context=context)
