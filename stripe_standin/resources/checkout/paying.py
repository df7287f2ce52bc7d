"""What a person does on the hosted page: pay by card or bank, with a promotion code, or be declined."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stripe_standin import agenda, billing, charging
from stripe_standin.calls import Thing
from stripe_standin.errors import ApiError, InvalidRequest
from stripe_standin.events import changed, emit
from stripe_standin.resources.checkout.lines import priced
from stripe_standin.resources.checkout.sessions import discounted
from stripe_standin.resources.coupons import count_redemption, find_code
from stripe_standin.resources.customers import new_customer, whole_address
from stripe_standin.resources.payment_methods import attach, new_method
from stripe_standin.store import Store


@dataclass(frozen=True)
class Payer:
    """What was typed. `number`: of a test card, or one of the banks of cards.py; empty where nothing is due."""

    number: str = ""
    email: str = ""
    name: str = ""
    country: str = ""
    state: str = ""
    postal_code: str = ""
    promotion: str = ""


def pay(store: Store, id: str, payer: Payer) -> tuple[Thing, ApiError | None]:
    """(the session as it is now, what was wrong or None). A transaction of its own."""
    with store.transaction():
        try:
            with store.savepoint():
                return _pay(store, _open(store, id), payer), None
        except ApiError as error:
            return store.get("checkout.session", id), error


def preview(store: Store, id: str, payer: Payer) -> tuple[Thing, ApiError | None]:
    """The session as it would be with this promotion code and address, for the page; nothing is saved."""
    session = store.get("checkout.session", id)
    try:
        return priced(store, _with_details(_with_promotion(store, session, payer.promotion), payer)), None
    except ApiError as error:
        return session, error


def _open(store: Store, id: str) -> Thing:
    session = store.get("checkout.session", id)
    if session["status"] == "open" and session["expires_at"] <= store.now():
        agenda.DEEDS["checkout.expire"](store, id)
        session = store.get("checkout.session", id)
    if session["status"] != "open":
        raise InvalidRequest(f"This Checkout Session has a status of `{session['status']}` and takes no payment.", code="checkout_session_not_open")
    return session


def _with_promotion(store: Store, session: Thing, typed: str) -> Thing:
    if not typed.strip():
        return session
    if not session["allow_promotion_codes"]:
        raise InvalidRequest("This page takes no promotion codes.", param="promotion")
    code = find_code(store, typed)
    if code is None:
        raise InvalidRequest("This code is invalid.", param="promotion")
    return discounted(store, session, code=code["id"])


def _with_details(session: Thing, payer: Payer) -> Thing:
    old = session["customer_details"] or {}
    place = {"country": payer.country or "US", "state": payer.state, "postal_code": payer.postal_code} if payer.country or payer.state else None
    details: Thing = {
        "address": whole_address(place) or old.get("address"),
        "business_name": None,
        "email": session["customer_email"] or payer.email or old.get("email"),
        "individual_name": None,
        "name": payer.name or old.get("name"),
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    return {**session, "customer_details": details}


def _pay(store: Store, session: Thing, payer: Payer) -> Thing:
    owner = store.find(session["customer"]) or {}
    session = _with_details(_with_promotion(store, session, payer.promotion), payer)
    typed = session["customer_details"]
    details: Thing = {**typed, "email": typed["email"] or owner.get("email"), "name": typed["name"] or owner.get("name")}
    session = priced(store, {**session, "customer_details": details})
    if not details["email"]:
        raise InvalidRequest("An email address is needed.", param="email")
    if session["automatic_tax"]["status"] == "requires_location_inputs":
        raise InvalidRequest("A country and state are needed to work out the tax.", param="state")
    needed = session["amount_total"] or (session["mode"] == "subscription" and session["payment_method_collection"] == "always")
    if needed and not payer.number:
        raise InvalidRequest("A card number is needed.", param="number")
    billing_details = {name: details[name] for name in ("address", "email", "name")}
    method = new_method(store, payer.number, billing_details) if needed else None
    if method and method["type"] not in session["payment_method_types"]:
        raise InvalidRequest("This way to pay is not offered here.", param="way")
    if session["mode"] == "subscription":
        return _subscribe(store, session, method)
    return _pay_once(store, session, method)


def _subscribe(store: Store, session: Thing, method: Thing | None) -> Thing:
    session = _with_customer(store, session)
    if method:
        attach(store, method, session["customer"])
    subscription = billing.start_subscription(store, session, method)
    paid = "paid" if session["amount_total"] else "no_payment_required"
    return _complete(store, session, payment_status=paid, subscription=subscription["id"], invoice=subscription["latest_invoice"])


def _pay_once(store: Store, session: Thing, method: Thing | None) -> Thing:
    data = session["_intent_data"]
    if session["customer_creation"] == "always" or data.get("setup_future_usage"):
        session = _with_customer(store, session)
    if method is None:
        return _complete(store, session, payment_status="no_payment_required")
    intent = _intent(store, session)
    intent = charging.attempt(store, intent, method)
    if intent["last_payment_error"]:
        store.save({**store.get("checkout.session", session["id"]), "payment_intent": intent["id"]})
        raise charging.refuse(intent, method)
    if session["customer"] and data.get("setup_future_usage"):
        attach(store, method, session["customer"])
    status = "paid" if intent["status"] in ("succeeded", "requires_capture") else "unpaid"
    return _complete(store, {**session, "payment_intent": intent["id"]}, payment_status=status)


def _intent(store: Store, session: Thing) -> Thing:
    """The session's payment intent, made at the first try and tried again after a decline."""
    if intent := store.find(session["payment_intent"]):
        return store.save({**intent, "amount": session["amount_total"], "customer": session["customer"]})
    data = session["_intent_data"]
    kept = ("description", "receipt_email", "setup_future_usage", "statement_descriptor", "statement_descriptor_suffix", "transfer_group", "capture_method")
    values: dict[str, Any] = {name: data[name] for name in kept if name in data}
    values |= {"metadata": data.get("metadata", {}), "customer": session["customer"], "payment_method_types": session["payment_method_types"]}
    return charging.new_intent(store, amount=session["amount_total"], currency=session["currency"], _session=session["id"], **values)


def _with_customer(store: Store, session: Thing) -> Thing:
    if session["customer"]:
        return session
    details = session["customer_details"]
    return {**session, "customer": new_customer(store, email=details["email"], name=details["name"], address=details["address"])["id"]}


def _update_customer(store: Store, session: Thing) -> None:
    """`customer_update`: what was typed becomes the customer's."""
    told = {name: session["customer_details"][name] for name in ("address", "name") if session["_customer_update"].get(name) == "auto"}
    told = {name: value for name, value in told.items() if value}
    if told and (customer := store.find(session["customer"])):
        changed(store, "customer.updated", customer, {**customer, **told})


def _complete(store: Store, session: Thing, **values: Any) -> Thing:
    agenda.forget(store, session["id"])
    _update_customer(store, session)
    done = store.save({**session, "status": "complete", "url": None, **values})
    if done["_coupon"]:
        count_redemption(store, done["_coupon"], done["_promotion"])
    if (done["invoice_creation"] or {}).get("enabled") and done["payment_status"] == "paid":
        invoice = billing.invoice_session(store, done, store.find(done["payment_intent"]))
        done = store.save({**done, "invoice": invoice["id"] if invoice else None})
    emit(store, "checkout.session.completed", done)
    return done


def _bank_answered(store: Store, intent: Thing) -> None:
    session = store.find(intent.get("_session"))
    if session is None:
        return
    if intent["status"] != "succeeded":
        emit(store, "checkout.session.async_payment_failed", session)
        return
    paid = store.save({**session, "payment_status": "paid"})
    if (paid["invoice_creation"] or {}).get("enabled"):
        invoice = billing.invoice_session(store, paid, intent)
        paid = store.save({**paid, "invoice": invoice["id"] if invoice else None})
    emit(store, "checkout.session.async_payment_succeeded", paid)


charging.AFTER_BANK.append(_bank_answered)
