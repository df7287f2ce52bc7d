"""Taking money: one attempt at a payment intent with a payment method, and what follows from the test card used."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import stripe

from stripe_standin import agenda, cards
from stripe_standin.calls import Thing
from stripe_standin.errors import CardRefused
from stripe_standin.events import emit
from stripe_standin.money import fee
from stripe_standin.resources.balance import book
from stripe_standin.shapes import public, shaped
from stripe_standin.store import Store

# Told when a bank has answered at last: functions of the store and the payment intent.
AFTER_BANK: list[Callable[[Store, Thing], None]] = []
# Told when an intent was confirmed through the API and not declined.
AFTER_CONFIRMATION: list[Callable[[Store, Thing], None]] = []
FAILED_BANK = ("payment_method_provider_decline", "The customer's bank account could not be debited.")


def new_intent(store: Store, *, amount: int, currency: str, **values: Any) -> Thing:
    """A payment intent that nothing has been tried on yet."""
    id = store.new_id("pi_3")
    intent = shaped(
        stripe.PaymentIntent,
        **{
            "id": id,
            "object": "payment_intent",
            "amount": amount,
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "capture_method": "automatic_async",
            "client_secret": f"{id}_secret_{store.new_id('x', 25)[2:]}",
            "confirmation_method": "automatic",
            "created": store.now(),
            "currency": currency,
            "metadata": {},
            "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
            "payment_method_types": ["card"],
            "status": "requires_payment_method",
            **values,
        },
    )
    store.add(intent)
    emit(store, "payment_intent.created", intent)
    return intent


def attempt(store: Store, intent: Thing, method: Thing) -> Thing:
    """Try to take the intent's amount. The intent comes back succeeded, processing (a bank's answer takes days),
    requires_capture, or requires_payment_method with its `last_payment_error`."""
    if method["type"] == "us_bank_account":
        return _ask_bank(store, intent, method)
    card = cards.known(method["_number"])
    if card is None or card.declines:
        return _declined(store, intent, method, *(card.declines if card and card.declines else ("card_declined", "generic_decline", "Your card was declined.")))
    captured = intent["capture_method"] != "manual"
    charge = _new_charge(store, intent, method, status="succeeded", captured=captured, paid=True, _refund=card.refund)
    if captured:
        charge = settle(store, charge)
        store.save(charge)
    emit(store, "charge.succeeded", charge)
    after = {**intent, "latest_charge": charge["id"], "payment_method": method["id"], "last_payment_error": None}
    if captured:
        after = _succeed(store, intent, after)
    else:
        after = {**after, "status": "requires_capture", "amount_capturable": intent["amount"]}
        store.save(after)
        emit(store, "payment_intent.amount_capturable_updated", after)
    if card.disputed:
        agenda.plan(store, store.now(), "disputes.open", charge["id"])
    return after


def refuse(intent: Thing, method: Thing | None = None) -> CardRefused:
    """The 402 of an intent whose attempt was declined."""
    error = intent["last_payment_error"]
    more = {name: error[name] for name in ("charge", "decline_code") if error.get(name)}
    if method:
        more["payment_method"] = public(method)
    return CardRefused(error["message"], code=error["code"], payment_intent=public(intent), **more)


def settle(store: Store, charge: Thing) -> Thing:
    """Book a charge that succeeded."""
    type = "charge" if charge["payment_method_details"]["type"] == "card" else "payment"
    cost = fee(charge["amount_captured"], charge["currency"])
    booked = book(store, type, charge["amount_captured"], charge["currency"], charge["id"], fee=cost, description=charge["description"])
    return {**charge, "balance_transaction": booked["id"]}


def _succeed(store: Store, before: Thing, after: Thing) -> Thing:
    done = {**after, "status": "succeeded", "amount_received": before["amount"], "amount_capturable": 0, "next_action": None}
    store.save(done)
    emit(store, "payment_intent.succeeded", done)
    return done


def capture(store: Store, intent: Thing, amount: int) -> Thing:
    charge = store.get("charge", intent["latest_charge"])
    taken = settle(store, {**charge, "captured": True, "amount_captured": amount})
    store.save(taken)
    emit(store, "charge.captured", taken)
    return _succeed(store, {**intent, "amount": amount}, {**intent, "amount_received": amount})


def _new_charge(store: Store, intent: Thing, method: Thing, *, status: str, captured: bool, paid: bool, **values: Any) -> Thing:
    id = store.new_id("ch_3")
    details: Thing = {"type": method["type"], method["type"]: {**method[method["type"]]}}
    if method["type"] == "card":
        card = details["card"]
        network = {"amount_authorized": intent["amount"], "mandate": None, "network": card["brand"], "installments": None, "three_d_secure": None}
        details["card"] = {
            name: card[name] for name in ("brand", "checks", "country", "exp_month", "exp_year", "fingerprint", "funding", "last4", "wallet")
        } | network
    ok = {"network_status": "approved_by_network", "reason": None, "risk_level": "normal", "seller_message": "Payment complete.", "type": "authorized"}
    charge = shaped(
        stripe.Charge,
        **{
            "id": id,
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": intent["amount"] if captured and paid else 0,
            "amount_refunded": 0,
            "billing_details": method["billing_details"],
            "calculated_statement_descriptor": "STAND-IN",
            "captured": captured,
            "created": store.now(),
            "currency": intent["currency"],
            "customer": intent["customer"],
            "description": intent["description"],
            "disputed": False,
            "fraud_details": {},
            "metadata": intent["metadata"],
            "outcome": ok,
            "paid": paid,
            "payment_intent": intent["id"],
            "payment_method": method["id"],
            "payment_method_details": details,
            "receipt_email": intent["receipt_email"],
            "receipt_url": f"{store.pages}/receipts/{id}",
            "refunded": False,
            "status": status,
            **values,
        },
    )
    return store.add(charge)


def _declined(store: Store, intent: Thing, method: Thing, code: str, decline: str, words: str) -> Thing:
    outcome = {
        "network_status": "declined_by_network",
        "reason": decline,
        "risk_level": "normal",
        "seller_message": "The bank declined.",
        "type": "issuer_declined",
    }
    failure = {"failure_code": code, "failure_message": words, "outcome": outcome, "receipt_url": None}
    charge = _new_charge(store, intent, method, status="failed", captured=False, paid=False, **failure)
    emit(store, "charge.failed", charge)
    error = {"charge": charge["id"], "code": code, "decline_code": decline, "message": words, "payment_method": public(method), "type": "card_error"}
    error["doc_url"] = f"https://stripe.com/docs/error-codes/{code.replace('_', '-')}"
    return _failed(store, {**intent, "latest_charge": charge["id"]}, error)


def _failed(store: Store, intent: Thing, error: Thing) -> Thing:
    failed = {**intent, "status": "requires_payment_method", "payment_method": None, "last_payment_error": error}
    store.save(failed)
    emit(store, "payment_intent.payment_failed", failed)
    return failed


def _ask_bank(store: Store, intent: Thing, method: Thing) -> Thing:
    charge = _new_charge(store, intent, method, status="pending", captured=True, paid=False, _refund="pending")
    emit(store, "charge.pending", charge)
    waiting = {**intent, "status": "processing", "latest_charge": charge["id"], "payment_method": method["id"], "last_payment_error": None}
    store.save(waiting)
    emit(store, "payment_intent.processing", waiting)
    verb = "bank.pay" if method["_number"] == cards.BANK_SUCCEEDS else "bank.refuse"
    agenda.plan(store, store.now() + cards.BANK_TAKES_S, verb, intent["id"])
    return waiting


@agenda.deed("bank.pay")
def bank_pays(store: Store, id: str) -> None:
    intent = store.get("payment_intent", id)
    charge = store.get("charge", intent["latest_charge"])
    paid = settle(store, {**charge, "status": "succeeded", "paid": True, "amount_captured": charge["amount"]})
    store.save(paid)
    emit(store, "charge.succeeded", paid)
    _after_bank(store, _succeed(store, intent, intent))


@agenda.deed("bank.refuse")
def bank_refuses(store: Store, id: str) -> None:
    intent = store.get("payment_intent", id)
    charge = store.get("charge", intent["latest_charge"])
    code, words = FAILED_BANK
    failed = store.save({**charge, "status": "failed", "failure_code": code, "failure_message": words})
    emit(store, "charge.failed", failed)
    error = {"charge": charge["id"], "code": code, "message": words, "type": "invalid_request_error"}
    _after_bank(store, _failed(store, intent, error))


def _after_bank(store: Store, intent: Thing) -> None:
    for listener in AFTER_BANK:
        listener(store, intent)
