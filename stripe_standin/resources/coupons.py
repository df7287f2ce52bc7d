"""Coupons and the promotion codes that people type."""

from __future__ import annotations

from decimal import Decimal

import stripe
from stripe.params import (
    CouponCreateParams,
    CouponDeleteParams,
    CouponListParams,
    CouponRetrieveParams,
    CouponUpdateParams,
    PromotionCodeCreateParams,
    PromotionCodeListParams,
    PromotionCodeRetrieveParams,
    PromotionCodeUpdateParams,
)

from stripe_standin.calls import Call, Thing, api, includable, refuse_both
from stripe_standin.errors import InvalidRequest
from stripe_standin.events import changed, emit
from stripe_standin.money import check_currency, rounded, shown, spread
from stripe_standin.parameters import merged_metadata, missing
from stripe_standin.shapes import shaped
from stripe_standin.store import Store


@api("POST", "/v1/coupons", CouponCreateParams)
def create_coupon(call: Call) -> Thing:
    given, store = call.parameters, call.store
    refuse_both(given, "amount_off", "percent_off")
    if given.get("amount_off") is None and given.get("percent_off") is None:
        raise InvalidRequest("You must pass either `percent_off` or `amount_off` when creating a coupon.", code="parameter_missing")
    percent = given.get("percent_off")
    if percent is not None and not 0 < percent <= 100:
        raise InvalidRequest("Invalid percent_off: must be greater than 0 and at most 100", param="percent_off")
    if given.get("amount_off") is not None and not given.get("currency"):
        raise missing("currency")
    duration = given.get("duration", "once")
    if (duration == "repeating") != bool(given.get("duration_in_months")):
        raise InvalidRequest("duration_in_months must be given exactly when duration is repeating.", param="duration_in_months")
    if given.get("id") and store.find(given["id"]):
        raise InvalidRequest("Coupon already exists.", code="resource_already_exists", param="id")
    coupon = shaped(
        stripe.Coupon,
        id=given.get("id") or store.letters(8),
        object="coupon",
        amount_off=given.get("amount_off"),
        created=store.now(),
        currency=check_currency(given["currency"]) if given.get("amount_off") is not None else None,
        duration=duration,
        duration_in_months=given.get("duration_in_months"),
        max_redemptions=given.get("max_redemptions"),
        metadata=merged_metadata({}, given.get("metadata")),
        name=given.get("name"),
        percent_off=percent,
        redeem_by=given.get("redeem_by"),
        times_redeemed=0,
        valid=True,
        _products=(given.get("applies_to") or {}).get("products", []),
    )
    store.add(coupon)
    emit(store, "coupon.created", coupon)
    return coupon


@includable("coupon", "applies_to")
def applies_to(store: Store, coupon: Thing) -> Thing:
    return {"products": coupon["_products"]}


def _current(store: Store, coupon: Thing) -> Thing:
    """`valid` follows the clock and the count."""
    return {**coupon, "valid": _is_valid(store, coupon)}


def _is_valid(store: Store, coupon: Thing) -> bool:
    used_up = coupon["max_redemptions"] is not None and coupon["times_redeemed"] >= coupon["max_redemptions"]
    return not used_up and (coupon["redeem_by"] is None or coupon["redeem_by"] > store.now())


@api("GET", "/v1/coupons/<id>", CouponRetrieveParams)
def retrieve_coupon(call: Call) -> Thing:
    return _current(call.store, call.store.get("coupon", call.id))


@api("POST", "/v1/coupons/<id>", CouponUpdateParams)
def update_coupon(call: Call) -> Thing:
    old = call.store.get("coupon", call.id)
    new = {**old, "name": call.get("name", old["name"]), "metadata": merged_metadata(old["metadata"], call.get("metadata"))}
    changed(call.store, "coupon.updated", old, new)
    return _current(call.store, new)


@api("DELETE", "/v1/coupons/<id>", CouponDeleteParams)
def delete_coupon(call: Call) -> Thing:
    coupon = call.store.get("coupon", call.id)
    call.store.remove(coupon["id"])
    emit(call.store, "coupon.deleted", coupon)
    return {"id": coupon["id"], "object": "coupon", "deleted": True}


@api("GET", "/v1/coupons", CouponListParams)
def list_coupons(call: Call) -> Thing:
    page = call.page_of("coupon")
    return {**page, "data": [_current(call.store, coupon) for coupon in page["data"]]}


@api("POST", "/v1/promotion_codes", PromotionCodeCreateParams)
def create_code(call: Call) -> Thing:
    given, store = call.parameters, call.store
    id = given["promotion"].get("coupon")
    if not id:
        raise missing("promotion[coupon]")
    coupon = store.get("coupon", id, param="promotion[coupon]")
    code = given.get("code") or store.letters(8).upper()
    if find_code(store, code):
        raise InvalidRequest("An active promotion code with `code: " + code + "` already exists.", code="resource_already_exists", param="code")
    restrictions = given.get("restrictions") or {}
    if restrictions.get("minimum_amount") and not restrictions.get("minimum_amount_currency"):
        raise missing("restrictions[minimum_amount_currency]")
    thing = shaped(
        stripe.PromotionCode,
        id=store.new_id("promo_1"),
        object="promotion_code",
        active=given.get("active", True),
        code=code,
        created=store.now(),
        customer=given.get("customer"),
        expires_at=given.get("expires_at"),
        max_redemptions=given.get("max_redemptions"),
        metadata=merged_metadata({}, given.get("metadata")),
        promotion={"coupon": coupon["id"], "type": "coupon"},
        restrictions={
            "first_time_transaction": restrictions.get("first_time_transaction", False),
            "minimum_amount": restrictions.get("minimum_amount"),
            "minimum_amount_currency": restrictions.get("minimum_amount_currency"),
        },
        times_redeemed=0,
    )
    store.add(thing)
    emit(store, "promotion_code.created", thing)
    return thing


def find_code(store: Store, code: str) -> Thing | None:
    """The active promotion code of these letters, in any case."""
    for thing in store.all("promotion_code", active=True):
        if thing["code"].lower() == code.strip().lower():
            return thing
    return None


def _current_code(store: Store, thing: Thing) -> Thing:
    coupon = store.find(thing["promotion"]["coupon"])
    over = thing["expires_at"] is not None and thing["expires_at"] <= store.now()
    used_up = thing["max_redemptions"] is not None and thing["times_redeemed"] >= thing["max_redemptions"]
    return {**thing, "active": thing["active"] and not over and not used_up and coupon is not None and _is_valid(store, coupon)}


@api("GET", "/v1/promotion_codes/<id>", PromotionCodeRetrieveParams)
def retrieve_code(call: Call) -> Thing:
    return _current_code(call.store, call.store.get("promotion_code", call.id))


@api("POST", "/v1/promotion_codes/<id>", PromotionCodeUpdateParams)
def update_code(call: Call) -> Thing:
    old = call.store.get("promotion_code", call.id)
    new = {**old, "active": call.get("active", old["active"]), "metadata": merged_metadata(old["metadata"], call.get("metadata"))}
    changed(call.store, "promotion_code.updated", old, new)
    return _current_code(call.store, new)


@api("GET", "/v1/promotion_codes", PromotionCodeListParams)
def list_codes(call: Call) -> Thing:
    equal = call.only("customer")
    if coupon := call.get("coupon"):
        equal["promotion__coupon"] = coupon
    code, active = call.get("code", "").lower(), call.get("active")

    def wanted(thing: Thing) -> bool:
        return code in ("", thing["code"].lower()) and active in (None, _current_code(call.store, thing)["active"])

    page = call.page_of("promotion_code", where=wanted, **equal)
    return {**page, "data": [_current_code(call.store, thing) for thing in page["data"]]}


def redeemable(
    store: Store, *, coupon: str | None = None, code: str | None = None, customer: str | None, subtotal: int, currency: str
) -> tuple[Thing, Thing | None]:
    """(coupon, promotion code or None) when it may be used on this purchase; `code` is a promotion code's id."""
    promotion = _current_code(store, store.get("promotion_code", code, param="discounts[0][promotion_code]")) if code else None
    id = promotion["promotion"]["coupon"] if promotion else str(coupon)
    found = store.get("coupon", id, param="discounts[0][coupon]")
    if promotion and not promotion["active"]:
        raise InvalidRequest("This promotion code is not active.", code="promotion_code_expired", param="discounts[0][promotion_code]")
    if not _is_valid(store, found):
        raise InvalidRequest(f"Coupon {found['id']} is used up or expired and cannot be applied.", code="coupon_expired", param="discounts[0][coupon]")
    if found["currency"] not in (None, currency):
        raise InvalidRequest(f"Coupon {found['id']} is in {found['currency']}; the purchase is in {currency}.", param="discounts[0][coupon]")
    if promotion:
        _check_restrictions(store, promotion, customer, subtotal, currency)
    return found, promotion


def _check_restrictions(store: Store, promotion: Thing, customer: str | None, subtotal: int, currency: str) -> None:
    least = promotion["restrictions"]["minimum_amount"]
    if promotion["customer"] not in (None, customer):
        raise InvalidRequest("This promotion code cannot be redeemed by this customer.", code="promotion_code_customer_mismatch")
    if least is not None and (subtotal < least or promotion["restrictions"]["minimum_amount_currency"] != currency):
        raise InvalidRequest(f"This promotion code needs a purchase of at least {shown(least, currency)}.", code="promotion_code_minimum_not_met")
    if promotion["restrictions"]["first_time_transaction"] and customer and store.all("charge", customer=customer, paid=True):
        raise InvalidRequest(
            "This promotion code cannot be redeemed because the associated customer has prior transactions.",
            code="promotion_code_customer_not_first_time",
        )


def discount_on(coupon: Thing, lines: list[tuple[str, int]]) -> list[int]:
    """What the coupon takes off each of `lines` (product id, amount)."""
    weights = [amount if not coupon["_products"] or product in coupon["_products"] else 0 for product, amount in lines]
    if coupon["percent_off"] is not None:
        return spread(rounded(Decimal(sum(weights)) * Decimal(str(coupon["percent_off"])) / 100), weights)
    return spread(min(coupon["amount_off"], sum(weights)), weights)


def count_redemption(store: Store, coupon: str, promotion: str | None) -> None:
    found = store.find(coupon)
    if found:
        store.save({**found, "times_redeemed": found["times_redeemed"] + 1})
    if promotion and (code := store.find(promotion)):
        store.save({**code, "times_redeemed": code["times_redeemed"] + 1})
