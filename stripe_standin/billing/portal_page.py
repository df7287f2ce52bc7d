"""The portal's hosted page: the plan, the card and the invoices of one customer."""

from typing import Any

from flask import Blueprint, abort, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from stripe_standin.billing import collection, portal
from stripe_standin.billing.looks import offered_cards
from stripe_standin.billing.subscriptions import LIVE, period_of
from stripe_standin.billing.words import day, every_time
from stripe_standin.calls import Thing
from stripe_standin.errors import ApiError, InvalidRequest
from stripe_standin.store import Store

blueprint = Blueprint("portal", __name__)
MESSAGES = {
    "card_saved": "Your new card is saved. If a payment failed, it is tried again with this card.",
    "plan_changed": "Your plan is changed.",
    "plan_ended": "Your plan has ended.",
    "plan_ends": "Your plan will end with the period you have paid for. Until then nothing changes.",
    "plan_kept": "Your plan goes on.",
}
REASON_WORDS = {
    "customer_service": "Customer service was not what I hoped for",
    "low_quality": "The quality was not what I hoped for",
    "missing_features": "Something is missing",
    "other": "Another reason",
    "switched_service": "I found something else",
    "too_complex": "It is too complicated",
    "too_expensive": "It costs too much",
    "unused": "I do not use it enough",
}
HEADINGS = {"payment_method_update": "Change your card", "subscription_cancel": "Cancel your plan", "subscription_update": "Change your plan"}
FLOW_OF_ACTION = {"change_card": "payment_method_update", "cancel": "subscription_cancel", "change_plan": "subscription_update"}


@blueprint.route("/p/session/<secret>", methods=["GET", "POST"])
def show_portal(secret: str) -> Response | str | tuple[str, int]:
    store: Store = current_app.extensions["stand_in"].store
    with store.transaction():
        found = store.all("billing_portal.session", _secret=secret)
        if not found:
            abort(404)
        session = found[0]
        if request.method == "GET":
            return _page(store, session, done=request.args.get("done", ""))
        try:
            with store.savepoint():
                done = _act(store, session)
        except ApiError as error:
            return _page(store, session, error=error.message), 402 if error.status == 402 else 422
    return _after(session, done)


def _act(store: Store, session: Thing) -> str:
    action, subscription = request.form.get("action", ""), request.form.get("subscription", "")
    if action == "change_card":
        return portal.change_card(store, session, request.form.get("card", ""))
    if action == "change_plan":
        return portal.change_plan(store, session, subscription, request.form.get("price", ""))
    if action == "cancel":
        return portal.cancel(store, session, subscription, request.form.get("feedback", ""))
    if action == "keep":
        return portal.keep(store, session, subscription)
    raise InvalidRequest("This page has no such button.")


def _after(session: Thing, done: str) -> Response | str:
    """Back to the page, or where the flow said to go when its one thing is done."""
    flow = session["flow"]
    if flow and FLOW_OF_ACTION.get(request.form.get("action", "")) == flow["type"]:
        if flow["after_completion"]["type"] == "redirect":
            return redirect(flow["after_completion"]["redirect"]["return_url"], 303)
        if flow["after_completion"]["type"] == "hosted_confirmation":
            words = (flow["after_completion"]["hosted_confirmation"] or {}).get("custom_message") or MESSAGES[done]
            return render_template("message.html", heading="Done", text=words, link_url=session["return_url"], link_text="Go back")
        return redirect(f"{request.path}?done={done}&all=1", 303)
    return redirect(f"{request.path}?done={done}", 303)


def _page(store: Store, session: Thing, *, done: str = "", error: str = "") -> str:
    customer = store.get("customer", session["customer"])
    configuration = store.get("billing_portal.configuration", session["configuration"])
    features = configuration["features"]
    flow = session["flow"] if not request.args.get("all") else None
    kind = flow["type"] if flow else None
    subscriptions = store.all("subscription", customer=customer["id"])[::-1]
    if flow and kind != "payment_method_update":
        subscriptions = [subscription for subscription in subscriptions if subscription["id"] == flow[kind]["subscription"]]
    may_change = features["subscription_update"]["enabled"] and kind in (None, "subscription_update")
    may_cancel = features["subscription_cancel"]["enabled"] and kind in (None, "subscription_cancel")
    living = [subscription for subscription in subscriptions if subscription["status"] in LIVE]
    method = store.find(_card_of(store, customer, living))
    reasons = features["subscription_cancel"]["cancellation_reason"]
    return render_template(
        "portal.html",
        heading=HEADINGS.get(kind or "", "Your plan and payments"),
        headline=configuration["business_profile"]["headline"],
        seller="the school",
        return_url=session["return_url"],
        error=error,
        message=MESSAGES.get(done, ""),
        shows={
            "subscriptions": kind != "payment_method_update",
            "card": features["payment_method_update"]["enabled"] and kind in (None, "payment_method_update"),
            "invoices": features["invoice_history"]["enabled"] and kind is None,
        },
        plans=[_plan(store, subscription, features["subscription_update"] if may_change else None) for subscription in subscriptions],
        can_cancel=may_cancel,
        cancel_label="Cancel now" if features["subscription_cancel"]["mode"] == "immediately" else "Cancel at the end of the period",
        reasons=[(name, REASON_WORDS[name]) for name in reasons["options"]] if reasons["enabled"] else [],
        card=method["card"] if method and method["type"] == "card" else None,
        cards=offered_cards(),
        values=request.form,
        invoices=[invoice for invoice in store.all("invoice", customer=customer["id"])[::-1] if invoice["number"]],
    )


def _card_of(store: Store, customer: Thing, living: list[Thing]) -> str | None:
    """The card that will be charged next."""
    return collection.card_for(store, living[0]) if living else customer["invoice_settings"]["default_payment_method"]


def _plan(store: Store, subscription: Thing, feature: dict[str, Any] | None) -> dict[str, Any]:
    entry = subscription["items"]["data"][0]
    live = subscription["status"] in LIVE
    choices = []
    if feature and live:
        for id in portal.prices_offered(feature):
            price = store.get("price", id)
            choices.append({"id": id, "label": every_time(price, entry["quantity"]), "current": id == entry["price"]["id"]})
    return {
        "id": subscription["id"],
        "title": store.get("product", entry["price"]["product"])["name"],
        "price": every_time(entry["price"], entry["quantity"]),
        "sentence": sentence(subscription),
        "live": live,
        "ending": live and bool(subscription["cancel_at"]),
        "choices": choices,
    }


def sentence(subscription: Thing) -> str:
    """What happens next, in one sentence."""
    status, end = subscription["status"], period_of(subscription)[1]
    if status in collection.OVER:
        return f"Ended on {day(subscription['ended_at'])}."
    if status in ("incomplete", "paused"):
        return "Waiting for a first payment." if status == "incomplete" else "Paused until a card is saved."
    if subscription["cancel_at"]:
        return f"Ends on {day(subscription['cancel_at'])}. You will not be charged again."
    if subscription["pause_collection"]:
        until = subscription["pause_collection"]["resumes_at"]
        return f"Paused until {day(until)}." if until else "Paused."
    if status == "trialing":
        return f"Free until {day(subscription['trial_end'])}, then charged."
    if status in ("past_due", "unpaid"):
        return "The last payment failed. Save a card that works and it is tried again."
    return f"Renews on {day(end)}."
