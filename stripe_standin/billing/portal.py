"""/v1/billing_portal: configurations, sessions, and what a customer may do in one."""

import secrets
from typing import Any

import stripe
from stripe.params.billing_portal import (
    ConfigurationCreateParams,
    ConfigurationListParams,
    ConfigurationRetrieveParams,
    ConfigurationUpdateParams,
    SessionCreateParams,
)

from stripe_standin import events
from stripe_standin.billing import changes, collection, settings
from stripe_standin.billing.subscription_calls import cancel_now
from stripe_standin.billing.subscriptions import LIVE, period_of
from stripe_standin.calls import Call, Thing, api
from stripe_standin.errors import InvalidRequest
from stripe_standin.parameters import merged_metadata, missing
from stripe_standin.resources.customers import living
from stripe_standin.resources.payment_methods import attach, new_method
from stripe_standin.shapes import shaped
from stripe_standin.store import Store

REASONS = ["too_expensive", "missing_features", "switched_service", "unused", "customer_service", "too_complex", "low_quality", "other"]
NO_FEATURE: dict[str, Any] = {
    "customer_update": {"allowed_updates": [], "enabled": False},
    "invoice_history": {"enabled": False},
    "payment_method_update": {"enabled": False, "payment_method_configuration": None},
    "subscription_cancel": {
        "cancellation_reason": {"enabled": False, "feedback_options": None, "options": REASONS},
        "enabled": False,
        "mode": "at_period_end",
        "proration_behavior": "none",
    },
    "subscription_pause": {"duration": {"interval_options": [], "type": "indefinite"}, "enabled": False},
    "subscription_update": {
        "billing_cycle_anchor": "unchanged",
        "default_allowed_updates": [],
        "enabled": False,
        "products": [],
        "proration_behavior": "none",
        "schedule_at_period_end": {"conditions": []},
        "trial_update_behavior": "continue_trial",
    },
}
PROFILE = {"headline": None, "privacy_policy_url": None, "terms_of_service_url": None}
FEATURE_OF_FLOW = {
    "payment_method_update": "payment_method_update",
    "subscription_cancel": "subscription_cancel",
    "subscription_update": "subscription_update",
}


def _features(store: Store, old: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Features after a change: what is not named stays."""
    features = {name: {**feature, **(given.get(name) or {})} for name, feature in old.items()}
    cancel = features["subscription_cancel"]
    cancel["cancellation_reason"] = {**old["subscription_cancel"]["cancellation_reason"], **cancel["cancellation_reason"]}
    if cancel["mode"] == "at_period_end" and cancel["proration_behavior"] != "none":
        raise InvalidRequest("proration_behavior must be none when mode is at_period_end.", param="features[subscription_cancel][proration_behavior]")
    change = features["subscription_update"]
    for name in ("default_allowed_updates", "products"):
        change[name] = change[name] or []
    if change["enabled"]:
        for name in ("default_allowed_updates", "products"):
            if not change[name]:
                raise missing(f"features[subscription_update][{name}]")
        change["products"] = [_product(store, number, entry) for number, entry in enumerate(change["products"])]
    return features


def _product(store: Store, number: int, entry: dict[str, Any]) -> dict[str, Any]:
    where = f"features[subscription_update][products][{number}]"
    product = store.get("product", entry["product"], param=f"{where}[product]")
    for id in entry["prices"]:
        price = store.get("price", id, param=f"{where}[prices]")
        if price["product"] != product["id"] or not price["recurring"]:
            raise InvalidRequest(f"Price {id} must be a recurring price of product {product['id']}.", param=f"{where}[prices]")
    return {"adjustable_quantity": {"enabled": False, "maximum": None, "minimum": 1}, **entry}


@api("POST", "/v1/billing_portal/configurations", ConfigurationCreateParams)
def create_configuration(call: Call) -> Thing:
    store = call.store
    configuration = shaped(
        stripe.billing_portal.Configuration,
        id=store.new_id("bpc_1"),
        object="billing_portal.configuration",
        active=True,
        business_profile={**PROFILE, **{name: text or None for name, text in (call.get("business_profile") or {}).items()}},
        created=store.now(),
        default_return_url=call.get("default_return_url") or None,
        features=_features(store, NO_FEATURE, call.get("features")),
        is_default=False,
        login_page={"enabled": False, "url": None},
        metadata=merged_metadata({}, call.get("metadata")),
        name=call.get("name") or None,
        updated=store.now(),
    )
    store.add(configuration)
    events.emit(store, "billing_portal.configuration.created", configuration)
    return configuration


@api("POST", "/v1/billing_portal/configurations/<id>", ConfigurationUpdateParams)
def update_configuration(call: Call) -> Thing:
    store = call.store
    old = store.get("billing_portal.configuration", call.id)
    new = {**old, **{name: call.parameters[name] for name in ("active",) if name in call.parameters}}
    for name in ("default_return_url", "name"):
        if name in call.parameters:
            new[name] = call.parameters[name] or None
    if call.get("business_profile"):
        new["business_profile"] = {**old["business_profile"], **{name: text or None for name, text in call.get("business_profile").items()}}
    if call.get("features"):
        new["features"] = _features(store, old["features"], call.get("features"))
    if "metadata" in call.parameters:
        new["metadata"] = merged_metadata(old["metadata"], call.parameters["metadata"])
    if new != old:
        new["updated"] = store.now()
        events.changed(store, "billing_portal.configuration.updated", old, new)
    return new


@api("GET", "/v1/billing_portal/configurations/<id>", ConfigurationRetrieveParams)
def retrieve_configuration(call: Call) -> Thing:
    return call.store.get("billing_portal.configuration", call.id)


@api("GET", "/v1/billing_portal/configurations", ConfigurationListParams)
def list_configurations(call: Call) -> Thing:
    equal = {name: call.parameters[name] for name in ("active", "is_default") if name in call.parameters}
    return call.page_of("billing_portal.configuration", **equal)


@api("POST", "/v1/billing_portal/sessions", SessionCreateParams)
def create_session(call: Call) -> Thing:
    store = call.store
    if not call.get("customer"):
        raise missing("customer")
    customer = living(store, call.get("customer"))
    configuration = _configuration(store, call.get("configuration"))
    flow = _flow(store, customer, configuration, call.get("flow_data"))
    secret = secrets.token_urlsafe(32)
    session = shaped(
        stripe.billing_portal.Session,
        id=store.new_id("bps_1"),
        object="billing_portal.session",
        configuration=configuration["id"],
        created=store.now(),
        customer=customer["id"],
        flow=flow,
        locale=call.get("locale"),
        return_url=call.get("return_url") or configuration["default_return_url"],
        url=f"{call.base}/p/session/{secret}",
        _secret=secret,
    )
    store.add(session)
    events.emit(store, "billing_portal.session.created", session)
    return session


def _configuration(store: Store, id: str | None) -> Thing:
    if id:
        found = store.get("billing_portal.configuration", id, param="configuration")
        if not found["active"]:
            raise InvalidRequest(f"The configuration {id} is not active.", param="configuration")
        return found
    living_ones = store.all("billing_portal.configuration", is_default=True)
    if not living_ones:
        raise InvalidRequest(
            "No configuration provided and your test mode default configuration has not been created. Provide a configuration or create your default by "
            "saving your customer portal settings in test mode at https://dashboard.stripe.com/test/settings/billing/portal."
        )
    return living_ones[0]


def _flow(store: Store, customer: Thing, configuration: Thing, given: dict[str, Any] | None) -> dict[str, Any] | None:
    if not given:
        return None
    kind = given["type"]
    if kind not in FEATURE_OF_FLOW:
        raise InvalidRequest(f"The stand-in's portal has no {kind} flow.", param="flow_data[type]")
    if not configuration["features"][FEATURE_OF_FLOW[kind]]["enabled"]:
        raise InvalidRequest(f"This feature in the portal configuration is disabled: {FEATURE_OF_FLOW[kind]}.", param="flow_data[type]")
    after = {"type": "portal_homepage", "hosted_confirmation": None, "redirect": None, **(given.get("after_completion") or {})}
    if after["hosted_confirmation"] is not None:
        after["hosted_confirmation"] = {"custom_message": None, **after["hosted_confirmation"]}
    names = ("customer_update", "subscription_cancel", "subscription_pause", "subscription_update", "subscription_update_confirm")
    flow: dict[str, Any] = {"type": kind, "after_completion": after, **dict.fromkeys(names)}
    if kind != "payment_method_update":
        if kind not in given:
            raise missing(f"flow_data[{kind}]")
        subscription = store.get("subscription", given[kind]["subscription"], param=f"flow_data[{kind}][subscription]")
        if subscription["customer"] != customer["id"]:
            raise InvalidRequest("The subscription belongs to another customer.", param=f"flow_data[{kind}][subscription]")
        if kind == "subscription_cancel" and (subscription["cancel_at"] or subscription["status"] not in LIVE):
            raise InvalidRequest("The subscription is already set to be canceled.", param="flow_data[subscription_cancel][subscription]")
        flow[kind] = {"retention": None, **given[kind]} if kind == "subscription_cancel" else dict(given[kind])
    return flow


def _allowed(store: Store, session: Thing, feature: str) -> dict[str, Any]:
    configuration = store.get("billing_portal.configuration", session["configuration"])
    if not configuration["features"][feature]["enabled"]:
        raise InvalidRequest("This is switched off in the portal's settings.")
    return configuration["features"][feature]


def _own(store: Store, session: Thing, id: str) -> Thing:
    subscription = store.get("subscription", id, param="subscription")
    if subscription["customer"] != session["customer"]:
        raise InvalidRequest("This plan belongs to somebody else.")
    if subscription["status"] not in LIVE:
        raise InvalidRequest("This plan has ended.")
    return subscription


def change_card(store: Store, session: Thing, number: str) -> str:
    """The new card becomes the customer's, and that of every plan that had one of its own."""
    _allowed(store, session, "payment_method_update")
    give_card(store, session["customer"], number)
    return "card_saved"


def give_card(store: Store, customer_id: str, number: str) -> Thing:
    method = attach(store, new_method(store, number), customer_id)
    old = store.get("customer", customer_id)
    events.changed(store, "customer.updated", old, {**old, "invoice_settings": {**old["invoice_settings"], "default_payment_method": method["id"]}})
    for subscription in store.all("subscription", customer=customer_id):
        if subscription["status"] not in collection.OVER and subscription["default_payment_method"]:
            changes.update(store, subscription["id"], {"default_payment_method": method["id"]})
    return method


def change_plan(store: Store, session: Thing, subscription_id: str, price_id: str) -> str:
    feature = _allowed(store, session, "subscription_update")
    subscription = _own(store, session, subscription_id)
    entry = subscription["items"]["data"][0]
    if "price" not in feature["default_allowed_updates"] or price_id not in prices_offered(feature):
        raise InvalidRequest("This plan is not offered.")
    if entry["price"]["id"] == price_id:
        raise InvalidRequest("This is your plan already.")
    given: dict[str, Any] = {
        "items": [{"id": entry["id"], "price": price_id}],
        "proration_behavior": feature["proration_behavior"],
        "payment_behavior": "error_if_incomplete",
    }
    if subscription["cancel_at_period_end"]:
        given["cancel_at_period_end"] = False
    elif subscription["cancel_at"]:
        given["cancel_at"] = ""
    if subscription["status"] == "trialing" and feature["trial_update_behavior"] == "end_trial":
        given["trial_end"] = "now"
    changes.update(store, subscription_id, given)
    return "plan_changed"


def prices_offered(feature: dict[str, Any]) -> list[str]:
    return [price for product in feature["products"] or [] for price in product["prices"]]


def cancel(store: Store, session: Thing, subscription_id: str, feedback: str = "") -> str:
    """As the configuration says: now, or at the period's end. Flexible subscriptions then carry `cancel_at` and no flag, as at Stripe."""
    feature = _allowed(store, session, "subscription_cancel")
    subscription = _own(store, session, subscription_id)
    if subscription["cancel_at"]:
        raise InvalidRequest("Your plan already ends.")
    details = {"feedback": feedback} if feedback in feature["cancellation_reason"]["options"] else {}
    if feature["mode"] == "immediately":
        cancel_now(store, subscription_id, details=details)
        return "plan_ended"
    how = settings.read(store)["portal_cancels_with"]
    if how == "billing_mode":
        how = "cancel_at" if subscription["billing_mode"]["type"] == "flexible" else "cancel_at_period_end"
    given: dict[str, Any] = {how: period_of(subscription)[1] if how == "cancel_at" else True}
    changes.update(store, subscription_id, {**given, **({"cancellation_details": details} if details else {})})
    return "plan_ends"


def keep(store: Store, session: Thing, subscription_id: str) -> str:
    _allowed(store, session, "subscription_cancel")
    subscription = _own(store, session, subscription_id)
    if not subscription["cancel_at"]:
        raise InvalidRequest("Your plan does not end.")
    changes.update(store, subscription_id, {"cancel_at_period_end": False} if subscription["cancel_at_period_end"] else {"cancel_at": ""})
    return "plan_kept"
