"""What staff see of orders, payments, memberships and disputes."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from accounts.models import User
from core.audit import subject_of
from core.models import AuditEntry
from payments.ledger import within
from payments.models import Balance, Dispute, Order, Payment, Refund, Subscription
from payments.selectors.balances import balances_of

TIMELINE_ROWS = 60
PANEL_ROWS = 5


def _person(prefix: str, words: str) -> Q:
    return Q(**{f"{prefix}__email__icontains": words}) | Q(**{f"{prefix}__display_name__icontains": words})


def _number(words: str) -> int | None:
    """The primary key in an order's number, "2026-000123" or "123"."""
    tail = words.rpartition("-")[2].lstrip("0")
    return int(tail) if tail.isdecimal() and len(tail) < 10 else None


def find_orders(*, q: str = "", state: str = "", first: date | None = None, last: date | None = None) -> QuerySet[Order]:
    """Orders with what went back of each, the latest first."""
    orders = Order.objects.select_related("user", "price__product", "promotion_code")
    orders = orders.annotate(refunded=Coalesce(Sum("payments__refunded_cents"), 0))
    if q:
        match = _person("user", q) | Q(price__product__title__icontains=q) | Q(promotion_code__code__iexact=q)
        orders = orders.filter(match | Q(pk=number) if (number := _number(q)) else match)
    if state == "refunded":
        orders = orders.filter(refunded__gt=0)
    elif state:
        orders = orders.filter(state=state)
    return within(orders, "created_at", first, last).order_by("-created_at", "-pk")


def find_payments(*, q: str = "", state: str = "", first: date | None = None, last: date | None = None) -> QuerySet[Payment]:
    payments = Payment.objects.select_related("user", "order__price__product", "subscription__price__product")
    if q:
        titles = Q(order__price__product__title__icontains=q) | Q(subscription__price__product__title__icontains=q)
        match = _person("user", q) | titles | Q(stripe_charge_id=q) | Q(stripe_payment_intent_id=q) | Q(stripe_invoice_id=q)
        payments = payments.filter(match | Q(order_id=number) if (number := _number(q)) else match)
    if state == "refunded":
        payments = payments.filter(refunded_cents__gt=0)
    elif state == "refund_failed":
        payments = payments.filter(Exists(Refund.objects.failed_for_good().filter(payment=OuterRef("pk"))))
    return within(payments, "paid_at", first, last).order_by("-paid_at", "-pk")


def find_subscriptions(*, q: str = "", state: str = "", first: date | None = None, last: date | None = None) -> QuerySet[Subscription]:
    rows = Subscription.objects.select_related("user", "price__product", "order")
    if q:
        rows = rows.filter(_person("user", q) | Q(stripe_subscription_id=q))
    if state:
        rows = rows.filter(status=state)
    return within(rows, "created_at", first, last)


def find_disputes(*, q: str = "", state: str = "", first: date | None = None, last: date | None = None) -> QuerySet[Dispute]:
    """Disputes, those that wait for an answer first."""
    rows = Dispute.objects.select_related("payment__user", "payment__order__price__product", "payment__subscription__price__product")
    if q:
        rows = rows.filter(_person("payment__user", q) | Q(stripe_dispute_id=q))
    if state:
        rows = rows.filter(closed_at__isnull=state == "open")
    return within(rows, "opened_at", first, last).order_by("closed_at", "evidence_due_at", "-pk")


def find_balances(*, q: str = "", state: str = "", first: date | None = None, last: date | None = None) -> QuerySet[Balance]:
    """For the desk, what is due first on top."""
    rows = Balance.objects.begun().with_lines()
    if q:
        match = _person("line__order__user", q) | _person("line__beneficiary", q) | Q(line__title__icontains=q)
        rows = rows.filter(match | Q(line__order=number) if (number := _number(q)) else match)
    if state == Balance.State.DUE:
        rows = rows.filter(state=state, line__outcome="fulfilled")
    elif state:
        rows = rows.filter(state=state)
    if first:
        rows = rows.filter(due_on__gte=first)
    if last:
        rows = rows.filter(due_on__lte=last)
    return rows.order_by("due_on", "pk")


def order_page(order: Order) -> dict[str, Any]:
    """Everything the desk shows of one order, in a constant number of queries."""
    payments = list(order.payments.all())
    refunds = list(Refund.objects.filter(payment__order=order).select_related("requested_by", "payment").prefetch_related("lines__line"))
    disputes = list(Dispute.objects.filter(payment__order=order))
    subscriptions = list(order.subscriptions.all())
    lines = list(order.lines.select_related("grant", "beneficiary", "order__user"))
    balances = balances_of(order)
    records = [order, *balances, *payments, *refunds, *disputes, *subscriptions, *lines, *(line.grant for line in lines if line.grant)]
    told = AuditEntry.objects.filter(subject__in=[subject_of(record) for record in records]).select_related("actor")
    return {
        "lines": lines,
        "attempts": list(order.attempts.all()),
        "payments": payments,
        "refunds": refunds,
        "disputes": disputes,
        "subscriptions": subscriptions,
        "balances": balances,
        "timeline": list(told[:TIMELINE_ROWS]),
    }


def orders_panel(person: User) -> dict[str, Any]:
    """For the desk page of one person: their latest orders and their membership."""
    return {
        "person": person,
        "orders": list(find_orders().filter(user=person)[:PANEL_ROWS]),
        "subscription": Subscription.objects.filter(user=person).select_related("price__product").first(),
    }
