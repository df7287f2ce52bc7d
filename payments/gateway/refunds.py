"""Charges, refunds and disputes at Stripe."""

from __future__ import annotations

from typing import Any

from stripe.params import RefundCreateParams, RefundListParams

from payments.gateway.client import answers, client

PAGE = 100


def create_refund(*, intent: str, charge: str, amount_cents: int, reason: str, key: str, metadata: dict[str, str]) -> dict[str, Any]:
    """Ask for one refund of a payment, named by its intent or else by its charge. The same `key` asks for the same one."""
    params: RefundCreateParams = {"amount": amount_cents, "metadata": metadata}
    if intent:
        params["payment_intent"] = intent
    else:
        params["charge"] = charge
    if reason:
        params["reason"] = reason
    with answers():
        return client().refunds.create(params, {"idempotency_key": key}).to_dict()


def list_refunds(*, intent: str, charge: str) -> list[dict[str, Any]]:
    """Every refund of a payment, however it was made."""
    params: RefundListParams = {"limit": PAGE}
    if intent:
        params["payment_intent"] = intent
    else:
        params["charge"] = charge
    with answers():
        return [refund.to_dict() for refund in client().refunds.list(params).auto_paging_iter()]


def fetch_refund(refund_id: str) -> dict[str, Any]:
    with answers():
        return client().refunds.retrieve(refund_id).to_dict()


def fetch_charge(charge_id: str) -> dict[str, Any]:
    """With its balance transaction, which tells Stripe's fee once it is known."""
    with answers():
        return client().charges.retrieve(charge_id, {"expand": ["balance_transaction"]}).to_dict()


def list_disputes(*, charge: str) -> list[dict[str, Any]]:
    with answers():
        return [dispute.to_dict() for dispute in client().disputes.list({"charge": charge, "limit": PAGE}).auto_paging_iter()]


def fetch_dispute(dispute_id: str) -> dict[str, Any]:
    with answers():
        return client().disputes.retrieve(dispute_id).to_dict()
