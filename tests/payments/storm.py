"""A school's worth of news at the stand-in, delivered as badly as it may come; and every way in which rows may differ from it."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from payments.gateway.client import client
from payments.models import AccessGrant, Dispute, Order, Payment, Refund, Subscription
from payments.selectors import has_access
from payments.services import open_checkout, start_order
from payments.services.refunds import SETTLED
from payments.subjects import LIBRARY
from tests.factories.accounts import UserFactory
from tests.factories.payments import MembershipPriceFactory, PriceFactory
from tests.payments.webhooks import signature

DAY = timedelta(days=1)
DECLINES = "4000000000000341"  # can be saved, declines when it is charged

Event = dict[str, Any]


def make_news(control: Any, *, orders: int, unpaid: int, members: int, months: int, refunds: int, disputes: int) -> list[Event]:
    """People buy, renew, fail, cancel, are refunded and disputed at the stand-in, and nobody tells us; returns its events.

    Every third member's card declines from the second month on, every third other one cancels.
    """
    price, membership = PriceFactory(), MembershipPriceFactory()
    sold = []
    for number in range(orders + unpaid):
        attempt = open_checkout(order=start_order(user=UserFactory(), price=price))
        if number < orders:
            control.pay(attempt.stripe_session_id)
            sold.append(attempt.stripe_session_id)
    charges = {charge["payment_intent"]: charge["id"] for charge in control.objects("charge")}
    paid = [charges[session["payment_intent"]] for session in control.objects("checkout.session") if session["id"] in sold]
    for number in range(members):
        attempt = open_checkout(order=start_order(user=UserFactory(), price=membership))
        session = control.pay(attempt.stripe_session_id)
        if number % 3 == 0:
            control.set_card(session["customer"], DECLINES)
    for number, charge in enumerate(paid[:refunds]):
        control.dashboard_refund(charge, None if number % 2 else 900)
    for number, charge in enumerate(paid[refunds : refunds + disputes]):
        dispute = control.open_dispute(charge)
        if number % 3:
            control.close_dispute(dispute["id"], won=number % 3 == 1)
    for _month in range(months):
        control.advance(32 * DAY.total_seconds())
    for number, subscription in enumerate(control.objects("subscription")):
        if number % 3 == 1:
            client().subscriptions.cancel(subscription["id"])
    return list(control.events())


def deliveries_of(events: list[Event], times: int, seed: int = 7) -> list[Event]:
    """Each event so many times, in no order."""
    shuffled = events * times
    random.Random(seed).shuffle(shuffled)
    return shuffled


def deliver_over_http(url: str, deliveries: list[Event], threads: int) -> list[int]:
    """POST them all from `threads` connections at once, signed as they leave; the answers' statuses."""
    parts = urlsplit(url)

    def one_line(share: list[Event]) -> list[int]:
        line, statuses = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=60), []
        for event in share:
            body = json.dumps(event)
            headers = {"Content-Type": "application/json", "Stripe-Signature": signature(body)}
            line.request("POST", "/payments/stripe/webhook/", body, headers)
            answer = line.getresponse()
            answer.read()
            statuses.append(answer.status)
        line.close()
        return statuses

    with ThreadPoolExecutor(threads) as pool:
        return [status for statuses in pool.map(one_line, [deliveries[n::threads] for n in range(threads)]) for status in statuses]


def wait_until(ready: Callable[[], bool], limit_s: float, what: Callable[[], object]) -> None:
    end = time.monotonic() + limit_s
    while not ready():
        assert time.monotonic() < end, what()
        time.sleep(0.2)


def differences(control: Any) -> list[tuple[str, str, Any, Any]]:
    """What our rows say otherwise than the stand-in: (kind, id, ours, theirs). Nothing when every object is as it stands there."""
    charges = {charge["id"]: charge for charge in control.objects("charge") if charge["status"] == "succeeded"}
    refunds, disputes = control.objects("refund"), control.objects("dispute")
    found = _apart("order", _orders_here(), {s["metadata"]["order"]: _order_there(s) for s in control.objects("checkout.session")})
    found += _apart(
        "payment",
        {row.stripe_charge_id: (row.amount_cents, row.refunded_cents) for row in Payment.objects.all()},
        {pk: (charge["amount_captured"], charge["amount_refunded"]) for pk, charge in charges.items()},
    )
    found += _apart(
        "refund",
        {row.stripe_refund_id: (row.amount_cents, row.state) for row in Refund.objects.all()},
        {refund["id"]: (refund["amount"], SETTLED.get(refund["status"], Refund.State.PENDING)) for refund in refunds},
    )
    found += _apart("dispute", dict(Dispute.objects.values_list("stripe_dispute_id", "status")), {dispute["id"]: dispute["status"] for dispute in disputes})
    found += _apart(
        "membership",
        {row.stripe_subscription_id: (row.status, row.current_period_end, row.ended_at) for row in Subscription.objects.all()},
        {sub["id"]: (sub["status"], _time(sub["items"]["data"][0]["current_period_end"]), _time(sub["ended_at"])) for sub in control.objects("subscription")},
    )
    return found + _apart("access", *_access(control, charges, disputes))


def _apart(kind: str, ours: dict[str, Any], theirs: dict[str, Any]) -> list[tuple[str, str, Any, Any]]:
    return [(kind, pk, ours.get(pk), theirs.get(pk)) for pk in sorted({*ours, *theirs}) if ours.get(pk) != theirs.get(pk)]


def _orders_here() -> dict[str, Any]:
    return {str(order.pk): (order.state, order.total_cents) for order in Order.objects.all()}


def _order_there(session: Event) -> tuple[str, int]:
    is_paid = session["status"] == "complete" and session["payment_status"] != "unpaid"
    state = Order.State.PAID if is_paid else Order.State.CLOSED if session["status"] == "expired" else Order.State.OPEN
    return state, session["amount_total"]


def _access(control: Any, charges: dict[str, Event], disputes: list[Event]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Who may open what, here and as the stand-in's money says. A late payer is left out: the grace counts from our own clock."""
    by_intent = {charge["payment_intent"]: charge for charge in charges.values()}
    questioned = {dispute["charge"] for dispute in disputes if dispute["status"] != "won"}
    here: dict[str, Any] = {}
    there: dict[str, Any] = {}
    for order in Order.objects.select_related("user").prefetch_related("lines"):
        for line in order.lines.all():
            if line.subject != LIBRARY:
                here[f"{order.pk}:{line.subject}"] = has_access(order.user, line.subject)
    for session in control.objects("checkout.session"):
        charge = by_intent.get(session["payment_intent"])
        is_open = charge is not None and charge["amount_refunded"] < charge["amount_captured"] and charge["id"] not in questioned
        there |= {name: is_open for name in here if name.split(":")[0] == session["metadata"]["order"]}
    ends = _paid_ends(control)
    for sub in control.objects("subscription"):
        row = Subscription.objects.filter(stripe_subscription_id=sub["id"]).first()
        if row and sub["status"] in ("active", "canceled"):  # open to the end of what was paid, and a day more while it renews
            end = ends[sub["id"]]
            grants = AccessGrant.objects.filter(user=row.user_id, subject=LIBRARY)
            moments = end - timedelta(hours=1), end, end + 2 * DAY
            here[sub["id"]], there[sub["id"]] = [grants.live(at).exists() for at in moments], [True, sub["status"] == "active", False]
    return here, there


def _paid_ends(control: Any) -> dict[str, datetime]:
    """The end of what was paid for, by subscription."""
    ends: dict[str, datetime] = {}
    for invoice in control.objects("invoice"):
        bills = (invoice["parent"] or {}).get("subscription_details")
        if invoice["status"] == "paid" and bills:
            found = [_time(line["period"]["end"]) for line in invoice["lines"]["data"]]
            ends[bills["subscription"]] = max([*found, ends.get(bills["subscription"], found[0])])
    return ends


def _time(seconds: int | None) -> Any:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
