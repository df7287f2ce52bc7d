"""A subscription's life: its start, its turns from period to period, its trial, its pause, its end."""

from copy import deepcopy
from dataclasses import dataclass, field

from stripe_standin import agenda, events
from stripe_standin.agenda import deed
from stripe_standin.billing import collection, discounts, invoices, settings, shapes
from stripe_standin.billing.periods import period_at, same_length
from stripe_standin.clock import DAY_S
from stripe_standin.errors import CardRefused, InvalidRequest
from stripe_standin.store import Store

LIVE = ("trialing", "active", "past_due", "unpaid")
WARNING_S = 3 * DAY_S  # before a trial ends
UNFINISHED_S = 23 * 3600  # then an incomplete subscription expires


@dataclass
class Order:
    """What somebody subscribes to."""

    customer: str
    items: list[tuple[dict, int, dict]]  # price, quantity, metadata
    once: list[tuple[dict, int]] = field(default_factory=list)  # price, quantity: on the first invoice only
    default_payment_method: str | None = None
    trial_end: int | None = None
    metadata: dict = field(default_factory=dict)
    description: str | None = None
    discounts: list[tuple[dict, str | None]] = field(default_factory=list)  # coupon, promotion code's id
    automatic_tax: bool = False
    tax_address: dict | None = None
    billing_mode: str = "flexible"
    missing_payment_method: str = "create_invoice"
    payment_behavior: str = "allow_incomplete"
    session: str | None = None


def start(store: Store, order: Order) -> tuple[dict, CardRefused | None]:
    """Make it, bill its first period (or a trial's nothing) and charge: all in this second. The refusal comes back beside it."""
    now = store.now()
    check_prices([price for price, _, _ in order.items])
    id = store.new_id("sub_1")
    trial = (now, order.trial_end) if order.trial_end else None
    anchor = order.trial_end or now
    period = trial or period_at(anchor, order.items[0][0]["recurring"], now)
    items = [
        shapes.item(id=store.new_id("si"), subscription=id, price=price, quantity=quantity, created=now, period=period, metadata=metadata)
        for price, quantity, metadata in order.items
    ]
    subscription = shapes.subscription(
        id=id,
        customer=order.customer,
        items=items,
        created=now,
        status="trialing" if trial else "incomplete",
        anchor=anchor,
        trial=trial,
        default_payment_method=order.default_payment_method,
        metadata=order.metadata,
        description=order.description,
        automatic_tax=order.automatic_tax,
        billing_mode=order.billing_mode,
        missing_payment_method=order.missing_payment_method,
    )
    subscription["_tax_address"] = order.tax_address
    store.add(subscription)
    discounts.give(store, subscription, order.discounts, start=now, session=order.session)
    store.save(subscription)
    events.emit(store, "customer.subscription.created", subscription)
    lines = [invoices.line_of(store, subscription, item, trial=bool(trial)) for item in items]
    lines += [invoices.single_line(store, subscription, price, quantity) for price, quantity in order.once]
    invoice = invoices.draft(store, subscription, lines, reason="subscription_create", period=(now, now))
    store.save(subscription)
    invoices.finalize(store, invoice)
    refusal = None
    if invoice["status"] == "paid":
        collection.paid(store, invoice)
    elif order.payment_behavior != "default_incomplete":
        refusal = collection.collect(store, invoice)
    subscription = store.get("subscription", id)
    if subscription["status"] == "incomplete":
        agenda.plan(store, now + UNFINISHED_S, "subscription.expire_incomplete", id)
    plan_turn(store, subscription)
    return subscription, refusal


def without_effects(refusal: CardRefused) -> CardRefused:
    """The refusal of a call that asked to be all or nothing (`error_if_incomplete`)."""
    refusal.keeps_effects = False
    return refusal


def price_on_sale(store: Store, id: str, param: str) -> dict:
    """A price that a request names; one taken off sale stays only where it already is."""
    price = store.get("price", id, param=param)
    if not price["active"]:
        raise InvalidRequest("The price specified is inactive. This field only accepts active prices.", param=param)
    return price


def check_prices(prices: list[dict]) -> None:
    """One currency and one interval, as the engine bills all items together."""
    for price in prices:
        if not price["recurring"]:
            raise InvalidRequest(f"The price specified is set to `type=one_time` but this field only accepts prices with `type=recurring`: {price['id']}")
        if price["currency"] != prices[0]["currency"]:
            raise InvalidRequest("All prices on a subscription must have the same currency.", param="items")
        if not same_length(price["recurring"], prices[0]["recurring"]):
            raise InvalidRequest("The stand-in bills the items of a subscription together: their prices must share one interval.", param="items")


def period_of(subscription: dict) -> tuple[int, int]:
    first = subscription["items"]["data"][0]
    return first["current_period_start"], first["current_period_end"]


def set_period(subscription: dict, period: tuple[int, int]) -> None:
    for entry in subscription["items"]["data"]:
        entry.update(current_period_start=period[0], current_period_end=period[1])


def plan_turn(store: Store, subscription: dict) -> None:
    """Put the subscription's coming moments on the agenda, in place of those that were there."""
    id = subscription["id"]
    for verb in ("subscription.turn", "subscription.end", "subscription.trial_will_end", "subscription.resume_collection"):
        agenda.forget(store, id, verb)
    if subscription["status"] not in (*LIVE, "incomplete"):
        return
    agenda.plan(store, period_of(subscription)[1], "subscription.turn", id)
    if subscription["cancel_at"]:
        agenda.plan(store, subscription["cancel_at"], "subscription.end", id)
    if subscription["status"] == "trialing" and not subscription.get("_warned"):
        agenda.plan(store, max(store.now(), subscription["trial_end"] - WARNING_S), "subscription.trial_will_end", id)
    if subscription["pause_collection"] and subscription["pause_collection"]["resumes_at"]:
        agenda.plan(store, subscription["pause_collection"]["resumes_at"], "subscription.resume_collection", id)


@deed("subscription.turn")
def turn(store: Store, id: str) -> None:
    """The period is over: end, or begin the next one with its invoice."""
    subscription = store.get("subscription", id)
    start, end = period_of(subscription)
    if subscription["status"] not in LIVE:
        return
    if subscription["cancel_at"] and subscription["cancel_at"] <= end:
        collection.end(store, subscription, reason="cancellation_requested")
        return
    if subscription["status"] == "trialing" and not collection.card_for(store, subscription):
        wanted = subscription["trial_settings"]["end_behavior"]["missing_payment_method"]
        if wanted == "cancel":
            collection.end(store, subscription, reason="payment_failed")
            return
        if wanted == "pause":
            pause(store, subscription)
            return
    before = deepcopy(subscription)
    if subscription["status"] == "trialing":
        subscription["status"] = "active"
    set_period(subscription, period_at(subscription["billing_cycle_anchor"], subscription["items"]["data"][0]["price"]["recurring"], end))
    bill(store, subscription, reason="subscription_cycle", period=(start, end), waits_s=settings.read(store)["finalize_after_s"])
    events.changed(store, "customer.subscription.updated", before, subscription)
    plan_turn(store, subscription)


def bill(store: Store, subscription: dict, *, reason: str, period: tuple[int, int], lines: list[dict] | None = None, waits_s: int | None = None) -> dict:
    """Draft the invoice of the period the items are in, and let it take its way: wait, open, be voided by a pause.

    The caller saves `subscription`, and collects when the invoice comes back open.
    """
    if lines is None:
        lines = [invoices.line_of(store, subscription, item) for item in subscription["items"]["data"]]
    invoice = invoices.draft(store, subscription, lines, reason=reason, period=period)
    pause = subscription["pause_collection"]
    if subscription["status"] == "unpaid" or (pause and pause["behavior"] == "keep_as_draft"):
        invoice["auto_advance"] = False
        store.save(invoice)
    elif pause:
        invoices.finalize(store, invoice)
        if invoice["status"] == "open":
            invoices.close(store, invoice, status="void" if pause["behavior"] == "void" else "uncollectible")
    elif waits_s is not None:
        invoice["automatically_finalizes_at"] = store.now() + waits_s
        store.save(invoice)
        agenda.plan(store, invoice["automatically_finalizes_at"], "invoice.finalize", invoice["id"])
    else:
        invoices.finalize(store, invoice)
    return invoice


@deed("subscription.end")
def end_when_due(store: Store, id: str) -> None:
    subscription = store.get("subscription", id)
    if subscription["status"] in LIVE and subscription["cancel_at"]:
        collection.end(store, subscription, reason="cancellation_requested")


@deed("subscription.trial_will_end")
def warn(store: Store, id: str) -> None:
    subscription = store.get("subscription", id)
    if subscription["status"] == "trialing":
        subscription["_warned"] = True
        store.save(subscription)
        events.emit(store, "customer.subscription.trial_will_end", subscription)


@deed("subscription.resume_collection")
def resume_collection(store: Store, id: str) -> None:
    subscription = store.get("subscription", id)
    if subscription["pause_collection"]:
        before = deepcopy(subscription)
        subscription["pause_collection"] = None
        events.changed(store, "customer.subscription.updated", before, subscription)


@deed("subscription.expire_incomplete")
def expire(store: Store, id: str) -> None:
    """Nobody paid the first invoice in 23 hours."""
    subscription = store.get("subscription", id)
    if subscription["status"] == "incomplete":
        invoice = store.get("invoice", subscription["latest_invoice"])
        if invoice["status"] == "open":
            invoices.close(store, invoice, status="void")
        before = deepcopy(subscription)
        subscription.update(status="incomplete_expired", ended_at=store.now())
        agenda.forget(store, id)
        events.changed(store, "customer.subscription.updated", before, subscription)


def pause(store: Store, subscription: dict) -> None:
    """A trial ended without a card, and the subscription says to wait for one. (Not `pause_collection`, where the status stays.)"""
    before = deepcopy(subscription)
    subscription["status"] = "paused"
    subscription["status_details"] = {
        "paused": {"subscription": {"type": "trial_end_without_payment_method"}, "transitioned_at": store.now(), "type": "subscription"}
    }
    agenda.forget(store, subscription["id"])
    events.changed(store, "customer.subscription.updated", before, subscription)
    events.emit(store, "customer.subscription.paused", subscription)


def resume(store: Store, subscription: dict) -> None:
    """A paused subscription begins again: a period from now, charged at once."""
    if subscription["status"] != "paused":
        raise InvalidRequest("Only paused subscriptions can be resumed. To undo a planned cancellation, update cancel_at_period_end or cancel_at instead.")
    now = store.now()
    subscription.update(status="active", status_details=None, billing_cycle_anchor=now)
    set_period(subscription, period_at(now, subscription["items"]["data"][0]["price"]["recurring"], now))
    invoice = bill(store, subscription, reason="subscription_cycle", period=(now, now))
    store.save(subscription)
    events.emit(store, "customer.subscription.resumed", subscription)
    plan_turn(store, subscription)
    collection.collect(store, invoice)
