"""Disputes: the cardholder's bank takes the money back, and perhaps returns it."""

from __future__ import annotations

import stripe
from stripe.params import DisputeCloseParams, DisputeListParams, DisputeRetrieveParams, DisputeUpdateParams

from stripe_standin import agenda
from stripe_standin.calls import Call, Thing, api
from stripe_standin.clock import DAY_S
from stripe_standin.errors import InvalidRequest
from stripe_standin.events import changed, emit
from stripe_standin.parameters import merged_metadata
from stripe_standin.resources.balance import book
from stripe_standin.shapes import shaped
from stripe_standin.store import Store

FEE = 1500
ANSWER_WITHIN_S = 9 * DAY_S
OVER = ("won", "lost")


@agenda.deed("disputes.open")
def open_by_card(store: Store, charge: str) -> None:
    open_dispute(store, store.get("charge", charge))


def open_dispute(store: Store, charge: Thing, *, reason: str = "fraudulent") -> Thing:
    """For what has not been refunded. The money and a fee leave the balance at once."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if not charge["paid"] or charge["disputed"] or not left:
        raise InvalidRequest(f"Charge {charge['id']} cannot be disputed: it is unpaid, refunded or disputed already.")
    id = store.new_id("du_1")
    withdrawn = book(store, "adjustment", -left, charge["currency"], id, fee=FEE, description=f"Chargeback withdrawal for {charge['id']}", category="dispute")
    card = charge["payment_method_details"].get("card")
    dispute = shaped(
        stripe.Dispute,
        id=id,
        object="dispute",
        amount=left,
        balance_transactions=[withdrawn],
        charge=charge["id"],
        created=store.now(),
        currency=charge["currency"],
        enhanced_eligibility_types=[],
        evidence={"enhanced_evidence": {}},
        evidence_details={
            "due_by": store.now() + ANSWER_WITHIN_S,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        is_charge_refundable=False,
        metadata={},
        payment_intent=charge["payment_intent"],
        payment_method_details={
            "type": "card",
            "card": {name: card[name] for name in ("brand", "network")} | {"case_type": "chargeback", "network_reason_code": "10.4"},
        }
        if card
        else None,
        reason=reason,
        status="needs_response",
    )
    store.add(dispute)
    store.save({**charge, "disputed": True})
    emit(store, "charge.dispute.created", dispute)
    emit(store, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(store: Store, dispute: Thing, *, won: bool) -> Thing:
    if dispute["status"] in OVER:
        raise InvalidRequest(f"This dispute is already closed: {dispute['status']}.")
    closed = {**dispute, "status": "won" if won else "lost"}
    if won:
        returned = book(
            store, "adjustment", dispute["amount"], dispute["currency"], dispute["id"], fee=-FEE, description="Chargeback reversal", category="dispute_reversal"
        )
        closed["balance_transactions"] = [*dispute["balance_transactions"], returned]
    store.save(closed)
    emit(store, "charge.dispute.closed", closed)
    if won:
        emit(store, "charge.dispute.funds_reinstated", closed)
    return closed


@api("GET", "/v1/disputes/<id>", DisputeRetrieveParams)
def retrieve_dispute(call: Call) -> Thing:
    return call.store.get("dispute", call.id)


@api("POST", "/v1/disputes/<id>", DisputeUpdateParams)
def update_dispute(call: Call) -> Thing:
    old = call.store.get("dispute", call.id)
    if old["status"] in OVER:
        raise InvalidRequest("This dispute is closed and takes no more evidence.")
    new = {**old, "metadata": merged_metadata(old["metadata"], call.get("metadata")), "evidence": {**old["evidence"], **call.get("evidence", {})}}
    new["evidence_details"] = {**old["evidence_details"], "has_evidence": any(new["evidence"].values())}
    if call.get("submit", True) and "evidence" in call.parameters:
        new["status"] = "under_review"
        new["evidence_details"]["submission_count"] += 1
        new["evidence_details"]["submission_method"] = "manual"
    changed(call.store, "charge.dispute.updated", old, new)
    return new


@api("POST", "/v1/disputes/<id>/close", DisputeCloseParams)
def give_up(call: Call) -> Thing:
    """Closing a dispute is losing it."""
    return close_dispute(call.store, call.store.get("dispute", call.id), won=False)


@api("GET", "/v1/disputes", DisputeListParams)
def list_disputes(call: Call) -> Thing:
    return call.page_of("dispute", **call.only("charge", "payment_intent"))
