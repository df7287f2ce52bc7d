"""Products, prices, coupons and promotion codes at Stripe. Ids and keys are made from our rows, so a repeat finds the same thing."""

from __future__ import annotations

from typing import Any

from stripe.params import CouponCreateParams, PriceCreateParams, ProductCreateParams, ProductUpdateParams, PromotionCodeCreateParams
from stripe.params.tax import LocationCreateParams

from payments.gateway.client import GatewayRefused, answers, client

ALREADY_THERE = "resource_already_exists"


def create_product(*, key: str, params: ProductCreateParams) -> dict[str, Any]:
    """The product of id `params["id"]`, made now or by an earlier try."""
    try:
        with answers():
            return client().products.create(params, {"idempotency_key": key}).to_dict()
    except GatewayRefused as refusal:
        if refusal.code != ALREADY_THERE:
            raise
    return retrieve_product(params["id"])


def retrieve_product(product_id: str) -> dict[str, Any]:
    with answers():
        return client().products.retrieve(product_id).to_dict()


def update_product(product_id: str, params: ProductUpdateParams) -> dict[str, Any]:
    with answers():
        return client().products.update(product_id, params).to_dict()


def find_price(lookup_key: str) -> dict[str, Any] | None:
    with answers():
        found = client().prices.list({"lookup_keys": [lookup_key], "limit": 1}).to_dict()
    return found["data"][0] if found["data"] else None


def create_price(*, key: str, params: PriceCreateParams) -> dict[str, Any]:
    with answers():
        return client().prices.create(params, {"idempotency_key": key}).to_dict()


def set_price_active(price_id: str, *, active: bool) -> None:
    with answers():
        client().prices.update(price_id, {"active": active})


def create_coupon(*, key: str, params: CouponCreateParams) -> dict[str, Any]:
    """The coupon of id `params["id"]`, made now or by an earlier try."""
    try:
        with answers():
            return client().coupons.create(params, {"idempotency_key": key}).to_dict()
    except GatewayRefused as refusal:
        if refusal.code != ALREADY_THERE:
            raise
    with answers():
        return client().coupons.retrieve(params["id"]).to_dict()


def find_promotion_codes(code: str) -> list[dict[str, Any]]:
    """Those that are active under `code`."""
    with answers():
        return client().promotion_codes.list({"code": code, "active": True, "limit": 100}).to_dict()["data"]


def create_promotion_code(*, key: str, params: PromotionCodeCreateParams) -> dict[str, Any]:
    with answers():
        return client().promotion_codes.create(params, {"idempotency_key": key}).to_dict()


def retire_promotion_code(promotion_id: str) -> None:
    with answers():
        client().promotion_codes.update(promotion_id, {"active": False})


def list_tax_locations() -> list[dict[str, Any]]:
    with answers():
        return [location.to_dict() for location in client().tax.locations.list({"type": "performance", "limit": 100}).auto_paging_iter()]


def create_tax_location(*, key: str, params: LocationCreateParams) -> dict[str, Any]:
    with answers():
        return client().tax.locations.create(params, {"idempotency_key": key}).to_dict()
