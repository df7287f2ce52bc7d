"""Subscriptions as Stripe runs them: start, renewals, trials, the end, pauses, lists."""

import pytest
import stripe

from stripe_standin.billing.periods import boundary, period_at
from tests.stripe_standin.billing import DAY_S, at, checkout, day_of, period, plans, subscribe, types

HOUR_S = 3600


@pytest.fixture
def plan(client):
    return plans(client)


@pytest.fixture
def customer(client):
    return client.customers.create({"email": "ana@example.com", "name": "Ana"})


def test_a_paid_checkout_starts_an_active_subscription(client, control, plan, customer):
    session = checkout(client, plan.month, customer, subscription_data={"metadata": {"order": "7"}})

    done = control.pay(session.id)

    subscription = client.subscriptions.retrieve(done["subscription"], {"expand": ["latest_invoice.payments", "default_payment_method"]})
    assert (done["status"], done["payment_status"], done["payment_intent"]) == ("complete", "paid", None)
    assert (subscription.status, subscription.metadata["order"], subscription.customer) == ("active", "7", customer.id)
    assert period(subscription) == (subscription.created, boundary(subscription.created, "month", 1))
    assert subscription.default_payment_method.card.last4 == "4242"
    invoice = subscription.latest_invoice
    assert (invoice.id, invoice.status, invoice.billing_reason, invoice.amount_paid) == (done["invoice"], "paid", "subscription_create", 1900)
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert invoice.parent.subscription_details.metadata["order"] == "7"
    paid = client.payment_intents.retrieve(invoice.payments.data[0].payment.payment_intent, {"expand": ["latest_charge"]})
    assert (paid.status, paid.amount, paid.latest_charge.paid) == ("succeeded", 1900, True)


def test_the_events_of_a_start_carry_one_second(client, control, plan, customer):
    session = checkout(client, plan.month, customer)
    before = len(control.events())

    control.pay(session.id)

    events = control.events()[before:]
    wanted = [
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.updated",
        "checkout.session.completed",
    ]
    assert [event["type"] for event in events if event["type"] in wanted] == wanted
    assert len({event["created"] for event in events}) == 1
    created = next(event for event in events if event["type"] == "customer.subscription.created")
    updated = next(event for event in events if event["type"] == "customer.subscription.updated")
    assert created["data"]["object"]["status"] == "incomplete"
    assert (updated["data"]["object"]["status"], updated["data"]["previous_attributes"]) == ("active", {"status": "incomplete"})


def test_a_declined_first_payment_leaves_no_subscription(client, control, plan, customer):
    session = checkout(client, plan.month, customer)

    with pytest.raises(Exception, match="declined"):
        control.pay(session.id, card="4000000000000341")

    assert client.checkout.sessions.retrieve(session.id).status == "open"
    assert client.subscriptions.list({"status": "all"}).data == []
    assert control.pay(session.id)["status"] == "complete"


def test_fourteen_months_in_one_call_give_fourteen_renewals_in_order(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)
    start = subscription.billing_cycle_anchor

    control.set_clock(boundary(start, "month", 14) + 2 * HOUR_S)

    paid = [event["data"]["object"] for event in control.events("invoice.paid")]
    assert len(paid) == 15
    assert [invoice["created"] for invoice in paid] == [boundary(start, "month", step) for step in range(15)]
    assert [invoice["lines"]["data"][0]["period"]["end"] for invoice in paid] == [boundary(start, "month", step + 1) for step in range(15)]
    assert [invoice["status_transitions"]["paid_at"] - invoice["created"] for invoice in paid[1:]] == [HOUR_S] * 14
    assert period(client.subscriptions.retrieve(subscription.id))[1] == boundary(start, "month", 15)


def test_a_renewal_waits_an_hour_as_a_draft_while_the_period_has_begun(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)
    end = period(subscription)[1]

    control.set_clock(end + 60)

    now = client.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    assert (now.status, period(now)[0], now.latest_invoice.status) == ("active", end, "draft")
    assert now.latest_invoice.automatically_finalizes_at == end + HOUR_S


def test_months_are_counted_from_the_anchor():
    anchor = int(at("2027-01-31T10:00:00").timestamp())

    assert [day_of(boundary(anchor, "month", step)) for step in range(4)] == ["2027-01-31", "2027-02-28", "2027-03-31", "2027-04-30"]
    assert day_of(boundary(anchor, "month", 13)) == "2028-02-29"
    leap = int(at("2028-02-29T10:00:00").timestamp())
    assert [day_of(boundary(leap, "year", step)) for step in range(5)] == ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


@pytest.mark.parametrize("recurring", [{"interval": name, "interval_count": count} for name in ("day", "week", "month", "year") for count in (1, 3)])
def test_periods_join_without_a_gap(recurring):
    anchor = int(at("2027-12-31T23:30:00").timestamp())
    start, end = period_at(anchor, recurring, anchor)
    assert start == anchor
    for _ in range(30):
        assert period_at(anchor, recurring, end - 1) == (start, end)
        next_start, next_end = period_at(anchor, recurring, end)
        assert next_start == end < next_end
        start, end = next_start, next_end


def test_a_subscription_of_the_31st_renews_on_the_last_day_of_february(client, control, plan, customer):
    control.set_clock(at("2027-01-31T10:00:00"))
    subscription = subscribe(client, control, plan.month, customer)

    control.set_clock(at("2027-03-31T12:00:00"))

    starts = [event["data"]["object"]["created"] for event in control.events("invoice.created")]
    assert [day_of(moment) for moment in starts] == ["2027-01-31", "2027-02-28", "2027-03-31"]
    assert day_of(period(client.subscriptions.retrieve(subscription.id))[1]) == "2027-04-30"


def test_a_trial_asks_for_nothing_then_charges(client, control, plan, customer):
    session = checkout(client, plan.month, customer, subscription_data={"trial_period_days": 14})
    done = control.pay(session.id)
    subscription = client.subscriptions.retrieve(done["subscription"], {"expand": ["latest_invoice"]})
    assert (done["payment_status"], done["amount_total"]) == ("no_payment_required", 0)
    assert (subscription.status, subscription.trial_end) == ("trialing", subscription.created + 14 * DAY_S)
    assert period(subscription) == (subscription.trial_start, subscription.trial_end)
    assert (subscription.latest_invoice.status, subscription.latest_invoice.total) == ("paid", 0)
    assert control.objects("charge") == []

    control.set_clock(subscription.trial_end + 2 * HOUR_S)

    warned = control.events("customer.subscription.trial_will_end")
    assert [event["created"] for event in warned] == [subscription.trial_end - 3 * DAY_S]
    after = client.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    assert (after.status, after.latest_invoice.amount_paid, after.latest_invoice.billing_reason) == ("active", 1900, "subscription_cycle")
    assert period(after) == (subscription.trial_end, boundary(subscription.trial_end, "month", 1))
    assert [charge["amount"] for charge in control.objects("charge")] == [1900]


def test_a_trial_shorter_than_three_days_is_warned_of_at_once(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer, subscription_data={"trial_period_days": 2})

    control.advance(5)

    assert len(control.events("customer.subscription.trial_will_end")) == 1
    control.set_clock(subscription.trial_end + 1)
    assert len(control.events("customer.subscription.trial_will_end")) == 1


@pytest.mark.parametrize(("wanted", "status"), [("cancel", "canceled"), ("pause", "paused"), ("create_invoice", "past_due")])
def test_a_trial_without_a_card_ends_as_it_was_told_to(client, control, plan, customer, wanted, status):
    trial = {"trial_period_days": 7, "trial_settings": {"end_behavior": {"missing_payment_method": wanted}}}
    session = checkout(client, plan.month, customer, subscription_data=trial, payment_method_collection="if_required")
    id = control.pay(session.id, card="")["subscription"]

    control.advance(8 * DAY_S)

    assert client.subscriptions.retrieve(id).status == status


def test_a_paused_trial_resumes_with_a_card(client, control, plan, customer):
    trial = {"trial_period_days": 7, "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}}}
    session = checkout(client, plan.month, customer, subscription_data=trial, payment_method_collection="if_required")
    id = control.pay(session.id, card="")["subscription"]
    control.advance(8 * DAY_S)
    control.set_card(customer.id, "4242424242424242")

    resumed = client.subscriptions.resume(id)

    assert (resumed.status, resumed.status_details) == ("active", None)
    assert [charge["amount"] for charge in control.objects("charge")] == [1900]


def test_cancel_at_period_end_then_gone(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)
    end = period(subscription)[1]

    leaving = client.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert (leaving.status, leaving.cancel_at, leaving.cancel_at_period_end) == ("active", end, True)
    assert leaving.cancellation_details.reason == "cancellation_requested"
    control.set_clock(end + DAY_S)

    ended = client.subscriptions.retrieve(subscription.id)
    assert (ended.status, ended.ended_at) == ("canceled", end)
    assert [event["created"] for event in control.events("customer.subscription.deleted")] == [end]
    assert len(control.events("invoice.created")) == 1
    assert client.subscriptions.list({"customer": customer.id}).data == []


def test_a_change_of_mind_before_the_end(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)
    client.subscriptions.update(subscription.id, {"cancel_at_period_end": True})

    kept = client.subscriptions.update(subscription.id, {"cancel_at_period_end": False})
    control.set_clock(period(subscription)[1] + DAY_S)

    assert (kept.cancel_at, kept.canceled_at, kept.cancellation_details.reason) == (None, None, None)
    assert client.subscriptions.retrieve(subscription.id).status == "active"
    assert len(control.events("invoice.paid")) == 2


def test_cancel_at_a_chosen_moment(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)
    moment = subscription.created + 40 * DAY_S

    client.subscriptions.update(subscription.id, {"cancel_at": moment})
    control.set_clock(moment + DAY_S)

    ended = client.subscriptions.retrieve(subscription.id)
    assert (ended.status, ended.ended_at) == ("canceled", moment)
    assert len(control.events("invoice.paid")) == 2


def test_cancel_now_and_only_once(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)

    ended = client.subscriptions.cancel(subscription.id, {"cancellation_details": {"comment": "moving away", "feedback": "unused"}})

    assert (ended.status, ended.ended_at) == ("canceled", ended.canceled_at)
    assert (ended.cancellation_details.comment, ended.cancellation_details.feedback) == ("moving away", "unused")
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        client.subscriptions.cancel(subscription.id)
    assert refusal.value.code == "resource_missing"
    with pytest.raises(stripe.InvalidRequestError, match="canceled subscription"):
        client.subscriptions.update(subscription.id, {"cancel_at_period_end": False})


@pytest.mark.parametrize(("behavior", "status"), [("void", "void"), ("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible")])
def test_a_pause_collects_nothing_and_stays_active(client, control, plan, customer, behavior, status):
    subscription = subscribe(client, control, plan.month, customer)
    start = subscription.billing_cycle_anchor
    resumes_at = boundary(start, "month", 2) + DAY_S

    paused = client.subscriptions.update(subscription.id, {"pause_collection": {"behavior": behavior, "resumes_at": resumes_at}})
    control.set_clock(boundary(start, "month", 2) + 2 * HOUR_S)

    assert (paused.pause_collection.behavior, paused.pause_collection.resumes_at) == (behavior, resumes_at)
    assert client.subscriptions.retrieve(subscription.id).status == "active"
    assert [invoice["status"] for invoice in control.objects("invoice")] == ["paid", status, status]
    control.set_clock(boundary(start, "month", 3) + 2 * HOUR_S)
    assert client.subscriptions.retrieve(subscription.id).pause_collection is None
    assert [invoice["status"] for invoice in control.objects("invoice")] == ["paid", status, status, "paid"]


def test_a_pause_ends_by_hand(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)
    client.subscriptions.update(subscription.id, {"pause_collection": {"behavior": "void"}})

    again = client.subscriptions.update(subscription.id, {"pause_collection": ""})
    control.set_clock(period(subscription)[1] + 2 * HOUR_S)

    assert again.pause_collection is None
    assert [invoice["status"] for invoice in control.objects("invoice")] == ["paid", "paid"]


def test_lists_are_narrowed(client, control, plan, customer):
    monthly = subscribe(client, control, plan.month, customer)
    yearly = subscribe(client, control, plan.year, client.customers.create({"email": "other@example.com"}))
    client.subscriptions.cancel(monthly.id)

    def ids(**wanted):
        return [subscription.id for subscription in client.subscriptions.list(wanted).data]

    assert ids() == [yearly.id]
    assert ids(status="all") == [yearly.id, monthly.id]
    assert ids(status="canceled") == ids(status="ended") == [monthly.id]
    assert ids(status="all", customer=customer.id) == ids(status="all", price=plan.month.id) == [monthly.id]
    assert ids(current_period_end={"gt": yearly.created + 300 * DAY_S}) == [yearly.id]
    assert [invoice.id for invoice in client.invoices.list({"subscription": yearly.id}).data] == [yearly.latest_invoice]
    assert len(client.invoices.list({"customer": customer.id, "status": "paid"}).data) == 1


def test_quantity_is_billed(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer, quantity=3)

    invoice = client.invoices.retrieve(subscription.latest_invoice)
    assert (subscription["items"].data[0].quantity, invoice.amount_paid, invoice.lines.data[0].quantity) == (3, 5700, 3)


def test_every_item_can_be_read_by_itself(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)

    [item] = client.subscription_items.list({"subscription": subscription.id}).data

    assert client.subscription_items.retrieve(item.id).price.id == plan.month.id
    assert client.subscription_items.update(item.id, {"quantity": 2, "proration_behavior": "none"}).quantity == 2


def test_the_state_survives_a_restart(stripe_process, client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)

    stripe_process.kill()
    stripe_process.start()
    control.set_clock(period(subscription)[1] + 2 * HOUR_S)

    assert len(control.events("invoice.paid")) == 2


def test_events_of_a_renewal_come_in_stripes_order(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)
    before = len(control.events())

    control.set_clock(period(subscription)[1] + 2 * HOUR_S)

    assert [type for type in types(control, before) if not type.startswith("payout.")] == [
        "invoice.created",
        "customer.subscription.updated",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ]
