"""Charges: read, and noted upon."""

from __future__ import annotations

from stripe.params import ChargeListParams, ChargeRetrieveParams, ChargeUpdateParams

from stripe_standin.calls import Call, Thing, api, includable, sublist
from stripe_standin.events import changed
from stripe_standin.parameters import merged_metadata
from stripe_standin.store import Store


@api("GET", "/v1/charges/<id>", ChargeRetrieveParams)
def retrieve_charge(call: Call) -> Thing:
    return call.store.get("charge", call.id)


@api("POST", "/v1/charges/<id>", ChargeUpdateParams)
def update_charge(call: Call) -> Thing:
    old = call.store.get("charge", call.id)
    new = {**old, **call.only("description", "receipt_email")}
    if "metadata" in call.parameters:
        new["metadata"] = merged_metadata(old["metadata"], call.parameters["metadata"])
    changed(call.store, "charge.updated", old, new)
    return new


@api("GET", "/v1/charges", ChargeListParams)
def list_charges(call: Call) -> Thing:
    return call.page_of("charge", **call.only("customer", "payment_intent"))


@includable("charge", "refunds")
def refunds_of(store: Store, charge: Thing) -> Thing:
    return sublist(store.all("refund", charge=charge["id"])[::-1], f"/v1/charges/{charge['id']}/refunds")
