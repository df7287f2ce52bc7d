"""Refunds: never more than was captured, and some fail days later."""

from __future__ import annotations

import stripe
from stripe.params import RefundCreateParams, RefundListParams, RefundRetrieveParams, RefundUpdateParams

from stripe_standin import agenda
from stripe_standin.calls import Call, Thing, api
from stripe_standin.clock import DAY_S
from stripe_standin.errors import InvalidRequest
from stripe_standin.events import changed, emit
from stripe_standin.money import shown
from stripe_standin.parameters import merged_metadata
from stripe_standin.resources.balance import book
from stripe_standin.shapes import shaped
from stripe_standin.store import Store

FAILS_AFTER_S = 2 * DAY_S
PENDS_S = DAY_S


@api("POST", "/v1/refunds", RefundCreateParams)
def create_refund(call: Call) -> Thing:
    charge = _charge_of(call)
    return refund(call.store, charge, call.get("amount"), reason=call.get("reason"), metadata=merged_metadata({}, call.get("metadata")))


def _charge_of(call: Call) -> Thing:
    given = call.get("charge"), call.get("payment_intent")
    if not any(given):
        raise InvalidRequest("One of the following params should be provided for this request: payment_intent or charge.", code="parameter_missing")
    if all(given):
        raise InvalidRequest("You may only specify one of these parameters: charge, payment_intent.")
    if call.get("charge"):
        return call.store.get("charge", call.get("charge"), param="charge")
    intent = call.store.get("payment_intent", call.get("payment_intent"), param="payment_intent")
    charge = call.store.find(intent["latest_charge"])
    if charge is None or not charge["paid"]:
        raise InvalidRequest(f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund.", code="charge_not_refundable")
    return charge


def refund(store: Store, charge: Thing, amount: int | None, *, reason: str | None = None, metadata: Thing | None = None) -> Thing:
    """Give `amount` back (None: all that is left), or refuse in Stripe's words."""
    left = charge["amount_captured"] - charge["amount_refunded"]
    if charge["disputed"] and not store.all("dispute", charge=charge["id"], status="won"):
        raise InvalidRequest(f"Charge {charge['id']} has been charged back; cannot issue a refund.", code="charge_disputed")
    if not charge["paid"] or not charge["captured"]:
        raise InvalidRequest(f"Charge {charge['id']} has no captured payment to refund.", code="charge_not_refundable")
    if charge["refunded"] or not left:
        raise InvalidRequest(f"Charge {charge['id']} has already been refunded.", code="charge_already_refunded")
    amount = left if amount is None else amount
    if amount < 1:
        raise InvalidRequest("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        currency = charge["currency"]
        of = "unrefunded amount on charge" if charge["amount_refunded"] else "charge amount"
        raise InvalidRequest(f"Refund amount ({shown(amount, currency)}) is greater than {of} ({shown(left, currency)})", param="amount")
    return _give_back(store, charge, amount, reason, metadata or {})


def _give_back(store: Store, charge: Thing, amount: int, reason: str | None, metadata: Thing) -> Thing:
    waits = charge.get("_refund") == "pending"
    kind = charge["payment_method_details"]["type"]
    id = store.new_id("re_3")
    payment = charge["balance_transaction"] and store.get("balance_transaction", charge["balance_transaction"])["type"] == "payment"
    booked = book(store, "payment_refund" if payment else "refund", -amount, charge["currency"], id, description="REFUND FOR CHARGE")
    card = {"reference": id[-12:], "reference_status": "available", "reference_type": "acquirer_reference_number", "type": "refund"}
    thing = shaped(
        stripe.Refund,
        id=id,
        object="refund",
        amount=amount,
        balance_transaction=booked["id"],
        charge=charge["id"],
        created=store.now(),
        currency=charge["currency"],
        destination_details={"type": kind, kind: card if kind == "card" else {}},
        metadata=metadata,
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="pending" if waits else "succeeded",
    )
    store.add(thing)
    given = charge["amount_refunded"] + amount
    after = {**charge, "amount_refunded": given, "refunded": given == charge["amount_captured"]}
    store.save(after)
    emit(store, "refund.created", thing)
    previous = {"amount_refunded": charge["amount_refunded"]} | ({"refunded": False} if after["refunded"] else {})
    emit(store, "charge.refunded", after, previous)
    if waits:
        agenda.plan(store, store.now() + PENDS_S, "refunds.succeed", id)
    elif charge.get("_refund") == "fails":
        agenda.plan(store, store.now() + FAILS_AFTER_S, "refunds.fail", id)
    return thing


@agenda.deed("refunds.succeed")
def succeed(store: Store, id: str) -> None:
    thing = store.get("refund", id)
    if thing["status"] == "pending":
        _update(store, thing, {**thing, "status": "succeeded"})


@agenda.deed("refunds.fail")
def fail(store: Store, id: str) -> None:
    """The bank sends the money back: it returns to the balance, and the charge counts as unrefunded again."""
    thing = store.get("refund", id)
    returned = book(store, "refund_failure", thing["amount"], thing["currency"], id, description="REFUND FAILURE")
    charge = store.get("charge", thing["charge"])
    store.save({**charge, "amount_refunded": charge["amount_refunded"] - thing["amount"], "refunded": False})
    failed = {**thing, "status": "failed", "failure_reason": "expired_or_canceled_card", "failure_balance_transaction": returned["id"]}
    _update(store, thing, failed)
    emit(store, "refund.failed", failed)


def _update(store: Store, before: Thing, after: Thing) -> None:
    changed(store, "refund.updated", before, after)
    emit(store, "charge.refund.updated", after, {"status": before["status"]})


@api("GET", "/v1/refunds/<id>", RefundRetrieveParams)
def retrieve_refund(call: Call) -> Thing:
    return call.store.get("refund", call.id)


@api("POST", "/v1/refunds/<id>", RefundUpdateParams)
def update_refund(call: Call) -> Thing:
    old = call.store.get("refund", call.id)
    new = {**old, "metadata": merged_metadata(old["metadata"], call.get("metadata"))}
    if new != old:
        _update(call.store, old, new)
    return new


@api("GET", "/v1/refunds", RefundListParams)
def list_refunds(call: Call) -> Thing:
    return call.page_of("refund", **call.only("charge", "payment_intent"))
