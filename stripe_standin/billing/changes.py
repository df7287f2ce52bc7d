"""What `subscriptions.update` and the portal may change: plan, quantity, card, trial, pause, the end."""

from copy import deepcopy
from fractions import Fraction
from typing import Any

from stripe_standin import events
from stripe_standin.billing import amounts, collection, discounts, invoices, shapes
from stripe_standin.billing.periods import period_at, same_length
from stripe_standin.billing.subscriptions import LIVE, bill, check_prices, period_of, plan_turn, price_on_sale, set_period, without_effects
from stripe_standin.billing.words import day
from stripe_standin.errors import InvalidRequest
from stripe_standin.parameters import merged_metadata
from stripe_standin.resources.coupons import discount_on
from stripe_standin.store import Store

# Accepted and kept as they come; they change nothing the stand-in does.
PLAIN = ("description", "default_payment_method", "payment_settings", "invoice_settings", "trial_settings", "default_tax_rates", "days_until_due")
# Known to the library, not to the stand-in: better refused than ignored.
UNKNOWN_HERE = [
    "add_invoice_items",
    "application_fee_percent",
    "billing_schedules",
    "billing_thresholds",
    "collection_method",
    "default_source",
    "on_behalf_of",
    "pending_invoice_item_interval",
    "proration_date",
    "transfer_data",
    "trial_from_plan",
]
ENDED = "A canceled subscription can only update its cancellation_details and metadata."


def refuse_unsupported(given: dict[str, Any], names: list[str]) -> None:
    for name in names:
        if name in given:
            raise InvalidRequest(f"The stand-in does not implement {name} on subscriptions.", param=name)


def update(store: Store, id: str, given: dict[str, Any]) -> dict:
    """Apply one update call. What must be paid is charged now; a refused card raises only with `error_if_incomplete`."""
    refuse_unsupported(given, UNKNOWN_HERE)
    subscription = store.get("subscription", id)
    if subscription["status"] in collection.OVER and set(given) - {"metadata", "cancellation_details", "expand"}:
        raise InvalidRequest(ENDED, code="invalid_canceled_subscription_fields")
    before = deepcopy(subscription)
    for name in PLAIN:
        if name in given:
            subscription[name] = given[name] or None
    if "metadata" in given:
        subscription["metadata"] = merged_metadata(subscription["metadata"], given["metadata"])
    if "automatic_tax" in given:
        subscription["automatic_tax"] = {**subscription["automatic_tax"], "enabled": given["automatic_tax"]["enabled"]}
    if "discounts" in given:
        discounts.give(
            store,
            subscription,
            discounts.asked_for(store, given["discounts"] or [], subscription["customer"], subscription["items"]["data"]),
            start=store.now(),
        )
    if "pause_collection" in given:
        wanted = given["pause_collection"]
        subscription["pause_collection"] = {"behavior": wanted["behavior"], "resumes_at": wanted.get("resumes_at")} if wanted else None
    change_end(store, subscription, given)
    invoice = change_billing(store, subscription, given)
    events.changed(store, "customer.subscription.updated", before, subscription)
    plan_turn(store, subscription)
    if invoice and invoice["status"] == "open":
        refusal = collection.collect(store, invoice)
        if refusal and given.get("payment_behavior") == "error_if_incomplete":
            raise without_effects(refusal)
    return store.get("subscription", id)


def change_end(store: Store, subscription: dict, given: dict[str, Any]) -> None:
    if "cancellation_details" in given:
        details = {name: text or None for name, text in given["cancellation_details"].items()}
        subscription["cancellation_details"] = {**subscription["cancellation_details"], **details}
    if "cancel_at" in given and "cancel_at_period_end" in given:
        raise InvalidRequest("You may only specify one of these parameters: cancel_at, cancel_at_period_end.")
    if "cancel_at_period_end" in given:
        schedule_end(store, subscription, period_of(subscription)[1] if given["cancel_at_period_end"] else None, flag=given["cancel_at_period_end"])
    elif "cancel_at" in given:
        wanted = given["cancel_at"] or None
        if wanted in ("min_period_end", "max_period_end", "max_billed_until"):
            wanted = period_of(subscription)[1]
        elif wanted is not None and int(wanted) <= store.now():
            raise InvalidRequest("cancel_at must be in the future.", param="cancel_at")
        schedule_end(store, subscription, int(wanted) if wanted else None, flag=False)


def schedule_end(store: Store, subscription: dict, at: int | None, *, flag: bool) -> None:
    subscription.update(cancel_at=at, cancel_at_period_end=flag, canceled_at=store.now() if at else None)
    reason = "cancellation_requested" if at else None
    subscription["cancellation_details"] = {**subscription["cancellation_details"], "reason": reason}
    if not at:
        subscription["cancellation_details"] = {"comment": None, "feedback": None, "feedback_option": None, "reason": None}


def change_billing(store: Store, subscription: dict, given: dict[str, Any]) -> dict | None:
    """Items, trial and anchor. Returns the invoice this makes at once, if it makes one."""
    now = store.now()
    old_items = deepcopy(subscription["items"]["data"])
    old_period = period_of(subscription)
    if given.get("items"):
        change_items(store, subscription, given["items"])
    new_items = subscription["items"]["data"]
    recurring = new_items[0]["price"]["recurring"]
    trialing = subscription["status"] == "trialing"
    trial_end = given.get("trial_end")
    if trial_end is not None and trial_end != "now":
        if int(trial_end) <= now:
            raise InvalidRequest("trial_end must be in the future. Use `now` to end the trial.", param="trial_end")
        subscription.update(status="trialing", trial_start=subscription["trial_start"] or now, trial_end=int(trial_end), billing_cycle_anchor=int(trial_end))
        subscription["_warned"] = False
        set_period(subscription, (now if not trialing else old_period[0], int(trial_end)))
        return None if trialing else bill(store, subscription, reason="subscription_update", period=(now, now), lines=trial_lines(store, subscription))
    ends_trial = trialing and trial_end == "now"
    anchored = (given.get("billing_cycle_anchor") or {}).get("type") == "now" if isinstance(given.get("billing_cycle_anchor"), dict) else False
    if trialing and not ends_trial:
        set_period(subscription, old_period)
        return None
    starts_anew = ends_trial or anchored or not same_length(recurring, old_items[0]["price"]["recurring"])
    behavior = given.get("proration_behavior", "create_prorations")
    if starts_anew:
        credits = [] if ends_trial or behavior == "none" else credit_lines(store, subscription, old_items, old_period)
        if ends_trial:
            subscription.update(status="active", trial_end=now)
        subscription["billing_cycle_anchor"] = now
        set_period(subscription, period_at(now, recurring, now))
        if subscription["cancel_at_period_end"]:
            subscription["cancel_at"] = period_of(subscription)[1]
        charges = [invoices.line_of(store, subscription, entry) for entry in new_items]
        return bill(store, subscription, reason="subscription_update", period=(old_period[0], now), lines=[*credits, *charges])
    set_period(subscription, old_period)
    same = [(entry["price"]["id"], entry["quantity"]) for entry in old_items] == [(entry["price"]["id"], entry["quantity"]) for entry in new_items]
    if same or behavior == "none" or subscription["status"] not in LIVE:
        return None
    lines = [*credit_lines(store, subscription, old_items, old_period), *remaining_lines(store, subscription, old_period)]
    if behavior == "create_prorations":
        subscription["_pending_lines"] = [*subscription.get("_pending_lines", []), *lines]
        return None
    return bill(store, subscription, reason="subscription_update", period=(old_period[0], now), lines=lines)


def change_items(store: Store, subscription: dict, wanted: list[dict]) -> None:
    items = {entry["id"]: entry for entry in subscription["items"]["data"]}
    for number, change in enumerate(wanted):
        if change.get("price_data") or change.get("plan"):
            raise InvalidRequest("The stand-in changes items by `price` and `quantity` only.", param=f"items[{number}]")
        if "id" in change and change["id"] not in items:
            raise InvalidRequest(
                f"Item {change['id']} is not part of subscription {subscription['id']}.", code="resource_missing", param=f"items[{number}][id]"
            )
        if change.get("deleted"):
            items.pop(change["id"])
            continue
        price = price_on_sale(store, change["price"], f"items[{number}][price]") if "price" in change else None
        if "id" in change:
            entry = items[change["id"]]
            if price:
                entry.update(price=price, plan=shapes.plan_of(price))
            entry["quantity"] = change.get("quantity", entry["quantity"])
            entry["metadata"] = merged_metadata(entry["metadata"], change.get("metadata"))
        elif price:
            made = shapes.item(
                id=store.new_id("si"),
                subscription=subscription["id"],
                price=price,
                quantity=change.get("quantity", 1),
                created=store.now(),
                period=period_of(subscription),
                metadata=change.get("metadata") or {},
            )
            items[made["id"]] = made
        else:
            raise InvalidRequest("Missing required param: items[0][price].", code="parameter_missing", param=f"items[{number}][price]")
    if not items:
        raise InvalidRequest("A subscription must have at least one item.", param="items")
    check_prices([entry["price"] for entry in items.values()])
    subscription["items"] = shapes.collection(subscription["items"]["url"], list(items.values()))


def trial_lines(store: Store, subscription: dict) -> list[dict]:
    return [invoices.line_of(store, subscription, entry, trial=True) for entry in subscription["items"]["data"]]


def left_of(period: tuple[int, int], now: int, amount: int) -> int:
    """The part of `amount` that falls to the rest of the period."""
    return amounts.rounded(Fraction(amount * (period[1] - now), period[1] - period[0]))


def proration(store: Store, subscription: dict, item: dict, amount: int, words: str, until: int) -> dict:
    now = store.now()
    name = store.get("product", item["price"]["product"])["name"]
    text = f"{words} time on {item['quantity']} × {name} after {day(now)}"
    return shapes.line(
        id=store.new_id("il"),
        subscription=subscription,
        price=item["price"],
        quantity=item["quantity"],
        parent=shapes.of_item(item, proration=True),
        amount=amount,
        description=text,
        period=(now, until),
        discountable=False,
    )


def credit_lines(store: Store, subscription: dict, items: list[dict], period: tuple[int, int]) -> list[dict]:
    """Money back for the unused rest of the period, by what was really billed for it (discounts taken off, earlier changes counted)."""
    now = store.now()
    unused = dict.fromkeys((entry["id"] for entry in items), 0)
    for invoice in invoices.of_subscription(store, subscription["id"]):
        if invoice["status"] not in ("paid", "open"):
            continue
        for line in invoice["lines"]["data"]:
            span = (line["period"]["start"], line["period"]["end"])
            item = (line["parent"]["subscription_item_details"] or {}).get("subscription_item")
            if span[1] == period[1] and item in unused and span[0] < span[1]:
                unused[item] += left_of(span, now, amounts.discounted(line))
    return [proration(store, subscription, entry, -unused[entry["id"]], "Unused", period[1]) for entry in items]


def remaining_lines(store: Store, subscription: dict, period: tuple[int, int]) -> list[dict]:
    """The new price for the rest of the period, percentages of the coupons in force already taken off."""
    now = store.now()
    lines = []
    for entry in subscription["items"]["data"]:
        amount = left_of(period, now, entry["price"]["unit_amount"] * entry["quantity"])
        for _, coupon in discounts.in_force(store, subscription, now):
            if coupon["percent_off"] is not None:
                amount -= discount_on(coupon, [(entry["price"]["product"], amount)])[0]
        lines.append(proration(store, subscription, entry, amount, "Remaining", period[1]))
    return lines
