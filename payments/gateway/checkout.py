"""Checkout Sessions: the page at Stripe where an order is paid."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stripe.params.checkout import SessionCreateParams

from payments.gateway.client import answers, client

# What a session is asked with: all that a projection needs, in one answer.
PARTS = ["line_items", "payment_intent.latest_charge.balance_transaction", "invoice", "subscription"]
PAGE = 100


def create_session(*, key: str, params: SessionCreateParams) -> dict[str, Any]:
    with answers():
        return client().checkout.sessions.create(params, {"idempotency_key": key}).to_dict()


def fetch_session(session_id: str) -> dict[str, Any]:
    """The session as it is now, with its payment, invoice and subscription, and every line of it."""
    with answers():
        session = client().checkout.sessions.retrieve(session_id, {"expand": PARTS}).to_dict()
        if session["line_items"]["has_more"]:  # only the first ten come with the session
            lines = client().checkout.sessions.line_items.list(session_id, {"limit": PAGE})
            session["line_items"]["data"] = [line.to_dict() for line in lines.auto_paging_iter()]
    return session


def expire_session(session_id: str) -> dict[str, Any]:
    """Nobody can pay it from now on. Refused when it is no longer open: paid, perhaps."""
    with answers():
        return client().checkout.sessions.expire(session_id).to_dict()


def list_sessions(*, customer: str) -> Iterator[dict[str, Any]]:
    """Every session of a customer, the latest first."""
    with answers():
        for session in client().checkout.sessions.list({"customer": customer, "limit": PAGE}).auto_paging_iter():
            yield session.to_dict()
