"""Products and their prices."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

import stripe
from stripe.params import (
    PriceCreateParams,
    PriceListParams,
    PriceRetrieveParams,
    PriceUpdateParams,
    ProductCreateParams,
    ProductDeleteParams,
    ProductListParams,
    ProductRetrieveParams,
    ProductUpdateParams,
)

from stripe_standin.calls import Call, Thing, api
from stripe_standin.errors import InvalidRequest
from stripe_standin.events import changed, emit
from stripe_standin.money import check_currency
from stripe_standin.parameters import merged_metadata, missing
from stripe_standin.shapes import shaped
from stripe_standin.store import Store

PRODUCT_FIELDS = ("name", "active", "description", "images", "statement_descriptor", "tax_code", "unit_label", "url", "shippable", "package_dimensions")
LONGEST_INTERVALS = {"day": 1095, "week": 156, "month": 36, "year": 3}


def new_product(store: Store, parameters: Thing) -> Thing:
    if parameters.get("id") and store.find(parameters["id"]):
        raise InvalidRequest("Product already exists.", code="resource_already_exists", param="id")
    values = {name: parameters[name] or None if name != "active" else parameters[name] for name in PRODUCT_FIELDS if name in parameters}
    product = shaped(
        stripe.Product,
        **{
            "id": parameters.get("id") or store.new_id("prod_", 14),
            "object": "product",
            "active": True,
            "created": store.now(),
            "images": [],
            "marketing_features": parameters.get("marketing_features") or [],
            "type": "service",
            "updated": store.now(),
            **values,
            "metadata": merged_metadata({}, parameters.get("metadata")),
            "tax_details": _tax_details(store, parameters.get("tax_details")),
        },
    )
    if product["tax_details"] and product["tax_details"]["tax_code"]:
        product["tax_code"] = product["tax_details"]["tax_code"]
    store.add(product)
    emit(store, "product.created", product)
    return product


def _tax_details(store: Store, given: Thing | str | None) -> Thing | None:
    if not isinstance(given, dict):
        return None
    if place := given.get("performance_location"):
        store.get("tax.location", place, param="tax_details[performance_location]")
    return {"performance_location": given.get("performance_location") or None, "tax_code": given.get("tax_code") or None}


@api("POST", "/v1/products", ProductCreateParams)
def create_product(call: Call) -> Thing:
    product = new_product(call.store, call.parameters)
    if data := call.get("default_price_data"):
        price = new_price(call.store, {**data, "product": product["id"]})
        product["default_price"] = price["id"]
        call.store.save(product)
    return product


@api("GET", "/v1/products/<id>", ProductRetrieveParams)
def retrieve_product(call: Call) -> Thing:
    return call.store.get("product", call.id)


@api("POST", "/v1/products/<id>", ProductUpdateParams)
def update_product(call: Call) -> Thing:
    old = call.store.get("product", call.id)
    new = {**old, **{name: call.parameters[name] if name == "active" else call.parameters[name] or None for name in PRODUCT_FIELDS if name in call.parameters}}
    if "metadata" in call.parameters:
        new["metadata"] = merged_metadata(old["metadata"], call.parameters["metadata"])
    if "tax_details" in call.parameters:
        new["tax_details"] = _tax_details(call.store, call.parameters["tax_details"])
    if price := call.get("default_price"):
        if call.store.get("price", price, param="default_price")["product"] != old["id"]:
            raise InvalidRequest("The price given as default_price belongs to another product.", param="default_price")
        new["default_price"] = price
    if new != old:
        new["updated"] = call.store.now()
        changed(call.store, "product.updated", old, new)
    return new


@api("DELETE", "/v1/products/<id>", ProductDeleteParams)
def delete_product(call: Call) -> Thing:
    product = call.store.get("product", call.id)
    if call.store.all("price", product=product["id"]):
        raise InvalidRequest("This product cannot be deleted because it has one or more user-created prices.")
    call.store.remove(product["id"])
    emit(call.store, "product.deleted", product)
    return {"id": product["id"], "object": "product", "deleted": True}


@api("GET", "/v1/products", ProductListParams)
def list_products(call: Call) -> Thing:
    equal = call.only("active", "url", "shippable")
    if ids := call.get("ids"):
        equal["id"] = ids
    return call.page_of("product", **equal)


def new_price(store: Store, parameters: Thing, *, active: bool = True, where: str = "") -> Thing:
    """`where`: the name of the parameter that holds these, for messages (`line_items[0][price_data]`)."""

    def named(name: str) -> str:
        return f"{where}[{name}]" if where else name

    currency = check_currency(parameters["currency"])
    if parameters.get("product_data"):
        product = new_product(store, {**parameters["product_data"], "active": active and parameters["product_data"].get("active", True)})
    elif parameters.get("product"):
        product = store.get("product", parameters["product"], param=named("product"))
    else:
        raise missing(named("product"))
    amount = _amount(parameters, named)
    key = parameters.get("lookup_key")
    if key:
        _take_lookup_key(store, key, transfer=parameters.get("transfer_lookup_key", False))
    price = shaped(
        stripe.Price,
        id=store.new_id("price_1"),
        object="price",
        active=parameters.get("active", active),
        billing_scheme="per_unit",
        created=store.now(),
        currency=currency,
        lookup_key=key,
        metadata=merged_metadata({}, parameters.get("metadata")),
        nickname=parameters.get("nickname"),
        product=product["id"],
        recurring=_recurring(parameters.get("recurring"), named),
        tax_behavior=parameters.get("tax_behavior", "unspecified"),
        type="recurring" if parameters.get("recurring") else "one_time",
        unit_amount=amount,
        unit_amount_decimal=str(amount),
    )
    store.add(price)
    emit(store, "price.created", price)
    return price


def _amount(parameters: Thing, named: object) -> int:
    name = named if callable(named) else str
    if parameters.get("unit_amount") is None and parameters.get("unit_amount_decimal") is None:
        raise missing(name("unit_amount"))
    try:
        amount = Decimal(str(parameters.get("unit_amount", parameters.get("unit_amount_decimal"))))
    except InvalidOperation:
        raise InvalidRequest("Invalid decimal", code="parameter_invalid_decimal", param=name("unit_amount_decimal")) from None
    if amount < 0:
        raise InvalidRequest("Invalid non-negative integer", code="parameter_invalid_integer", param=name("unit_amount"))
    if amount != int(amount):
        raise InvalidRequest("The stand-in keeps prices in whole minor units.", param=name("unit_amount_decimal"))
    return int(amount)


def _recurring(given: Thing | None, named: object) -> Thing | None:
    if not given:
        return None
    count = given.get("interval_count", 1)
    if not 1 <= count <= LONGEST_INTERVALS[given["interval"]]:
        name = named("recurring") if callable(named) else "recurring"
        raise InvalidRequest("Invalid interval_count: the interval must be at least 1 and at most three years.", param=f"{name}[interval_count]")
    return {
        "interval": given["interval"],
        "interval_count": count,
        "meter": given.get("meter"),
        "trial_period_days": given.get("trial_period_days"),
        "usage_type": given.get("usage_type", "licensed"),
    }


def _take_lookup_key(store: Store, key: str, *, transfer: bool) -> None:
    for other in store.all("price", lookup_key=key):
        if not transfer:
            raise InvalidRequest(f"A price (`{other['id']}`) already uses that lookup key.", code="resource_already_exists", param="lookup_key")
        changed(store, "price.updated", other, {**other, "lookup_key": None})


@api("POST", "/v1/prices", PriceCreateParams)
def create_price(call: Call) -> Thing:
    return new_price(call.store, call.parameters)


@api("GET", "/v1/prices/<id>", PriceRetrieveParams)
def retrieve_price(call: Call) -> Thing:
    return call.store.get("price", call.id)


@api("POST", "/v1/prices/<id>", PriceUpdateParams)
def update_price(call: Call) -> Thing:
    old = call.store.get("price", call.id)
    new = {**old, **call.only("active", "nickname", "tax_behavior")}
    if old["tax_behavior"] not in ("unspecified", new["tax_behavior"]):
        raise InvalidRequest("Once specified as either inclusive or exclusive, tax_behavior cannot be changed.", param="tax_behavior")
    if "lookup_key" in call.parameters and (key := call.parameters["lookup_key"] or None) != old["lookup_key"]:
        if key:
            _take_lookup_key(call.store, key, transfer=call.get("transfer_lookup_key", False))
        new["lookup_key"] = key
    if "metadata" in call.parameters:
        new["metadata"] = merged_metadata(old["metadata"], call.parameters["metadata"])
    changed(call.store, "price.updated", old, new)
    return new


@api("GET", "/v1/prices", PriceListParams)
def list_prices(call: Call) -> Thing:
    equal = call.only("active", "currency", "product", "type")
    if keys := call.get("lookup_keys"):
        equal["lookup_key"] = keys
    if recurring := call.get("recurring"):
        equal |= {f"recurring__{name}": value for name, value in recurring.items()}
    return call.page_of("price", **equal)
