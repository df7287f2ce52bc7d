"""What a completed Checkout leaves in Billing: a subscription with its first invoice, or the invoice of a single purchase."""

from stripe_standin import events
from stripe_standin.billing import amounts, invoices, shapes, subscriptions
from stripe_standin.clock import DAY_S
from stripe_standin.errors import InvalidRequest
from stripe_standin.store import Store

SHORTEST_TRIAL_S = 2 * DAY_S
KNOWN = {"trial_period_days", "trial_end", "metadata", "description", "trial_settings", "billing_mode", "proration_behavior", "invoice_settings"}


def check_data(store: Store, data: dict) -> None:
    """`subscription_data` of a new session: what is not known here is refused, and a trial must last two days."""
    if unknown := set(data) - KNOWN:
        raise InvalidRequest(f"The stand-in does not implement subscription_data[{min(unknown)}].", param=f"subscription_data[{min(unknown)}]")
    if data.get("trial_end") and data.get("trial_period_days"):
        raise InvalidRequest("You may only specify one of these parameters: trial_end, trial_period_days.")
    if data.get("trial_end") and int(data["trial_end"]) < store.now() + SHORTEST_TRIAL_S:
        raise InvalidRequest("The `trial_end` date has to be at least 2 days in the future.", param="subscription_data[trial_end]")
    if data.get("trial_period_days") is not None and data["trial_period_days"] < 1:
        raise InvalidRequest("The minimum number of trial period days is 1.", param="subscription_data[trial_period_days]")


def start_subscription(store: Store, session: dict, method: dict | None) -> dict:
    """The subscription a person pays for on `session`'s page. A refused card raises, and leaves nothing behind."""
    data = session["_subscription_data"]
    lines = session["_lines"]
    trial_end = data.get("trial_end")
    if data.get("trial_period_days"):
        trial_end = store.now() + data["trial_period_days"] * DAY_S
    coupon = store.find(session["_coupon"])
    order = subscriptions.Order(
        customer=session["customer"],
        items=[(line["price"], line["quantity"], line["metadata"]) for line in lines if line["price"]["type"] == "recurring"],
        once=[(line["price"], line["quantity"]) for line in lines if line["price"]["type"] == "one_time"],
        default_payment_method=method["id"] if method else None,
        trial_end=int(trial_end) if trial_end else None,
        metadata=data.get("metadata") or {},
        description=data.get("description"),
        discounts=[(coupon, session["_promotion"])] if coupon else [],
        automatic_tax=session["automatic_tax"]["enabled"],
        tax_address=(session["customer_details"] or {}).get("address"),
        billing_mode=(data.get("billing_mode") or {}).get("type", "flexible"),
        missing_payment_method=((data.get("trial_settings") or {}).get("end_behavior") or {}).get("missing_payment_method", "create_invoice"),
        session=session["id"],
    )
    subscription, refusal = subscriptions.start(store, order)
    if refusal:
        raise subscriptions.without_effects(refusal)
    return subscription


def invoice_session(store: Store, session: dict, intent: dict | None) -> dict | None:
    """The paid invoice of a session in payment mode that asked for one. None without a customer to address it to."""
    if not session["customer"]:
        return None
    customer = store.get("customer", session["customer"])
    wanted = session["invoice_creation"]["invoice_data"]
    discount = None
    if coupon := store.find(session["_coupon"]):
        discount = shapes.discount(
            id=store.new_id("di"),
            coupon=coupon,
            customer=customer["id"],
            start=store.now(),
            end=None,
            subscription=None,
            session=session["id"],
            code=session["_promotion"],
        )
        store.add(discount)
    lines, taxes = [], {}
    for entry in session["_lines"]:
        line = invoices.single_line(store, None, entry["price"], entry["quantity"])
        if discount:
            line["discounts"] = [discount["id"]]
            line["discount_amounts"] = [{"amount": entry["amount_discount"], "discount": discount["id"]}]
        taxes[line["id"]] = entry
        lines.append(line)

    def taxed(line: dict, taxable: int) -> list[dict]:
        entry = taxes[line["id"]]
        if not session["automatic_tax"]["enabled"]:
            return []
        behavior = "inclusive" if entry["price"]["tax_behavior"] == "inclusive" else "exclusive"
        return [amounts.tax(entry["amount_tax"], taxable, behavior=behavior, rate="session")]

    invoice = shapes.invoice(
        id=store.new_id("in_1"),
        subscription=None,
        customer=customer,
        lines=lines,
        sums=amounts.totals(lines, tax=taxed),
        reason="manual",
        created=store.now(),
        period=(store.now(), store.now()),
        automatic_tax=session["automatic_tax"]["enabled"],
        currency=session["currency"],
    )
    invoice.update({name: wanted[name] for name in ("description", "footer", "custom_fields") if wanted.get(name)})
    invoice["metadata"] = wanted.get("metadata") or {}
    store.add(invoice)
    events.emit(store, "invoice.created", invoice)
    invoices.open_up(store, invoice, use_balance=False)
    if intent:
        store.add(shapes.invoice_payment(id=store.new_id("inpay_1"), invoice=invoice, intent=intent["id"], created=store.now()))
    invoices.mark_paid(store, invoice, amount=invoice["amount_due"])
    return invoice
