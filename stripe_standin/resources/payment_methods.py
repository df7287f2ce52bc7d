"""Payment methods: made from test tokens, or from what is typed on a hosted page."""

from __future__ import annotations

import hashlib

import stripe
from stripe.params import (
    CustomerListPaymentMethodsParams,
    PaymentMethodAttachParams,
    PaymentMethodDetachParams,
    PaymentMethodListParams,
    PaymentMethodRetrieveParams,
    PaymentMethodUpdateParams,
)

from stripe_standin import cards
from stripe_standin.calls import Call, Thing, api
from stripe_standin.errors import CardRefused, InvalidRequest, NotFound
from stripe_standin.events import changed, emit
from stripe_standin.parameters import merged_metadata
from stripe_standin.resources.customers import living, whole_address
from stripe_standin.shapes import shaped
from stripe_standin.store import Store


def new_method(store: Store, number: str, billing: Thing | None = None) -> Thing:
    """`number`: a test card's, or one of the two made-up banks of cards.py."""
    method = shaped(
        stripe.PaymentMethod,
        id=store.new_id("pm_1"),
        object="payment_method",
        allow_redisplay="unspecified",
        billing_details=billing_details(billing),
        created=store.now(),
        metadata={},
        _number=number,
        **describe(number),
    )
    return store.add(method)


def billing_details(given: Thing | None) -> Thing:
    given = given or {}
    address = whole_address(given.get("address")) or whole_address({"city": None})
    return {"address": address, "email": given.get("email"), "name": given.get("name"), "phone": given.get("phone"), "tax_id": None}


def describe(number: str) -> Thing:
    """`type` and the hash that Stripe keeps under it."""
    if number in (cards.BANK_SUCCEEDS, cards.BANK_FAILS):
        bank = {
            "account_holder_type": "individual",
            "account_type": "checking",
            "bank_name": "STRIPE TEST BANK",
            "last4": "6789",
            "routing_number": "110000000",
        }
        return {"type": "us_bank_account", "us_bank_account": bank}
    card = cards.known(number)
    if card is None:
        raise CardRefused("Your card number is incorrect.", code="incorrect_number", param="number")
    details = {
        "brand": card.brand,
        "checks": {"address_line1_check": None, "address_postal_code_check": None, "cvc_check": "pass"},
        "country": "US",
        "display_brand": card.brand,
        "exp_month": 12,
        "exp_year": 2040,
        "fingerprint": hashlib.sha256(card.number.encode()).hexdigest()[:16],
        "funding": "credit",
        "generated_from": None,
        "last4": card.last4,
        "networks": {"available": [card.brand], "preferred": None},
        "regulated_status": "unregulated",
        "three_d_secure_usage": {"supported": True},
        "wallet": None,
    }
    return {"type": "card", "card": details}


def usable(store: Store, id: str, param: str = "payment_method") -> Thing:
    """The payment method of this id; a test token makes a new one."""
    if id in cards.TOKENS:
        return new_method(store, cards.TOKENS[id])
    found = store.find(id)
    if found is None or found["object"] != "payment_method":
        raise NotFound.missing("PaymentMethod", id, param)
    return found


def attach(store: Store, method: Thing, customer: str) -> Thing:
    living(store, customer)
    if method["customer"] == customer:
        return method
    if method["customer"]:
        raise InvalidRequest("The payment method you provided has already been attached to a customer.", code="payment_method_unexpected_state")
    card = cards.known(method["_number"])
    if card and card.declines and card.number != "4000000000000341":
        code, decline, words = card.declines
        raise CardRefused(words, code=code, decline_code=decline)
    attached = store.save({**method, "customer": customer})
    emit(store, "payment_method.attached", attached)
    return attached


@api("GET", "/v1/payment_methods/<id>", PaymentMethodRetrieveParams)
def retrieve_method(call: Call) -> Thing:
    return usable(call.store, call.id)


@api("POST", "/v1/payment_methods/<id>", PaymentMethodUpdateParams)
def update_method(call: Call) -> Thing:
    old = usable(call.store, call.id)
    new = {**old, "metadata": merged_metadata(old["metadata"], call.get("metadata"))}
    if details := call.get("billing_details"):
        new["billing_details"] = {**old["billing_details"], **{name: value or None for name, value in details.items()}}
    changed(call.store, "payment_method.updated", old, new)
    return new


@api("POST", "/v1/payment_methods/<id>/attach", PaymentMethodAttachParams)
def attach_method(call: Call) -> Thing:
    return attach(call.store, usable(call.store, call.id), call.parameters.get("customer", ""))


@api("POST", "/v1/payment_methods/<id>/detach", PaymentMethodDetachParams)
def detach_method(call: Call) -> Thing:
    method = usable(call.store, call.id)
    owner = method["customer"]
    if not owner:
        raise InvalidRequest("The payment method you provided is not attached to a customer so detachment is impossible.")
    detached = call.store.save({**method, "customer": None})
    emit(call.store, "payment_method.detached", detached, {"customer": owner})
    customer = call.store.get("customer", owner)
    if customer["invoice_settings"]["default_payment_method"] == method["id"]:
        settings = {**customer["invoice_settings"], "default_payment_method": None}
        changed(call.store, "customer.updated", customer, {**customer, "invoice_settings": settings})
    return detached


@api("GET", "/v1/payment_methods", PaymentMethodListParams)
def list_methods(call: Call) -> Thing:
    equal = call.only("customer", "type")
    return call.page_of("payment_method", **{"customer": "", **equal})


@api("GET", "/v1/customers/<id>/payment_methods", CustomerListPaymentMethodsParams)
def list_customers_methods(call: Call) -> Thing:
    living(call.store, call.id)
    equal = {"type": call.parameters["type"]} if "type" in call.parameters else {}
    return call.page_of("payment_method", customer=call.id, **equal)
