"""/v1/invoices and /v1/invoice_payments."""

from stripe.params import (
    InvoiceFinalizeInvoiceParams,
    InvoiceListLinesParams,
    InvoiceListParams,
    InvoiceMarkUncollectibleParams,
    InvoicePaymentListParams,
    InvoicePaymentRetrieveParams,
    InvoicePayParams,
    InvoiceRetrieveParams,
    InvoiceVoidInvoiceParams,
)

from stripe_standin import agenda
from stripe_standin.billing import collection, invoices, subscriptions
from stripe_standin.calls import Call, Thing, api, includable
from stripe_standin.errors import InvalidRequest
from stripe_standin.store import Store


@includable("invoice", "payments")
def payments_of(store: Store, invoice: Thing) -> Thing:
    found = store.all("invoice_payment", invoice=invoice["id"])
    return {"object": "list", "data": found, "has_more": False, "url": f"/v1/invoice_payments?invoice={invoice['id']}"}


@includable("invoice", "confirmation_secret")
def confirmation_secret_of(store: Store, invoice: Thing) -> Thing | None:
    payment = invoices.payment_of(store, invoice)
    intent = store.find(payment["payment"]["payment_intent"]) if payment else None
    return {"client_secret": intent["client_secret"], "type": "payment_intent"} if intent else None


@api("GET", "/v1/invoices/<id>", InvoiceRetrieveParams)
def retrieve_invoice(call: Call) -> Thing:
    return call.store.get("invoice", call.id)


@api("GET", "/v1/invoices", InvoiceListParams)
def list_invoices(call: Call) -> Thing:
    equal = {name: call.get(name) for name in ("customer", "status", "collection_method") if call.get(name)}
    if call.get("subscription"):
        equal["_subscription"] = call.get("subscription")
    return call.page_of("invoice", **equal)


@api("GET", "/v1/invoices/<id>/lines", InvoiceListLinesParams)
def list_lines(call: Call) -> Thing:
    return {**call.store.get("invoice", call.id)["lines"], "url": call.path}


@api("POST", "/v1/invoices/<id>/finalize", InvoiceFinalizeInvoiceParams)
def finalize_invoice(call: Call) -> Thing:
    invoice = call.store.get("invoice", call.id)
    agenda.forget(call.store, invoice["id"])
    invoices.finalize(call.store, invoice)
    if invoice["status"] == "paid":
        collection.paid(call.store, invoice)
    return invoice


@api("POST", "/v1/invoices/<id>/pay", InvoicePayParams)
def pay_invoice(call: Call) -> Thing:
    """Charge now. A refused card answers 402 and stays on record, as every try does."""
    store = call.store
    invoice = store.get("invoice", call.id)
    if invoice["status"] == "draft":
        agenda.forget(store, invoice["id"])
        invoices.finalize(store, invoice)
    elif invoice["status"] == "paid":
        raise InvalidRequest("Invoice is already paid", code="invoice_already_paid")
    elif invoice["status"] == "void":
        raise InvalidRequest("This invoice can no longer be paid: it is void.")
    if invoice["status"] == "open" and call.get("paid_out_of_band"):
        agenda.forget(store, invoice["id"])
        invoices.mark_paid(store, invoice, amount=invoice["amount_due"], out_of_band=True)
        collection.paid(store, invoice)
    elif invoice["status"] == "paid":
        collection.paid(store, invoice)
    elif refusal := collection.collect(store, invoice, payment_method=call.get("payment_method")):
        raise refusal
    return store.get("invoice", call.id)


@api("POST", "/v1/invoices/<id>/void", InvoiceVoidInvoiceParams)
def void_invoice(call: Call) -> Thing:
    return _closed(call, "void")


@api("POST", "/v1/invoices/<id>/mark_uncollectible", InvoiceMarkUncollectibleParams)
def mark_uncollectible(call: Call) -> Thing:
    return _closed(call, "uncollectible")


def _closed(call: Call, status: str) -> Thing:
    store = call.store
    invoice = store.get("invoice", call.id)
    agenda.forget(store, invoice["id"])
    invoices.close(store, invoice, status=status)
    if collection.subscription_of(store, invoice)["status"] == "incomplete":
        subscriptions.expire(store, collection.subscription_of(store, invoice)["id"])
    elif status == "void":
        collection.paid(store, invoice)  # nothing is owed on it any more
    return invoice


@api("GET", "/v1/invoice_payments/<id>", InvoicePaymentRetrieveParams)
def retrieve_payment(call: Call) -> Thing:
    return call.store.get("invoice_payment", call.id)


@api("GET", "/v1/invoice_payments", InvoicePaymentListParams)
def list_payments(call: Call) -> Thing:
    """By `payment[payment_intent]` this finds the invoice a payment intent belongs to, which the intent no longer names."""
    equal = {name: call.get(name) for name in ("invoice", "status") if call.get(name)}
    if wanted := call.get("payment"):
        equal["payment__type"] = wanted["type"]
        if "payment_intent" in wanted:
            equal["_intent"] = wanted["payment_intent"]
    return call.page_of("invoice_payment", **equal)
