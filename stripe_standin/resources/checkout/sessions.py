"""The API of checkout sessions."""

from __future__ import annotations

import stripe
from stripe.params.checkout import (
    SessionCreateParams,
    SessionExpireParams,
    SessionListLineItemsParams,
    SessionListParams,
    SessionRetrieveParams,
    SessionUpdateParams,
)

from stripe_standin import agenda, billing
from stripe_standin.calls import USUAL_PAGE, Call, Thing, api, includable, refuse_both, sublist
from stripe_standin.clock import DAY_S
from stripe_standin.errors import InvalidRequest
from stripe_standin.events import emit
from stripe_standin.money import check_chargeable
from stripe_standin.parameters import merged_metadata, missing
from stripe_standin.resources.checkout.lines import new_lines, priced
from stripe_standin.resources.coupons import redeemable
from stripe_standin.resources.customers import living
from stripe_standin.shapes import shaped
from stripe_standin.store import Store

SHORTEST_S, LONGEST_S = 30 * 60, DAY_S
ECHOED = (
    "after_expiration",
    "allow_promotion_codes",
    "allowed_payment_method_types",
    "billing_address_collection",
    "cancel_url",
    "client_reference_id",
    "consent_collection",
    "custom_fields",
    "custom_text",
    "customer_email",
    "excluded_payment_method_types",
    "locale",
    "origin_context",
    "payment_method_collection",
    "phone_number_collection",
    "submit_type",
    "success_url",
    "tax_id_collection",
    "ui_mode",
)


@api("POST", "/v1/checkout/sessions", SessionCreateParams)
def create_session(call: Call) -> Thing:
    given, store = call.parameters, call.store
    mode = _check(store, given)
    lines = new_lines(store, given["line_items"], mode)
    id = store.new_id("cs_test_a1", 56)
    customer = given.get("customer")
    session = shaped(
        stripe.checkout.Session,
        **{
            "id": id,
            "object": "checkout.session",
            "adaptive_pricing": {"enabled": False},
            "automatic_tax": {"liability": {"type": "self"}, "provider": "stripe", "status": None, **(given.get("automatic_tax") or {"enabled": False})},
            "created": store.now(),
            "currency": lines[0]["currency"],
            "custom_fields": [],
            "custom_text": {"after_submit": None, "shipping_address": None, "submit": None, "terms_of_service_acceptance": None},
            "customer": customer,
            "customer_creation": _customer_creation(given, mode),
            "discounts": [],
            "expires_at": _expiry(store, given.get("expires_at")),
            "invoice_creation": _invoice_creation(given.get("invoice_creation")) if mode == "payment" else None,
            "metadata": merged_metadata({}, given.get("metadata")),
            "mode": mode,
            "payment_method_collection": "if_required" if mode == "payment" else "always",
            "payment_method_options": {"card": {"request_three_d_secure": "automatic"}},
            "payment_method_types": _method_types(given, mode),
            "payment_status": "unpaid",
            "phone_number_collection": {"enabled": False},
            "shipping_options": [],
            "status": "open",
            "ui_mode": "hosted_page",
            "url": f"{call.base}/c/pay/{id}",
            **{name: given[name] for name in ECHOED if name in given},
            "_coupon": None,
            "_customer_update": given.get("customer_update") or {},
            "_intent_data": given.get("payment_intent_data") or {},
            "_lines": lines,
            "_promotion": None,
            "_subscription_data": given.get("subscription_data") or {},
        },
    )
    session = priced(store, _with_discount(store, session, given.get("discounts")))
    if mode == "payment" and session["amount_total"]:
        check_chargeable(session["amount_total"], session["currency"], "line_items")
    store.add(session)
    agenda.plan(store, session["expires_at"], "checkout.expire", id)
    return session


def _check(store: Store, given: Thing) -> str:
    """The mode, once what may not stand together has been looked at."""
    mode = given.get("mode")
    if not mode:
        raise missing("mode")
    if mode == "setup":
        raise InvalidRequest("The stand-in has no setup mode.", param="mode")
    if not given.get("line_items"):
        raise missing("line_items")
    if given.get("ui_mode", "hosted_page") != "hosted_page":
        raise InvalidRequest("The stand-in has hosted pages only.", param="ui_mode")
    if not given.get("success_url"):
        raise missing("success_url")
    for name in ("success_url", "cancel_url"):
        if given.get(name) and not given[name].startswith(("http://", "https://")):
            raise InvalidRequest("Not a valid URL", code="url_invalid", param=name)
    refuse_both(given, "customer", "customer_email")
    refuse_both(given, "allow_promotion_codes", "discounts")
    if mode != "payment":
        for name in ("payment_intent_data", "invoice_creation", "customer_creation", "submit_type"):
            if name in given:
                raise InvalidRequest(f"You can not pass `{name}` in `{mode}` mode.", param=name)
    if mode != "subscription" and "subscription_data" in given:
        raise InvalidRequest(f"You can not pass `subscription_data` in `{mode}` mode.", param="subscription_data")
    if "customer_update" in given and not given.get("customer"):
        raise InvalidRequest("`customer_update` can only be used with `customer`.", param="customer_update")
    billing.check_data(store, given.get("subscription_data") or {})
    if given.get("customer"):
        _check_taxable(living(store, given["customer"]), given)
        if "customer_creation" in given:
            raise InvalidRequest("You may only specify one of these parameters: customer, customer_creation.", param="customer_creation")
    return str(mode)


def _check_taxable(customer: Thing, given: Thing) -> None:
    """With automatic tax, a customer without an address needs leave to be given the one typed."""
    if not (given.get("automatic_tax") or {}).get("enabled") or (given.get("customer_update") or {}).get("address") == "auto":
        return
    if not (customer.get("address") or {}).get("country"):
        words = (
            "Automatic tax calculation in Checkout requires a valid address on the Customer. Add a valid address to the Customer or set either "
            "`customer_update[address]` to 'auto' or `customer_update[shipping]` to 'auto' to save the address entered in Checkout to the Customer."
        )
        raise InvalidRequest(words, code="customer_tax_location_invalid")


def _customer_creation(given: Thing, mode: str) -> str | None:
    if given.get("customer"):
        return None
    return "always" if mode == "subscription" else str(given.get("customer_creation", "if_required"))


def _method_types(given: Thing, mode: str) -> list[str]:
    """Those of ours that the caller allows."""
    ours = ["card"] if mode == "subscription" else ["card", "us_bank_account"]
    allowed = given.get("allowed_payment_method_types") or ours
    left = [type for type in ours if type in allowed and type not in (given.get("excluded_payment_method_types") or ())]
    if not left:
        raise InvalidRequest(f"No payment method type is left; the stand-in has {' and '.join(ours)}.", param="allowed_payment_method_types")
    return left


def _expiry(store: Store, wanted: int | None) -> int:
    now = store.now()
    if wanted is None:
        return now + LONGEST_S
    if wanted < now + SHORTEST_S:
        raise InvalidRequest("The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at")
    if wanted > now + LONGEST_S:
        raise InvalidRequest("The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at")
    return wanted


def _invoice_creation(given: Thing | None) -> Thing:
    empty: Thing = {
        "account_tax_ids": None,
        "custom_fields": None,
        "description": None,
        "footer": None,
        "issuer": None,
        "metadata": {},
        "rendering_options": None,
    }
    given = given or {"enabled": False}
    return {"enabled": given["enabled"], "invoice_data": {**empty, **(given.get("invoice_data") or {})}}


def _with_discount(store: Store, session: Thing, given: list[Thing] | None) -> Thing:
    if not given:
        return session
    if len(given) > 1:
        raise InvalidRequest("Array discounts exceeded maximum 1 allowed elements.", param="discounts")
    return discounted(store, session, coupon=given[0].get("coupon"), code=given[0].get("promotion_code"))


def discounted(store: Store, session: Thing, *, coupon: str | None = None, code: str | None = None) -> Thing:
    """The session with a coupon or promotion code (by id) on it, sums not yet worked out."""
    subtotal = sum(line["price"]["unit_amount"] * line["quantity"] for line in session["_lines"])
    found, promotion = redeemable(store, coupon=coupon, code=code, customer=session["customer"], subtotal=subtotal, currency=session["currency"])
    shown = {"coupon": None if promotion else found["id"], "promotion_code": promotion["id"] if promotion else None}
    return {**session, "_coupon": found["id"], "_promotion": promotion["id"] if promotion else None, "discounts": [shown]}


@api("GET", "/v1/checkout/sessions/<id>", SessionRetrieveParams)
def retrieve_session(call: Call) -> Thing:
    return call.store.get("checkout.session", call.id)


@api("POST", "/v1/checkout/sessions/<id>", SessionUpdateParams)
def update_session(call: Call) -> Thing:
    session = call.store.get("checkout.session", call.id)
    if set(call.parameters) - {"metadata", "expand"}:
        raise InvalidRequest("The stand-in updates a session's metadata only.")
    return call.store.save({**session, "metadata": merged_metadata(session["metadata"], call.get("metadata"))})


@api("POST", "/v1/checkout/sessions/<id>/expire", SessionExpireParams)
def expire_session(call: Call) -> Thing:
    session = call.store.get("checkout.session", call.id)
    if session["status"] != "open":
        words = f'Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of `{session["status"]}`.'
        raise InvalidRequest(words)
    return _expire(call.store, session)


def _expire(store: Store, session: Thing) -> Thing:
    expired = store.save({**session, "status": "expired", "url": None})
    agenda.forget(store, session["id"])
    emit(store, "checkout.session.expired", expired)
    return expired


@agenda.deed("checkout.expire")
def expire_by_clock(store: Store, id: str) -> None:
    session = store.get("checkout.session", id)
    if session["status"] == "open":
        _expire(store, session)


@api("GET", "/v1/checkout/sessions", SessionListParams)
def list_sessions(call: Call) -> Thing:
    equal = call.only("customer", "payment_intent", "status", "subscription")
    if details := call.get("customer_details"):
        equal["customer_details__email"] = details["email"]
    return call.page_of("checkout.session", **equal)


@includable("checkout.session", "line_items")
def line_items(store: Store, session: Thing) -> Thing:
    return sublist(session["_lines"], f"/v1/checkout/sessions/{session['id']}/line_items")


@api("GET", "/v1/checkout/sessions/<id>/line_items", SessionListLineItemsParams)
def list_line_items(call: Call) -> Thing:
    lines = call.store.get("checkout.session", call.id)["_lines"]
    ids = [line["id"] for line in lines]
    start = ids.index(call.get("starting_after")) + 1 if call.get("starting_after") in ids else 0
    end = start + call.get("limit", USUAL_PAGE)
    return {"object": "list", "data": lines[start:end], "has_more": end < len(lines), "url": call.path}
