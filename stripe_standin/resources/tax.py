"""Tax locations: where a workshop is held, which decides its tax."""

from __future__ import annotations

import stripe
from stripe.params.tax import LocationCreateParams, LocationListParams, LocationRetrieveParams

from stripe_standin.calls import Call, Thing, api
from stripe_standin.resources.customers import whole_address
from stripe_standin.shapes import shaped


@api("POST", "/v1/tax/locations", LocationCreateParams)
def create_location(call: Call) -> Thing:
    location = shaped(
        stripe.tax.Location,
        id=call.store.new_id("taxloc_1"),
        object="tax.location",
        address=whole_address(call.get("address")),
        description=call.get("description"),
        type=call.get("type"),
    )
    return call.store.add(location)


@api("GET", "/v1/tax/locations/<id>", LocationRetrieveParams)
def retrieve_location(call: Call) -> Thing:
    return call.store.get("tax.location", call.id)


@api("GET", "/v1/tax/locations", LocationListParams)
def list_locations(call: Call) -> Thing:
    return call.page_of("tax.location")
