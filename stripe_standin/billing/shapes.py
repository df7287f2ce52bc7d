"""Subscriptions, their items, invoices and invoice lines in the shape of API version 2026-10-28.endive.

Pure: facts in, a dictionary out. Nothing here is stored. Optional fields that are not named are null (`shaped`).
"""

import stripe

from stripe_standin.shapes import shaped

SELF = {"type": "self", "account": None}


def collection(url: str, data: list[dict]) -> dict:
    return {"object": "list", "data": data, "has_more": False, "total_count": len(data), "url": url}


def plan_of(price: dict) -> dict:
    """The older name of a recurring price, which Stripe still sends beside it."""
    shared = {name: price[name] for name in ("id", "active", "billing_scheme", "created", "currency", "metadata", "nickname", "product")}
    recurring = price["recurring"]
    return shaped(
        stripe.Plan,
        **shared,
        object="plan",
        amount=price["unit_amount"],
        amount_decimal=price["unit_amount_decimal"],
        interval=recurring["interval"],
        interval_count=recurring["interval_count"],
        usage_type="licensed",
    )


def item(*, id: str, subscription: str, price: dict, quantity: int, created: int, period: tuple[int, int], metadata: dict) -> dict:
    return shaped(
        stripe.SubscriptionItem,
        id=id,
        object="subscription_item",
        created=created,
        current_period_end=period[1],
        current_period_start=period[0],
        discounts=[],
        metadata=metadata,
        plan=plan_of(price),
        price=price,
        quantity=quantity,
        subscription=subscription,
        tax_rates=[],
    )


def subscription(
    *,
    id: str,
    customer: str,
    items: list[dict],
    created: int,
    status: str,
    anchor: int,
    trial: tuple[int, int] | None,
    default_payment_method: str | None,
    metadata: dict,
    description: str | None,
    automatic_tax: bool,
    billing_mode: str,
    missing_payment_method: str,
) -> dict:
    flexible = {"proration_discounts": "included"} if billing_mode == "flexible" else None
    return shaped(
        stripe.Subscription,
        id=id,
        object="subscription",
        automatic_tax={"enabled": automatic_tax, "liability": SELF if automatic_tax else None, "disabled_reason": None},
        billing_cycle_anchor=anchor,
        billing_mode={"type": billing_mode, "flexible": flexible, "updated_at": None},
        billing_schedules=[],
        cancel_at_period_end=False,
        cancellation_details={"comment": None, "feedback": None, "feedback_option": None, "reason": None},
        collection_method="charge_automatically",
        created=created,
        currency=items[0]["price"]["currency"],
        customer=customer,
        default_payment_method=default_payment_method,
        default_tax_rates=[],
        description=description,
        discounts=[],
        invoice_settings={"account_tax_ids": None, "custom_fields": None, "description": None, "footer": None, "issuer": SELF},
        items=collection(f"/v1/subscription_items?subscription={id}", items),
        managed_payments={"enabled": False},
        metadata=metadata,
        payment_settings={"payment_method_options": None, "payment_method_types": None, "save_default_payment_method": "off"},
        start_date=created,
        status=status,
        trial_end=trial[1] if trial else None,
        trial_settings={"end_behavior": {"billing_cycle_anchor": None, "missing_payment_method": missing_payment_method}},
        trial_start=trial[0] if trial else None,
    )


def line(
    *, id: str, subscription: dict | None, price: dict, quantity: int, parent: dict, amount: int, description: str, period: tuple[int, int], discountable: bool
) -> dict:
    """A line of an invoice; its invoice's id, discounts and taxes come later."""
    return shaped(
        stripe.InvoiceLineItem,
        id=id,
        object="line_item",
        amount=amount,
        currency=price["currency"],
        description=description,
        discount_amounts=[],
        discountable=discountable,
        discounts=[],
        metadata=subscription["metadata"] if subscription else {},
        parent={"invoice_item_details": None, "subscription_item_details": None, **parent},
        period={"start": period[0], "end": period[1]},
        pretax_credit_amounts=[],
        pricing={
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        quantity=quantity,
        quantity_decimal=str(quantity),
        subscription=subscription["id"] if subscription else None,
        subtotal=amount,
        taxes=[],
    )


def of_item(item: dict, *, proration: bool) -> dict:
    """The parent of a line that bills a subscription's item."""
    details = {
        "invoice_item": None,
        "proration": proration,
        "proration_details": {"credited_items": None},
        "subscription": item["subscription"],
        "subscription_item": item["id"],
    }
    return {"type": "subscription_item_details", "subscription_item_details": details}


def of_single(invoice_item: str, subscription: str | None) -> dict:
    """The parent of a line that is billed once."""
    details = {"invoice_item": invoice_item, "proration": False, "proration_details": {"credited_items": None}, "subscription": subscription}
    return {"type": "invoice_item_details", "invoice_item_details": details}


def invoice(
    *,
    id: str,
    subscription: dict | None,
    customer: dict,
    lines: list[dict],
    sums: dict,
    reason: str,
    created: int,
    period: tuple[int, int],
    automatic_tax: bool,
    currency: str,
) -> dict:
    """A draft. `sums` is what `amounts.totals` says of `lines`; `period` is the one that ends with it, not the one it pays for."""
    tax = {"provider": "stripe", "status": "complete", "liability": SELF} if automatic_tax else {"provider": None, "status": None, "liability": None}
    parent = None
    if subscription:
        details = {"metadata": subscription["metadata"], "subscription": subscription["id"], "subscription_proration_date": None}
        parent = {"type": "subscription_details", "quote_details": None, "subscription_details": details}
    return shaped(
        stripe.Invoice,
        **sums,
        id=id,
        object="invoice",
        account_country="US",
        account_name="Stand-in school",
        amount_due=max(0, sums["total"]),
        amount_overpaid=0,
        amount_paid=0,
        amount_paid_off_stripe=0,
        amount_remaining=max(0, sums["total"]),
        amount_shipping=0,
        attempt_count=0,
        attempted=False,
        auto_advance=True,
        automatic_tax={"enabled": automatic_tax, "disabled_reason": None, **tax},
        billing_reason=reason,
        collection_method="charge_automatically",
        created=created,
        currency=currency,
        customer=customer["id"],
        customer_address=customer["address"],
        customer_email=customer["email"],
        customer_name=customer["name"],
        customer_phone=customer["phone"],
        customer_shipping=customer["shipping"],
        customer_tax_exempt=customer["tax_exempt"],
        customer_tax_ids=[],
        default_tax_rates=[],
        discounts=list(dict.fromkeys(discount for line in lines for discount in line["discounts"])),
        issuer=SELF,
        lines=collection(f"/v1/invoices/{id}/lines", [{**line, "invoice": id} for line in lines]),
        metadata={},
        parent=parent,
        payment_settings={"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        period_end=period[1],
        period_start=period[0],
        post_payment_credit_notes_amount=0,
        pre_payment_credit_notes_amount=0,
        starting_balance=customer["balance"] or 0,
        status="draft",
        status_transitions={"finalized_at": None, "marked_uncollectible_at": None, "paid_at": None, "voided_at": None},
        webhooks_delivered_at=created,
    )


def invoice_payment(*, id: str, invoice: dict, intent: str, created: int) -> dict:
    return shaped(
        stripe.InvoicePayment,
        id=id,
        object="invoice_payment",
        amount_requested=invoice["amount_due"],
        created=created,
        currency=invoice["currency"],
        invoice=invoice["id"],
        is_default=True,
        payment={"type": "payment_intent", "payment_intent": intent, "charge": None, "payment_record": None},
        _intent=intent,
        status="open",
        status_transitions={"canceled_at": None, "paid_at": None},
    )


def discount(*, id: str, coupon: dict, customer: str, start: int, end: int | None, subscription: str | None, session: str | None, code: str | None) -> dict:
    return shaped(
        stripe.Discount,
        id=id,
        object="discount",
        checkout_session=session,
        customer=customer,
        end=end,
        promotion_code=code,
        source={"type": "coupon", "coupon": coupon["id"]},
        start=start,
        subscription=subscription,
    )
