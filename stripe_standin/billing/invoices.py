"""Invoices of subscriptions: drafted, finalized, paid or voided. What a payment means for the subscription is in `collection`."""

import secrets
from collections.abc import Iterable

from stripe_standin import events
from stripe_standin.billing import amounts, discounts, shapes, taxes, till, words
from stripe_standin.errors import InvalidRequest
from stripe_standin.store import Store


def line_of(store: Store, subscription: dict, item: dict, *, trial: bool = False) -> dict:
    """The line that bills `item` for the period it is in."""
    price, quantity = item["price"], item["quantity"]
    name = store.get("product", price["product"])["name"]
    return shapes.line(
        id=store.new_id("il"),
        subscription=subscription,
        price=price,
        quantity=quantity,
        parent=shapes.of_item(item, proration=False),
        amount=0 if trial else price["unit_amount"] * quantity,
        description=f"Trial period for {name}" if trial else f"{quantity} × {name} ({words.at_price(price)})",
        period=(item["current_period_start"], item["current_period_end"]),
        discountable=True,
    )


def single_line(store: Store, subscription: dict | None, price: dict, quantity: int) -> dict:
    """The line of something bought once."""
    now = store.now()
    return shapes.line(
        id=store.new_id("il"),
        subscription=subscription,
        price=price,
        quantity=quantity,
        parent=shapes.of_single(store.new_id("ii_1"), subscription["id"] if subscription else None),
        amount=price["unit_amount"] * quantity,
        description=store.get("product", price["product"])["name"],
        period=(now, now),
        discountable=True,
    )


def draft(store: Store, subscription: dict, lines: list[dict], *, reason: str, period: tuple[int, int]) -> dict:
    """Make the invoice, take discounts and tax into account, and write it on `subscription` (which the caller saves)."""
    customer = store.get("customer", subscription["customer"])
    now = store.now()
    lines = [*lines, *subscription.pop("_pending_lines", [])]
    amounts.discount_lines(lines, discounts.in_force(store, subscription, now))
    sums = amounts.totals(lines, tax=taxes.of_line(store, subscription, customer))
    invoice = shapes.invoice(
        id=store.new_id("in_1"),
        subscription=subscription,
        customer=customer,
        lines=lines,
        sums=sums,
        reason=reason,
        created=now,
        period=period,
        automatic_tax=subscription["automatic_tax"]["enabled"],
        currency=subscription["currency"],
    )
    invoice["_subscription"] = subscription["id"]
    store.add(invoice)
    discounts.spend(store, subscription, invoice)
    subscription["latest_invoice"] = invoice["id"]
    events.emit(store, "invoice.created", invoice)
    return invoice


def finalize(store: Store, invoice: dict) -> None:
    """Open it, with a payment intent for what it asks. One that asks for nothing is paid at once."""
    if invoice["status"] != "draft":
        raise InvalidRequest("This invoice is already finalized, you can't re-finalize a non-draft invoice.", code="invoice_not_editable")
    open_up(store, invoice)
    if invoice["amount_due"]:
        intent = till.open_intent(store, invoice)
        store.add(shapes.invoice_payment(id=store.new_id("inpay_1"), invoice=invoice, intent=intent["id"], created=store.now()))
    else:
        mark_paid(store, invoice)


def open_up(store: Store, invoice: dict, *, use_balance: bool = True) -> None:
    """Number it, and take the customer's balance into account."""
    old = store.get("customer", invoice["customer"])
    balance = (old["balance"] or 0) if use_balance else 0
    due = max(0, invoice["total"] + balance)
    left = balance + invoice["total"] - due
    customer = store.save({**old, "next_invoice_sequence": old["next_invoice_sequence"] + 1})
    if use_balance:
        events.changed(store, "customer.updated", customer, {**customer, "balance": left})
    secret = secrets.token_urlsafe(24)
    invoice.update(
        status="open",
        number=f"{customer['invoice_prefix']}-{old['next_invoice_sequence']:04d}",
        starting_balance=balance,
        ending_balance=left,
        amount_due=due,
        amount_remaining=due,
        effective_at=store.now(),
        automatically_finalizes_at=None,
        hosted_invoice_url=f"{store.pages}/i/{secret}",
        invoice_pdf=f"{store.pages}/i/{secret}/pdf",
        _secret=secret,
    )
    invoice["status_transitions"]["finalized_at"] = store.now()
    store.save(invoice)
    events.emit(store, "invoice.finalized", invoice)


def payment_of(store: Store, invoice: dict) -> dict | None:
    """The invoice's own payment, which holds the payment intent; None for an invoice that asked for nothing."""
    found = store.all("invoice_payment", invoice=invoice["id"])
    return found[-1] if found else None


def mark_paid(store: Store, invoice: dict, *, amount: int = 0, out_of_band: bool = False) -> None:
    invoice.update(
        status="paid", amount_paid=amount, amount_paid_off_stripe=amount if out_of_band else 0, amount_remaining=0, attempted=True, next_payment_attempt=None
    )
    invoice["auto_advance"] = False
    invoice["status_transitions"]["paid_at"] = store.now()
    store.save(invoice)
    payment = payment_of(store, invoice)
    if payment and not out_of_band:
        payment.update(status="paid", amount_paid=amount, status_transitions={"canceled_at": None, "paid_at": store.now()})
        store.save(payment)
    events.emit(store, "invoice.paid", invoice)
    events.emit(store, "invoice.payment_succeeded", invoice)
    if payment and not out_of_band:
        events.emit(store, "invoice_payment.paid", payment)


def close(store: Store, invoice: dict, *, status: str) -> None:
    """`void` or `uncollectible`: nobody will ask for this money any more."""
    if invoice["status"] not in ("open", "uncollectible"):
        raise InvalidRequest(f"You can only {'void' if status == 'void' else 'mark as uncollectible'} open invoices; this one is {invoice['status']}.")
    invoice.update(status=status, auto_advance=False, next_payment_attempt=None)
    invoice["status_transitions"]["voided_at" if status == "void" else "marked_uncollectible_at"] = store.now()
    store.save(invoice)
    payment = payment_of(store, invoice)
    if payment and payment["status"] == "open" and status == "void":
        payment.update(status="canceled", status_transitions={"canceled_at": store.now(), "paid_at": None})
        store.save(payment)
        till.cancel_intent(store, payment["payment"]["payment_intent"])
    if status == "void" and invoice["starting_balance"] != invoice["ending_balance"]:
        customer = store.get("customer", invoice["customer"])
        before = dict(customer)
        customer["balance"] += invoice["starting_balance"] - invoice["ending_balance"]
        events.changed(store, "customer.updated", before, customer)
    events.emit(store, "invoice.voided" if status == "void" else "invoice.marked_uncollectible", invoice)


def unpaid_of(store: Store, subscription: dict) -> Iterable[dict]:
    return (invoice for invoice in of_subscription(store, subscription["id"]) if invoice["status"] == "open")


def of_subscription(store: Store, id: str) -> list[dict]:
    return store.all("invoice", _subscription=id)
