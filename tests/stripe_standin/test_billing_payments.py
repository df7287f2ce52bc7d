"""Failed payments: retries, what becomes of the subscription, and paying an invoice by hand."""

import itertools

import pytest
import stripe

from stripe_standin.billing.periods import boundary
from tests.stripe_standin.billing import DAY_S, DECLINED_LATER, WORKS, checkout, period, plans, subscribe

HOUR_S = 3600


@pytest.fixture
def plan(client):
    return plans(client)


@pytest.fixture
def customer(client):
    return client.customers.create({"email": "ana@example.com"})


@pytest.fixture
def late(client, control, plan, customer):
    """A subscription whose first renewal has just been declined."""
    subscription = subscribe(client, control, plan.month, customer)
    control.set_card(customer.id, DECLINED_LATER)
    control.set_clock(period(subscription)[1] + HOUR_S + 60)
    return client.subscriptions.retrieve(subscription.id)


def test_a_declined_renewal_makes_it_past_due_and_plans_the_next_try(client, control, late):
    invoice = client.invoices.retrieve(late.latest_invoice)
    failed = control.events("invoice.payment_failed")

    assert late.status == "past_due"
    assert (invoice.status, invoice.attempt_count, invoice.attempted) == ("open", 1, True)
    assert invoice.next_payment_attempt == failed[0]["created"] + 3 * DAY_S
    assert len(failed) == len(control.events("charge.failed")) == len(control.events("payment_intent.payment_failed")) == 1
    changed = control.events("customer.subscription.updated")[-1]
    assert changed["data"]["previous_attributes"] == {"status": "active"}


@pytest.mark.parametrize(("setting", "status"), [("canceled", "canceled"), ("unpaid", "unpaid"), ("past_due", "past_due")])
def test_after_three_more_tries_the_accounts_setting_decides(client, control, late, setting, status):
    control.billing(after_retries=setting)

    control.advance(16 * DAY_S)

    ended = client.subscriptions.retrieve(late.id)
    invoice = client.invoices.retrieve(late.latest_invoice)
    moments = [event["created"] for event in control.events("invoice.payment_failed")]
    assert [later - earlier for earlier, later in itertools.pairwise(moments)] == [3 * DAY_S, 5 * DAY_S, 7 * DAY_S]
    assert (ended.status, invoice.status, invoice.attempt_count, invoice.next_payment_attempt) == (status, "open", 4, None)
    assert len(control.events("customer.subscription.deleted")) == (status == "canceled")
    if status == "canceled":
        assert (ended.ended_at, ended.cancellation_details.reason) == (moments[-1], "payment_failed")


def test_an_unpaid_subscription_keeps_its_next_invoices_as_drafts(client, control, late):
    control.billing(after_retries="unpaid")

    control.set_clock(boundary(late.billing_cycle_anchor, "month", 3) + 2 * HOUR_S)

    invoices = client.invoices.list({"subscription": late.id}).data
    assert [invoice.status for invoice in invoices] == ["draft", "draft", "open", "paid"]
    assert invoices[0].auto_advance is False


def test_a_new_card_makes_the_next_try_succeed(client, control, late, customer):
    control.set_card(customer.id, WORKS)

    control.advance(3 * DAY_S)

    after = client.subscriptions.retrieve(late.id, {"expand": ["latest_invoice.payments"]})
    assert (after.status, after.latest_invoice.status, after.latest_invoice.attempt_count) == ("active", "paid", 2)
    intent = client.payment_intents.retrieve(after.latest_invoice.payments.data[0].payment.payment_intent, {"expand": ["latest_charge"]})
    assert (intent.status, intent.latest_charge.payment_method_details.card.last4) == ("succeeded", WORKS[-4:])
    control.advance(10 * DAY_S)
    assert len(control.events("invoice.payment_failed")) == 1


def test_an_open_invoice_can_be_paid_by_hand(client, control, late, customer):
    with pytest.raises(stripe.CardError) as refusal:
        client.invoices.pay(late.latest_invoice)
    assert (refusal.value.code, client.invoices.retrieve(late.latest_invoice).attempt_count) == ("card_declined", 2)
    method = client.payment_methods.attach("pm_card_visa", {"customer": customer.id})

    paid = client.invoices.pay(late.latest_invoice, {"payment_method": method.id})

    assert (paid.status, paid.amount_remaining) == ("paid", 0)
    assert client.subscriptions.retrieve(late.id).status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        client.invoices.pay(late.latest_invoice)


def test_an_open_invoice_can_be_paid_elsewhere(client, control, late):
    paid = client.invoices.pay(late.latest_invoice, {"paid_out_of_band": True})

    assert (paid.status, paid.amount_paid, paid.amount_paid_off_stripe) == ("paid", 1900, 1900)
    assert client.subscriptions.retrieve(late.id).status == "active"
    assert len(control.events("charge.succeeded")) == 1


def test_a_voided_invoice_is_owed_no_more(client, control, late):
    voided = client.invoices.void_invoice(late.latest_invoice)

    assert (voided.status, voided.next_payment_attempt) == ("void", None)
    assert client.subscriptions.retrieve(late.id).status == "active"
    assert [event["data"]["object"]["status"] for event in control.events("payment_intent.canceled")] == ["canceled"]
    control.advance(10 * DAY_S)
    assert len(control.events("invoice.payment_failed")) == 1
    with pytest.raises(stripe.InvalidRequestError):
        client.invoices.void_invoice(late.latest_invoice)


def test_the_invoice_of_a_payment_intent_is_found(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)
    intent = control.objects("payment_intent")[-1]["id"]

    [found] = client.invoice_payments.list({"payment": {"type": "payment_intent", "payment_intent": intent}}).data

    assert (found.invoice, found.status, found.amount_paid) == (subscription.latest_invoice, "paid", 1900)
    assert client.invoice_payments.retrieve(found.id).payment.payment_intent == intent


def test_a_refunded_subscription_payment_leaves_the_subscription_alone(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)

    control.dashboard_refund(control.objects("charge")[-1]["id"])

    assert client.subscriptions.retrieve(subscription.id).status == "active"
    assert client.invoices.retrieve(subscription.latest_invoice).status == "paid"


def test_a_subscription_made_by_the_api_waits_for_its_first_payment(client, control, plan, customer):
    control.set_card(customer.id, DECLINED_LATER)
    items = [{"price": plan.month.id}]

    waiting = client.subscriptions.create({"customer": customer.id, "items": items})
    assert waiting.status == "incomplete"
    control.set_card(customer.id, WORKS)
    client.invoices.pay(waiting.latest_invoice)
    assert client.subscriptions.retrieve(waiting.id).status == "active"

    control.set_card(customer.id, DECLINED_LATER)
    forgotten = client.subscriptions.create({"customer": customer.id, "items": items})
    control.advance(24 * HOUR_S)
    assert client.subscriptions.retrieve(forgotten.id).status == "incomplete_expired"
    assert client.invoices.retrieve(forgotten.latest_invoice).status == "void"


def test_error_if_incomplete_leaves_nothing_behind(client, control, plan, customer):
    control.set_card(customer.id, DECLINED_LATER)
    before = len(control.events())

    with pytest.raises(stripe.CardError):
        client.subscriptions.create({"customer": customer.id, "items": [{"price": plan.month.id}], "payment_behavior": "error_if_incomplete"})

    assert client.subscriptions.list({"status": "all"}).data == []
    assert len(control.events()) == before


def test_without_any_card_a_subscription_is_refused(client, plan, customer):
    with pytest.raises(stripe.InvalidRequestError, match="no attached payment source"):
        client.subscriptions.create({"customer": customer.id, "items": [{"price": plan.month.id}]})


def test_what_the_stand_in_cannot_do_is_refused_aloud(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)

    with pytest.raises(stripe.InvalidRequestError, match="does not implement"):
        client.subscriptions.update(subscription.id, {"transfer_data": {"destination": "acct_1"}})
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: plan_name"):
        client.subscriptions.update(subscription.id, {"plan_name": "x"})
    with pytest.raises(stripe.InvalidRequestError, match="does not implement"):
        checkout(client, plan.month, customer, subscription_data={"billing_cycle_anchor": subscription.created + DAY_S})
    with pytest.raises(stripe.InvalidRequestError, match="at least 2 days"):
        checkout(client, plan.month, customer, subscription_data={"trial_end": subscription.created + DAY_S})


def test_a_deleted_customer_has_no_subscription_left(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)

    client.customers.delete(customer.id)

    assert client.subscriptions.retrieve(subscription.id).status == "canceled"
    control.advance(40 * DAY_S)
    assert len(control.events("invoice.paid")) == 1


def test_confirming_the_intent_of_a_first_invoice_starts_the_subscription(client, control, plan, customer):
    items = [{"price": plan.month.id}]
    asked = {"customer": customer.id, "items": items, "payment_behavior": "default_incomplete", "expand": ["latest_invoice.payments"]}
    waiting = client.subscriptions.create(asked)
    intent = waiting.latest_invoice.payments.data[0].payment.payment_intent
    assert (waiting.status, client.payment_intents.retrieve(intent).status) == ("incomplete", "requires_payment_method")

    client.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})

    started = client.subscriptions.retrieve(waiting.id, {"expand": ["latest_invoice"]})
    assert (started.status, started.latest_invoice.status) == ("active", "paid")


def test_a_detached_card_is_not_charged(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)
    client.payment_methods.detach(subscription.default_payment_method)

    control.set_clock(period(subscription)[1] + 2 * HOUR_S)

    assert client.subscriptions.retrieve(subscription.id).status == "past_due"
    assert len(control.objects("charge")) == 1


def test_a_price_taken_off_sale_stays_where_it_is_and_sells_no_more(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)
    client.prices.update(plan.month.id, {"active": False})

    more = client.subscriptions.update(subscription.id, {"items": [{"id": subscription["items"].data[0].id, "quantity": 2}], "proration_behavior": "none"})

    assert more["items"].data[0].quantity == 2
    control.set_card(customer.id, WORKS)
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        client.subscriptions.create({"customer": customer.id, "items": [{"price": plan.month.id}]})
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        client.subscriptions.update(subscription.id, {"items": [{"id": subscription["items"].data[0].id, "price": plan.month.id}]})


def test_a_price_made_on_the_spot_can_be_subscribed_to(client, control, plan, customer):
    price = {"currency": "usd", "unit_amount": 700, "product": plan.product.id, "recurring": {"interval": "week"}}
    lines = [{"price_data": price, "quantity": 1}]
    session = client.checkout.sessions.create({"mode": "subscription", "customer": customer.id, "success_url": "http://site.test", "line_items": lines})

    id = control.pay(session.id)["subscription"]
    control.advance(15 * DAY_S)

    assert [invoice["amount_paid"] for invoice in control.objects("invoice")] == [700, 700, 700]
    assert client.subscriptions.retrieve(id).status == "active"
