"""Subscriptions and their invoices at Stripe."""

from __future__ import annotations

from typing import Any

from stripe.params import SubscriptionUpdateParams

from payments.gateway.client import answers, client

PAGE = 100


def fetch_subscription(subscription_id: str) -> dict[str, Any]:
    """The subscription as it is now, with its latest invoice."""
    with answers():
        return client().subscriptions.retrieve(subscription_id, {"expand": ["latest_invoice"]}).to_dict()


def update_subscription(subscription_id: str, params: SubscriptionUpdateParams, *, key: str = "") -> dict[str, Any]:
    """Set what `params` says. Only what names a wished state may be repeated without a key."""
    with answers():
        return client().subscriptions.update(subscription_id, params, {"idempotency_key": key} if key else {}).to_dict()


def pay_invoice(invoice_id: str) -> dict[str, Any]:
    """Ask the customer's card for an open invoice. Stripe pays an invoice once, so this may be repeated; a declined card is refused."""
    with answers():
        return client().invoices.pay(invoice_id).to_dict()


def cancel_subscription(subscription_id: str) -> dict[str, Any]:
    """End it at once, without a last invoice. One that has ended already is refused."""
    with answers():
        return client().subscriptions.cancel(subscription_id, {"invoice_now": False, "prorate": False}).to_dict()


def fetch_invoice(invoice_id: str) -> dict[str, Any]:
    with answers():
        return client().invoices.retrieve(invoice_id).to_dict()


def paid_invoices(subscription_id: str) -> list[dict[str, Any]]:
    """The invoices of a subscription that are paid, the latest first: eight years of months in one page."""
    with answers():
        return client().invoices.list({"subscription": subscription_id, "status": "paid", "limit": PAGE, "expand": ["data.payments"]}).to_dict()["data"]


def charge_of(invoice: dict[str, Any]) -> dict[str, Any] | None:
    """The charge that paid `invoice` (as `paid_invoices` gives it), with its balance transaction; None when no card was charged."""
    paid = [entry["payment"] for entry in (invoice.get("payments") or {}).get("data", []) if entry["status"] == "paid"]
    for payment in paid:
        if intent := payment.get("payment_intent"):
            with answers():
                found = client().payment_intents.retrieve(intent, {"expand": ["latest_charge.balance_transaction"]}).to_dict()
            if found["latest_charge"]:
                return found["latest_charge"]
    return None


def subscription_of(invoice: dict[str, Any]) -> str:
    """The id of the subscription an invoice bills; "" when it bills something else."""
    details = (invoice.get("parent") or {}).get("subscription_details") or {}
    found = details.get("subscription") or ""
    return found if isinstance(found, str) else found["id"]
