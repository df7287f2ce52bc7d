"""Customers."""

from __future__ import annotations

from collections.abc import Callable

import stripe
from stripe.params import CustomerCreateParams, CustomerDeleteParams, CustomerListParams, CustomerRetrieveParams, CustomerUpdateParams

from stripe_standin import agenda
from stripe_standin.calls import Call, Thing, api
from stripe_standin.errors import InvalidRequest
from stripe_standin.events import changed, emit
from stripe_standin.parameters import merged_metadata
from stripe_standin.shapes import shaped
from stripe_standin.store import Store

PLAIN = ("email", "name", "phone", "description", "address", "shipping", "preferred_locales", "balance", "tax_exempt", "business_name", "individual_name")
# Told before a customer goes: functions of the store and the customer.
BEFORE_DELETION: list[Callable[[Store, Thing], None]] = []
ADDRESS = ("city", "country", "line1", "line2", "postal_code", "state")


def _checked(parameters: Thing) -> Thing:
    """The fields to store; an empty value clears."""
    values = {name: parameters[name] or None for name in PLAIN if name in parameters}
    if (email := values.get("email")) and ("@" not in email or email != email.strip()):
        raise InvalidRequest(f"Invalid email address: {email}", code="email_invalid", param="email")
    if values.get("address"):
        values["address"] = whole_address(values["address"])
    return values


def whole_address(given: Thing | None) -> Thing | None:
    return {name: given.get(name) or None for name in ADDRESS} if given else None


def new_customer(store: Store, **values: object) -> Thing:
    customer = shaped(
        stripe.Customer,
        **{
            "id": store.new_id("cus_", 14),
            "object": "customer",
            "balance": 0,
            "created": store.now(),
            "delinquent": False,
            "invoice_prefix": store.letters(8).upper(),
            "invoice_settings": {"custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None},
            "metadata": {},
            "next_invoice_sequence": 1,
            "preferred_locales": [],
            "tax_exempt": "none",
            **values,
        },
    )
    store.add(customer)
    emit(store, "customer.created", customer)
    return customer


@api("POST", "/v1/customers", CustomerCreateParams)
def create_customer(call: Call) -> Thing:
    values = _checked(call.parameters)
    settings = {"custom_fields": None, "default_payment_method": None, "footer": None, "rendering_options": None, **call.get("invoice_settings", {})}
    values["invoice_settings"] = settings
    customer = new_customer(call.store, **values, metadata=merged_metadata({}, call.get("metadata")))
    if method := call.get("payment_method"):
        from stripe_standin.resources.payment_methods import attach, usable

        attach(call.store, usable(call.store, method), customer["id"])
    return customer


@api("GET", "/v1/customers/<id>", CustomerRetrieveParams)
def retrieve_customer(call: Call) -> Thing:
    customer = call.store.get("customer", call.id)
    return {"id": customer["id"], "object": "customer", "deleted": True} if customer.get("_deleted") else customer


def living(store: Store, id: str, param: str = "customer") -> Thing:
    customer = store.get("customer", id, param=param)
    if customer.get("_deleted"):
        raise InvalidRequest(f"No such customer: '{id}'", code="resource_missing", param=param)
    return customer


@api("POST", "/v1/customers/<id>", CustomerUpdateParams)
def update_customer(call: Call) -> Thing:
    old = living(call.store, call.id, "id")
    new = {**old, **_checked(call.parameters)}
    if "metadata" in call.parameters:
        new["metadata"] = merged_metadata(old["metadata"], call.parameters["metadata"])
    if settings := call.get("invoice_settings"):
        if method := settings.get("default_payment_method"):
            owner = call.store.get("payment_method", method, param="invoice_settings[default_payment_method]")["customer"]
            if owner != old["id"]:
                words = "The customer does not have a payment method with the ID " + method + ". The payment method must be attached to the customer."
                raise InvalidRequest(words, code="resource_missing", param="invoice_settings[default_payment_method]")
        new["invoice_settings"] = {**old["invoice_settings"], **{name: value or None for name, value in settings.items()}}
    changed(call.store, "customer.updated", old, new)
    return new


@api("DELETE", "/v1/customers/<id>", CustomerDeleteParams)
def delete_customer(call: Call) -> Thing:
    customer = living(call.store, call.id, "id")
    agenda.forget(call.store, customer["id"])
    for listener in BEFORE_DELETION:
        listener(call.store, customer)
    call.store.save({**customer, "_deleted": True})
    emit(call.store, "customer.deleted", customer)
    return {"id": customer["id"], "object": "customer", "deleted": True}


@api("GET", "/v1/customers", CustomerListParams)
def list_customers(call: Call) -> Thing:
    equal = {"email": call.get("email")} if call.get("email") else {}
    return call.page_of("customer", _deleted=None, **equal)
