"""Reading what Stripe says of a paid session. Amounts stay in minor units, whole yen among them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from core import clock
from payments.models import Order, OrderLine, StripePrice
from payments.services.settling import LineFacts, PaymentFacts
from payments.shares import charged_as_one, split_amount


def facts_of(session: dict[str, Any], order: Order) -> PaymentFacts:
    """What a fetched session says of the payment of `order`."""
    intent, totals = session["payment_intent"] or {}, session["total_details"]
    charge, invoice = intent.get("latest_charge") or {}, session["invoice"] or {}
    subscription = session["subscription"] or {}
    return PaymentFacts(
        session_id=session["id"],
        currency=session["currency"],
        subtotal_cents=session["amount_subtotal"],
        discount_cents=totals["amount_discount"],
        tax_cents=totals["amount_tax"],
        total_cents=session["amount_total"],
        paid_at=datetime.fromtimestamp(charge["created"], UTC) if charge else clock.now(),
        lines=_lines_of(session, order),
        payment_intent=intent.get("id", ""),
        charge=charge.get("id", ""),
        invoice=invoice.get("id", ""),
        subscription=subscription.get("id", ""),
        fee_cents=(charge.get("balance_transaction") or {}).get("fee"),
        method=method_text(charge.get("payment_method_details") or {}),
        receipt_url=charge.get("receipt_url") or "",
        invoice_url=invoice.get("hosted_invoice_url") or "",
    )


def _lines_of(session: dict[str, Any], order: Order) -> dict[int, LineFacts]:
    """By our line, which the line's metadata names, or else its price."""
    groups = charged_as_one(order.lines.select_related("balance").order_by("pk"))
    prices = dict(StripePrice.objects.filter(price=order.price, environment=order.environment).values_list("stripe_price_id", "item"))
    by_line = {str(line.pk): group for group in groups for line in group}
    by_item = {group[0].item_id: group for group in groups}
    found: dict[int, LineFacts] = {}
    for told in session["line_items"]["data"]:
        item = prices.get((told["price"] or {}).get("id", ""), 0)
        if same := by_line.get((told.get("metadata") or {}).get("line", "")) or by_item.get(item):
            found |= _divided(told, same)
    return found


def _divided(told: dict[str, Any], lines: list[OrderLine]) -> dict[int, LineFacts]:
    """One line of Stripe's over the people it is for. What rounding leaves goes to the first, so that the sums are Stripe's."""
    weights = [line.subtotal_cents for line in lines]
    beside = told["amount_total"] - told["amount_subtotal"] + told["amount_discount"]  # tax that is added; less than nothing in a trial
    parts = (split_amount(amount, weights) for amount in (told["amount_subtotal"], told["amount_discount"], told["amount_tax"], beside))
    return {line.pk: LineFacts(subtotal, discount, tax, subtotal - discount + more) for line, subtotal, discount, tax, more in zip(lines, *parts, strict=True)}


def method_text(details: dict[str, Any]) -> str:
    """How it was paid, as the buyer knows it: "Visa ending in 4242"."""
    kind = details.get("type", "")
    told = details.get(kind) or {}
    name = str(told.get("brand") or told.get("bank_name") or kind).replace("_", " ").title()
    if last4 := told.get("last4"):
        return (_("%(name)s ending in %(digits)s") % {"name": name, "digits": last4})[:60]
    return name[:60]
