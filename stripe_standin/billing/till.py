"""The payment intents of invoices: opened with the invoice, tried once or more, canceled with it."""

from stripe_standin import charging
from stripe_standin.errors import CardRefused
from stripe_standin.events import emit
from stripe_standin.store import Store

WHAT_FOR = {"subscription_create": "Subscription creation", "subscription_cycle": "Subscription update", "subscription_update": "Subscription update"}
NO_CARD = "This customer has no attached payment source or default payment method."


def open_intent(store: Store, invoice: dict) -> dict:
    return charging.new_intent(
        store,
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        description=WHAT_FOR[invoice["billing_reason"]],
        receipt_email=invoice["customer_email"],
        setup_future_usage="off_session",
    )


def take(store: Store, intent_id: str, method_id: str | None) -> tuple[str, CardRefused | None]:
    """Try once. The intent's status afterwards, and the refusal if it was declined."""
    intent = store.get("payment_intent", intent_id)
    if method_id is None:
        return intent["status"], CardRefused(NO_CARD, code="resource_missing")
    method = store.get("payment_method", method_id, param="payment_method")
    intent = charging.attempt(store, intent, method)
    if intent["status"] == "requires_payment_method":
        return intent["status"], charging.refuse(intent, method)
    return intent["status"], None


def cancel_intent(store: Store, intent_id: str) -> None:
    intent = store.get("payment_intent", intent_id)
    if intent["status"] not in ("succeeded", "canceled"):
        intent.update(status="canceled", canceled_at=store.now(), cancellation_reason="void_invoice")
        store.save(intent)
        emit(store, "payment_intent.canceled", intent)
