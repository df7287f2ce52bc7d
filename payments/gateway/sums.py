"""Charges and refunds of some days, to be added up; and which order or membership an intent to pay belongs to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from stripe.params import ChargeListParams, RefundListParams

from payments.gateway.client import answers, client

PAGE = 100


def charges_since(since: datetime) -> Iterator[dict[str, Any]]:
    """Every charge made since then, the newest first."""
    params: ChargeListParams = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
    return _every(lambda after: client().charges.list({**params, "starting_after": after} if after else params))


def refunds_since(since: datetime) -> Iterator[dict[str, Any]]:
    """Every refund made since then, the newest first."""
    params: RefundListParams = {"created": {"gte": int(since.timestamp())}, "limit": PAGE}
    return _every(lambda after: client().refunds.list({**params, "starting_after": after} if after else params))


def _every(page_after: Callable[[str], Any]) -> Iterator[dict[str, Any]]:
    after, has_more = "", True
    while has_more:
        with answers():
            page = page_after(after)
        yield from (thing.to_dict() for thing in page.data)
        has_more = page.has_more and bool(page.data)
        after = page.data[-1].id if page.data else ""


def session_of(intent: str) -> str:
    """The Checkout Session whose payment this is; "" when it was made otherwise."""
    with answers():
        found = client().checkout.sessions.list({"payment_intent": intent, "limit": 1}).data
    return found[0].id if found else ""


def invoice_of(intent: str) -> str:
    """The invoice that this payment is for; "" when it is for none."""
    with answers():
        found = client().invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": intent}, "limit": 1}).data
    return str(found[0].invoice) if found else ""
