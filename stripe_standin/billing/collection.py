"""Asking for an invoice's money, asking again, and what that makes of the subscription."""

from copy import deepcopy

from stripe_standin import agenda, events
from stripe_standin.agenda import deed
from stripe_standin.billing import invoices, settings, till
from stripe_standin.charging import AFTER_BANK, AFTER_CONFIRMATION
from stripe_standin.clock import DAY_S
from stripe_standin.errors import CardRefused
from stripe_standin.store import Store

OVER = ("canceled", "incomplete_expired")


def subscription_of(store: Store, invoice: dict) -> dict:
    return store.get("subscription", invoice["parent"]["subscription_details"]["subscription"])


def collect(store: Store, invoice: dict, *, payment_method: str | None = None) -> CardRefused | None:
    """Charge an open invoice once. Returns the refusal, if there was one; the subscription's status follows either way."""
    if invoice["status"] != "open":
        return None
    subscription = subscription_of(store, invoice)
    invoice.update(attempted=True, attempt_count=invoice["attempt_count"] + 1, next_payment_attempt=None)
    agenda.forget(store, invoice["id"], "invoice.retry")
    card = payment_method or card_for(store, subscription)
    payment = invoices.payment_of(store, invoice)
    if payment is None:
        raise LookupError(f"open invoice {invoice['id']} has no payment")
    status, refusal = till.take(store, payment["payment"]["payment_intent"], card)
    if refusal:
        failed(store, invoice)
    elif status == "processing":  # a bank takes days to answer; until then the subscription counts as paid
        store.save(invoice)
        paid(store, invoice)
    else:
        invoices.mark_paid(store, invoice, amount=invoice["amount_due"])
        paid(store, invoice)
    return refusal


def card_for(store: Store, subscription: dict) -> str | None:
    """The one that will be charged: the subscription's own, else the customer's. A detached card is nobody's."""
    customer = store.get("customer", subscription["customer"])
    for id in (subscription["default_payment_method"], customer["invoice_settings"]["default_payment_method"]):
        method = store.find(id)
        if method and method["customer"] == customer["id"]:
            return str(id)
    return None


def paid(store: Store, invoice: dict) -> None:
    """An unpaid or unfinished subscription lives again when its latest invoice is paid."""
    subscription = subscription_of(store, invoice)
    if subscription["status"] in ("past_due", "unpaid", "incomplete") and subscription["latest_invoice"] == invoice["id"]:
        before = deepcopy(subscription)
        subscription["status"] = "active"
        agenda.forget(store, subscription["id"], "subscription.expire_incomplete")
        events.changed(store, "customer.subscription.updated", before, subscription)


def failed(store: Store, invoice: dict) -> None:
    """Plan the next try, or do what the account's settings say after the last one."""
    subscription = subscription_of(store, invoice)
    rules = settings.read(store)
    tries_left = rules["retry_days"][invoice["attempt_count"] - 1 :]
    if tries_left and subscription["status"] not in (*OVER, "incomplete"):
        invoice["next_payment_attempt"] = store.now() + tries_left[0] * DAY_S
        agenda.plan(store, invoice["next_payment_attempt"], "invoice.retry", invoice["id"])
    else:
        invoice["auto_advance"] = False
    store.save(invoice)
    events.emit(store, "invoice.payment_failed", invoice)
    if subscription["status"] in (*OVER, "incomplete", "paused"):
        return
    before = deepcopy(subscription)
    if tries_left or rules["after_retries"] == "past_due":
        subscription["status"] = "past_due"
    elif rules["after_retries"] == "unpaid":
        subscription["status"] = "unpaid"
    else:
        end(store, subscription, reason="payment_failed")
        return
    events.changed(store, "customer.subscription.updated", before, subscription)


def end(store: Store, subscription: dict, *, reason: str | None, status: str = "canceled") -> None:
    """The subscription is over. Drafts still waiting are left as they are, as Stripe leaves them; nothing will collect them."""
    now = store.now()
    agenda.forget(store, subscription["id"])
    for invoice in invoices.of_subscription(store, subscription["id"]):
        if invoice["status"] in ("draft", "open"):
            agenda.forget(store, invoice["id"])
            invoice.update(auto_advance=False, next_payment_attempt=None, automatically_finalizes_at=None)
            store.save(invoice)
    subscription["status"] = status
    subscription["ended_at"] = now
    subscription["canceled_at"] = subscription["canceled_at"] or now
    if reason and not subscription["cancellation_details"]["reason"]:
        subscription["cancellation_details"] = {**subscription["cancellation_details"], "reason": reason}
    subscription["pause_collection"] = None
    store.save(subscription)
    events.emit(store, "customer.subscription.deleted" if status == "canceled" else "customer.subscription.updated", subscription)


def follow_intent(store: Store, intent: dict) -> None:
    """An invoice's payment was confirmed by hand, or a bank has answered about it."""
    for payment in store.all("invoice_payment", _intent=intent["id"]):
        invoice = store.get("invoice", payment["invoice"])
        if intent["status"] == "processing":
            continue
        if intent["status"] == "succeeded":
            invoices.mark_paid(store, invoice, amount=invoice["amount_due"])
            paid(store, invoice)
        else:
            failed(store, invoice)


AFTER_BANK.append(follow_intent)
AFTER_CONFIRMATION.append(follow_intent)


@deed("invoice.retry")
def retry(store: Store, id: str) -> None:
    collect(store, store.get("invoice", id))


@deed("invoice.finalize")
def finalize_when_due(store: Store, id: str) -> None:
    """A renewal's hour as a draft is over: open it and ask for the money."""
    invoice = store.get("invoice", id)
    if invoice["status"] == "draft" and invoice["auto_advance"]:
        invoices.finalize(store, invoice)
        if invoice["status"] == "open":
            collect(store, invoice)
        else:
            paid(store, invoice)
