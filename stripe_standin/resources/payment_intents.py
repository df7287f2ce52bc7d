"""Payment intents: create, confirm, capture, cancel."""

from __future__ import annotations

from stripe.params import (
    PaymentIntentCancelParams,
    PaymentIntentCaptureParams,
    PaymentIntentConfirmParams,
    PaymentIntentCreateParams,
    PaymentIntentListParams,
    PaymentIntentRetrieveParams,
    PaymentIntentUpdateParams,
)

from stripe_standin import charging
from stripe_standin.calls import Call, Thing, api
from stripe_standin.errors import InvalidRequest
from stripe_standin.events import emit
from stripe_standin.money import check_chargeable, check_currency
from stripe_standin.parameters import merged_metadata
from stripe_standin.resources.customers import living
from stripe_standin.resources.payment_methods import attach, usable
from stripe_standin.store import Store

KEPT = ("description", "receipt_email", "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix", "transfer_group", "capture_method")


@api("POST", "/v1/payment_intents", PaymentIntentCreateParams)
def create_intent(call: Call) -> Thing:
    currency = check_currency(call.get("currency"))
    check_chargeable(call.get("amount"), currency)
    if customer := call.get("customer"):
        living(call.store, customer)
    values = {name: call.parameters[name] or None for name in KEPT if name in call.parameters}
    types = call.get("allowed_payment_method_types") or ["card"]
    metadata = merged_metadata({}, call.get("metadata"))
    intent = charging.new_intent(
        call.store, amount=call.get("amount"), currency=currency, customer=customer, metadata=metadata, payment_method_types=types, **values
    )
    if method := call.get("payment_method"):
        intent = call.store.save({**intent, "payment_method": usable(call.store, method)["id"], "status": "requires_confirmation"})
    return _confirm(call.store, intent) if call.get("confirm") else intent


@api("GET", "/v1/payment_intents/<id>", PaymentIntentRetrieveParams)
def retrieve_intent(call: Call) -> Thing:
    return call.store.get("payment_intent", call.id)


@api("POST", "/v1/payment_intents/<id>", PaymentIntentUpdateParams)
def update_intent(call: Call) -> Thing:
    old = call.store.get("payment_intent", call.id)
    new = {**old, **{name: call.parameters[name] or None for name in KEPT if name in call.parameters}}
    if "amount" in call.parameters:
        _expect(old, ("requires_payment_method", "requires_confirmation"), "updated")
        check_chargeable(call.parameters["amount"], old["currency"])
        new["amount"] = call.parameters["amount"]
    if "metadata" in call.parameters:
        new["metadata"] = merged_metadata(old["metadata"], call.parameters["metadata"])
    if method := call.get("payment_method"):
        new |= {"payment_method": usable(call.store, method)["id"], "status": "requires_confirmation"}
    return call.store.save(new)


@api("POST", "/v1/payment_intents/<id>/confirm", PaymentIntentConfirmParams)
def confirm_intent(call: Call) -> Thing:
    intent = call.store.get("payment_intent", call.id)
    _expect(intent, ("requires_payment_method", "requires_confirmation"), "confirmed")
    if method := call.get("payment_method"):
        intent = call.store.save({**intent, "payment_method": usable(call.store, method)["id"]})
    return _confirm(call.store, intent)


def _confirm(store: Store, intent: Thing) -> Thing:
    if not intent["payment_method"]:
        words = (
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the PaymentIntent with a payment "
            "method and then confirm it again, or confirm it again directly with a payment method or ConfirmationToken."
        )
        raise InvalidRequest(words, code="payment_intent_unexpected_state")
    method = usable(store, intent["payment_method"])
    done = charging.attempt(store, intent, method)
    if done["last_payment_error"]:
        raise charging.refuse(done, method)
    if done["setup_future_usage"] and done["customer"]:
        attach(store, method, done["customer"])
    for listener in charging.AFTER_CONFIRMATION:
        listener(store, done)
    return done


@api("POST", "/v1/payment_intents/<id>/capture", PaymentIntentCaptureParams)
def capture_intent(call: Call) -> Thing:
    intent = call.store.get("payment_intent", call.id)
    _expect(intent, ("requires_capture",), "captured")
    amount = call.get("amount_to_capture", intent["amount_capturable"])
    if not 0 < amount <= intent["amount_capturable"]:
        raise InvalidRequest("Amount to capture is not within what was authorised.", code="amount_too_large", param="amount_to_capture")
    return charging.capture(call.store, intent, amount)


@api("POST", "/v1/payment_intents/<id>/cancel", PaymentIntentCancelParams)
def cancel_intent(call: Call) -> Thing:
    old = call.store.get("payment_intent", call.id)
    _expect(old, ("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"), "canceled")
    new = {**old, "status": "canceled", "canceled_at": call.store.now(), "cancellation_reason": call.get("cancellation_reason"), "amount_capturable": 0}
    call.store.save(new)
    emit(call.store, "payment_intent.canceled", new)
    return new


@api("GET", "/v1/payment_intents", PaymentIntentListParams)
def list_intents(call: Call) -> Thing:
    return call.page_of("payment_intent", **({"customer": call.parameters["customer"]} if "customer" in call.parameters else {}))


def _expect(intent: Thing, states: tuple[str, ...], done: str) -> None:
    if intent["status"] in states:
        return
    words = (
        f"This PaymentIntent could not be {done} because it has a status of "
        f"{intent['status']}. Only a PaymentIntent with one of the following statuses may be {done}: {', '.join(states)}."
    )
    raise InvalidRequest(words, code="payment_intent_unexpected_state", payment_intent=intent)
