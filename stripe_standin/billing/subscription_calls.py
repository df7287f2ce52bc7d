"""/v1/subscriptions and /v1/subscription_items."""

from typing import Any

from stripe.params import (
    SubscriptionCancelParams,
    SubscriptionCreateParams,
    SubscriptionItemListParams,
    SubscriptionItemRetrieveParams,
    SubscriptionItemUpdateParams,
    SubscriptionListParams,
    SubscriptionResumeParams,
    SubscriptionRetrieveParams,
    SubscriptionUpdateParams,
)

from stripe_standin.billing import changes, collection, discounts, invoices, subscriptions
from stripe_standin.calls import Call, Thing, api
from stripe_standin.clock import DAY_S
from stripe_standin.errors import InvalidRequest, NotFound
from stripe_standin.parameters import merged_metadata, missing
from stripe_standin.resources.customers import BEFORE_DELETION, living
from stripe_standin.store import Store

UNKNOWN_AT_START = [*changes.UNKNOWN_HERE, "backdate_start_date", "billing_cycle_anchor", "billing_cycle_anchor_config"]
UNKNOWN_AT_START.remove("collection_method")


@api("POST", "/v1/subscriptions", SubscriptionCreateParams)
def create_subscription(call: Call) -> Thing:
    store, given = call.store, call.parameters
    changes.refuse_unsupported(given, UNKNOWN_AT_START)
    if call.get("collection_method", "charge_automatically") != "charge_automatically":
        raise InvalidRequest("The stand-in charges automatically only.", param="collection_method")
    if "customer" not in given:
        raise missing("customer")
    if not given.get("items"):
        raise missing("items")
    customer = living(store, given["customer"])
    if call.get("trial_end") and call.get("trial_period_days"):
        raise InvalidRequest("You may only specify one of these parameters: trial_end, trial_period_days.")
    trial_end = None if call.get("trial_end") == "now" else call.get("trial_end")
    if call.get("trial_period_days"):
        trial_end = store.now() + call.get("trial_period_days") * DAY_S
    behavior = call.get("payment_behavior", "allow_incomplete")
    if behavior == "pending_if_incomplete":
        raise InvalidRequest("pending_if_incomplete can only be used when updating a subscription.", param="payment_behavior")
    card = call.get("default_payment_method")
    if card and store.get("payment_method", card, param="default_payment_method")["customer"] != customer["id"]:
        raise InvalidRequest(f"The customer does not have a payment method with the ID {card}.", code="resource_missing", param="default_payment_method")
    has_card = card or customer["invoice_settings"]["default_payment_method"]
    if not has_card and not trial_end and behavior != "default_incomplete":
        raise InvalidRequest(
            "This customer has no attached payment source or default payment method. Please consider adding a default payment method. For more information, "
            "visit https://stripe.com/docs/billing/subscriptions/payment-methods-setting#payment-method-priority.",
            code="resource_missing",
        )
    items = [
        (subscriptions.price_on_sale(store, entry.get("price", ""), f"items[{number}][price]"), entry.get("quantity", 1), entry.get("metadata") or {})
        for number, entry in enumerate(given["items"])
    ]
    order = subscriptions.Order(
        customer=customer["id"],
        items=items,
        default_payment_method=card,
        trial_end=int(trial_end) if trial_end else None,
        metadata=merged_metadata({}, given.get("metadata")),
        description=call.get("description"),
        discounts=discounts.asked_for(
            store, given.get("discounts") or [], customer["id"], [{"price": price, "quantity": quantity} for price, quantity, _ in items]
        ),
        automatic_tax=bool((given.get("automatic_tax") or {}).get("enabled")),
        billing_mode=(given.get("billing_mode") or {}).get("type", "flexible"),
        missing_payment_method=((given.get("trial_settings") or {}).get("end_behavior") or {}).get("missing_payment_method", "create_invoice"),
        payment_behavior=behavior,
    )
    subscription, refusal = subscriptions.start(store, order)
    if refusal and behavior == "error_if_incomplete":
        raise subscriptions.without_effects(refusal)
    later: dict[str, Any] = {name: given[name] for name in ("cancel_at", "cancel_at_period_end") if name in given}
    return changes.update(store, subscription["id"], later) if later else subscription


@api("GET", "/v1/subscriptions/<id>", SubscriptionRetrieveParams)
def retrieve_subscription(call: Call) -> Thing:
    return call.store.get("subscription", call.id)


@api("POST", "/v1/subscriptions/<id>", SubscriptionUpdateParams)
def update_subscription(call: Call) -> Thing:
    return changes.update(call.store, call.id, call.parameters)


@api("DELETE", "/v1/subscriptions/<id>", SubscriptionCancelParams)
def cancel_subscription(call: Call) -> Thing:
    return cancel_now(call.store, call.id, details=call.get("cancellation_details") or {}, invoice_now=call.get("invoice_now", False))


def cancel_now(store: Store, id: str, *, details: dict[str, Any], invoice_now: bool = False) -> Thing:
    subscription = store.get("subscription", id)
    if subscription["status"] in collection.OVER:
        raise NotFound(f"No such subscription: {subscription['id']}", code="resource_missing", param="id")
    if invoice_now:
        raise InvalidRequest("The stand-in has no usage to invoice when a subscription is canceled.", param="invoice_now")
    subscription["cancellation_details"] = {**subscription["cancellation_details"], **{name: text or None for name, text in details.items()}}
    was_incomplete = subscription["status"] == "incomplete"
    collection.end(store, subscription, reason="cancellation_requested", status="incomplete_expired" if was_incomplete else "canceled")
    if was_incomplete:
        invoice = store.get("invoice", subscription["latest_invoice"])
        if invoice["status"] == "open":
            invoices.close(store, invoice, status="void")
    return store.get("subscription", id)


@api("POST", "/v1/subscriptions/<id>/resume", SubscriptionResumeParams)
def resume_subscription(call: Call) -> Thing:
    subscriptions.resume(call.store, call.store.get("subscription", call.id))
    return call.store.get("subscription", call.id)


@api("GET", "/v1/subscriptions", SubscriptionListParams)
def list_subscriptions(call: Call) -> Thing:
    """Canceled ones are left out unless `status` asks for them."""
    wanted, price = call.get("status"), call.get("price") or call.get("plan")
    ranges = {name: _range(call.get(name)) for name in ("current_period_start", "current_period_end")}
    ended = ("canceled", "incomplete_expired")

    def passes(subscription: Thing) -> bool:
        if wanted is None and subscription["status"] == "canceled":
            return False
        if wanted == "ended" and subscription["status"] not in ended:
            return False
        if wanted not in (None, "all", "ended") and subscription["status"] != wanted:
            return False
        items = subscription["items"]["data"]
        if price and all(entry["price"]["id"] != price for entry in items):
            return False
        return all(_within(items[0][name], limits) for name, limits in ranges.items())

    equal = {name: call.get(name) for name in ("customer", "collection_method") if call.get(name)}
    if call.get("automatic_tax"):
        equal["automatic_tax__enabled"] = call.get("automatic_tax")["enabled"]
    return call.page_of("subscription", where=passes, **equal)


def _range(given: int | dict[str, int] | None) -> dict[str, int]:
    return {"gte": given, "lte": given} if isinstance(given, int) else given or {}


def _within(moment: int, limits: dict[str, int]) -> bool:
    return moment > limits.get("gt", -1) and moment >= limits.get("gte", 0) and moment < limits.get("lt", moment + 1) and moment <= limits.get("lte", moment)


def _owner(call: Call) -> tuple[Thing, Thing]:
    for subscription in call.store.all("subscription"):
        for entry in subscription["items"]["data"]:
            if entry["id"] == call.id:
                return subscription, entry
    raise NotFound.missing("subscription_item", call.id)


@api("GET", "/v1/subscription_items/<id>", SubscriptionItemRetrieveParams)
def retrieve_item(call: Call) -> Thing:
    return _owner(call)[1]


@api("POST", "/v1/subscription_items/<id>", SubscriptionItemUpdateParams)
def update_item(call: Call) -> Thing:
    subscription, _ = _owner(call)
    of_item = {name: call.parameters[name] for name in ("price", "quantity", "metadata", "price_data", "plan") if name in call.parameters}
    of_all: dict[str, Any] = {name: call.parameters[name] for name in ("proration_behavior", "payment_behavior") if name in call.parameters}
    changes.refuse_unsupported(call.parameters, ["billing_thresholds", "current_trial", "discounts", "tax_rates", "proration_date"])
    changes.update(call.store, subscription["id"], {**of_all, "items": [{"id": call.id, **of_item}]})
    return _owner(call)[1]


@api("GET", "/v1/subscription_items", SubscriptionItemListParams)
def list_items(call: Call) -> Thing:
    subscription = call.store.get("subscription", call.get("subscription"), param="subscription")
    return {"object": "list", "data": subscription["items"]["data"], "has_more": False, "url": call.path}


def end_with_customer(store: Store, customer: Thing) -> None:
    for subscription in store.all("subscription", customer=customer["id"]):
        if subscription["status"] not in collection.OVER:
            cancel_now(store, subscription["id"], details={})


BEFORE_DELETION.append(end_with_customer)
