"""Changes of plan and quantity, coupons, tax: what each invoice then says."""

import pytest
import stripe

from stripe_standin.billing.periods import boundary
from tests.stripe_standin.billing import DAY_S, DECLINED_LATER, checkout, period, plans, subscribe

HOUR_S = 3600


@pytest.fixture
def plan(client):
    return plans(client)


@pytest.fixture
def customer(client):
    return client.customers.create({"email": "ana@example.com"})


@pytest.fixture
def monthly(client, control, plan, customer):
    return subscribe(client, control, plan.month, customer)


def change(client, subscription, price, **more):
    return client.subscriptions.update(
        subscription.id, {"items": [{"id": subscription["items"].data[0].id, "price": price.id}], "expand": ["latest_invoice"], **more}
    )


def amounts(invoice):
    return [line.amount for line in invoice.lines.data]


def test_month_to_year_starts_a_year_now(client, control, plan, monthly):
    now = control.advance(10 * DAY_S)

    yearly = change(client, monthly, plan.year, proration_behavior="none")

    start, end = period(yearly)
    assert (start - now < 5, end) == (True, boundary(start, "year", 1))
    assert (yearly.billing_cycle_anchor, yearly["items"].data[0].id) == (start, monthly["items"].data[0].id)
    assert (yearly.latest_invoice.status, amounts(yearly.latest_invoice)) == ("paid", [19000])
    assert yearly.latest_invoice.billing_reason == "subscription_update"
    control.set_clock(boundary(start, "month", 3))
    assert len(control.events("invoice.paid")) == 2


def test_year_to_month_credits_the_unused_year(client, control, plan, customer):
    yearly = subscribe(client, control, plan.year, customer)
    start, end = period(yearly)
    now = control.set_clock(start + (end - start) // 2)

    monthly = change(client, yearly, plan.month, proration_behavior="always_invoice")

    credit, charge = amounts(monthly.latest_invoice)
    assert (charge, abs(credit + 9500) <= 1) == (1900, True)
    assert (monthly.latest_invoice.status, monthly.latest_invoice.amount_due) == ("paid", 0)
    balance = client.customers.retrieve(customer.id).balance
    assert balance == credit + charge
    assert period(monthly) == (monthly.billing_cycle_anchor, boundary(monthly.billing_cycle_anchor, "month", 1))
    control.set_clock(boundary(now, "month", 1) + 2 * HOUR_S)
    renewal = client.invoices.retrieve(client.subscriptions.retrieve(monthly.id).latest_invoice)
    assert (renewal.status, renewal.total, renewal.amount_due, renewal.starting_balance) == ("paid", 1900, 0, balance)
    assert client.customers.retrieve(customer.id).balance == balance + 1900


def test_quantity_with_always_invoice_bills_the_rest_of_the_period(client, control, plan, monthly):
    start, end = period(monthly)
    control.set_clock(start + (end - start) // 2)

    more = client.subscriptions.update(
        monthly.id, {"items": [{"id": monthly["items"].data[0].id, "quantity": 3}], "proration_behavior": "always_invoice", "expand": ["latest_invoice"]}
    )

    assert period(more) == (start, end)
    credit, rest = amounts(more.latest_invoice)
    assert (abs(credit + 950) <= 1, abs(rest - 2850) <= 1, more.latest_invoice.amount_paid) == (True, True, credit + rest)
    assert all(line.parent.subscription_item_details.proration for line in more.latest_invoice.lines.data)


def test_a_second_change_credits_only_what_is_left(client, control, plan, monthly):
    start, end = period(monthly)
    item = monthly["items"].data[0].id
    for part, quantity in ((2, 3), (4, 1)):
        control.set_clock(end - (end - start) // part)
        changed = client.subscriptions.update(
            monthly.id, {"items": [{"id": item, "quantity": quantity}], "proration_behavior": "always_invoice", "expand": ["latest_invoice"]}
        )

    credit, rest = amounts(changed.latest_invoice)
    assert (abs(credit + 1425) <= 2, abs(rest - 475) <= 1) == (True, True)  # a quarter of three, and of one


def test_create_prorations_waits_for_the_next_invoice(client, control, plan, monthly):
    start, end = period(monthly)
    control.set_clock(start + (end - start) // 2)

    client.subscriptions.update(monthly.id, {"items": [{"id": monthly["items"].data[0].id, "quantity": 2}]})
    assert len(control.events("invoice.created")) == 1
    control.set_clock(end + 2 * HOUR_S)

    invoice = client.invoices.retrieve(client.subscriptions.retrieve(monthly.id).latest_invoice)
    assert sorted(amounts(invoice)) == [-950, 1900, 3800]
    assert invoice.amount_paid == 4750


def test_none_changes_the_price_from_the_next_period(client, control, plan, monthly):
    dearer = client.prices.create({"product": plan.product.id, "currency": "usd", "unit_amount": 2500, "recurring": {"interval": "month"}})

    changed = change(client, monthly, dearer, proration_behavior="none")
    control.set_clock(period(monthly)[1] + 2 * HOUR_S)

    assert (changed.latest_invoice.id, period(changed)) == (monthly.latest_invoice, period(monthly))
    assert client.invoices.retrieve(client.subscriptions.retrieve(monthly.id).latest_invoice).amount_paid == 2500


def test_a_change_in_the_trial_costs_nothing_yet(client, control, plan, customer):
    trying = subscribe(client, control, plan.month, customer, subscription_data={"trial_period_days": 14})

    yearly = change(client, trying, plan.year)
    assert (yearly.status, period(yearly)) == ("trialing", period(trying))
    control.set_clock(trying.trial_end + 2 * HOUR_S)

    after = client.subscriptions.retrieve(trying.id, {"expand": ["latest_invoice"]})
    assert (after.status, after.latest_invoice.amount_paid, period(after)[1]) == ("active", 19000, boundary(trying.trial_end, "year", 1))


def test_a_trial_can_be_ended_now(client, control, plan, customer):
    trying = subscribe(client, control, plan.month, customer, subscription_data={"trial_period_days": 14})

    now = client.subscriptions.update(trying.id, {"trial_end": "now", "expand": ["latest_invoice"]})

    assert (now.status, now.latest_invoice.amount_paid, period(now)[0]) == ("active", 1900, now.billing_cycle_anchor)


def test_a_declined_change_can_be_all_or_nothing(client, control, plan, monthly, customer):
    control.set_card(customer.id, DECLINED_LATER)

    with pytest.raises(stripe.CardError):
        change(client, monthly, plan.year, payment_behavior="error_if_incomplete")
    kept = client.subscriptions.retrieve(monthly.id)
    assert (kept["items"].data[0].price.id, period(kept), kept.latest_invoice) == (plan.month.id, period(monthly), monthly.latest_invoice)

    changed = change(client, monthly, plan.year)
    assert (changed.status, changed["items"].data[0].price.id) == ("past_due", plan.year.id)


@pytest.mark.parametrize(
    ("duration", "billed"), [({"duration": "once"}, [1425, 1900, 1900, 1900]), ({"duration": "repeating", "duration_in_months": 3}, [1425] * 3 + [1900])]
)
def test_a_coupon_lasts_as_long_as_it_says(client, control, plan, customer, duration, billed):
    coupon = client.coupons.create({"percent_off": 25, **duration})
    subscription = subscribe(client, control, plan.month, customer, discounts=[{"coupon": coupon.id}])

    control.set_clock(boundary(subscription.billing_cycle_anchor, "month", 3) + 2 * HOUR_S)

    assert [invoice["amount_paid"] for invoice in control.objects("invoice")] == billed
    assert client.subscriptions.retrieve(subscription.id).discounts == []


def test_a_coupon_for_ever_stays_and_says_where_it_came_from(client, control, plan, customer):
    coupon = client.coupons.create({"amount_off": 500, "currency": "usd", "duration": "forever"})
    code = client.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "FRIEND"})
    session = checkout(client, plan.month, customer, allow_promotion_codes=True)
    done = control.pay(session.id, promotion="friend")

    control.advance(70 * DAY_S)

    subscription = client.subscriptions.retrieve(done["subscription"], {"expand": ["discounts", "latest_invoice"]})
    [discount] = subscription.discounts
    assert (discount.source.coupon, discount.promotion_code, discount.checkout_session, discount.end) == (coupon.id, code.id, session.id, None)
    assert {invoice["amount_paid"] for invoice in control.objects("invoice")} == {1400}
    assert subscription.latest_invoice.total_discount_amounts[0].amount == 500
    assert client.coupons.retrieve(coupon.id).times_redeemed == 1


def test_a_coupon_for_one_payment_waits_for_the_trials_end(client, control, plan, customer):
    coupon = client.coupons.create({"percent_off": 50, "duration": "once"})
    subscription = subscribe(client, control, plan.month, customer, subscription_data={"trial_period_days": 7}, discounts=[{"coupon": coupon.id}])

    control.set_clock(boundary(subscription.trial_end, "month", 1) + 2 * HOUR_S)

    assert [invoice["amount_paid"] for invoice in control.objects("invoice")] == [0, 950, 1900]


def test_everything_off_needs_no_payment(client, control, plan, customer):
    coupon = client.coupons.create({"percent_off": 100, "duration": "once"})
    session = checkout(client, plan.month, customer, discounts=[{"coupon": coupon.id}])

    done = control.pay(session.id)

    subscription = client.subscriptions.retrieve(done["subscription"])
    assert (done["payment_status"], subscription.status, control.objects("charge")) == ("no_payment_required", "active", [])


def test_tax_is_added_by_the_address_on_every_invoice(client, control, plan, customer):
    session = checkout(client, plan.month, customer, automatic_tax={"enabled": True}, customer_update={"address": "auto"})
    done = control.pay(session.id, country="US", state="TX")

    control.advance(32 * DAY_S)

    first, renewal = control.objects("invoice")
    assert done["amount_total"] == first["total"] == first["amount_paid"] == renewal["amount_paid"] == 1900 + 119
    assert (first["total_excluding_tax"], first["total_taxes"][0]["amount"], first["automatic_tax"]["status"]) == (1900, 119, "complete")


def test_something_bought_once_is_on_the_first_invoice_only(client, control, plan, customer):
    book = client.prices.create({"product_data": {"name": "Workbook"}, "currency": "usd", "unit_amount": 3000})
    lines = [{"price": plan.month.id, "quantity": 1}, {"price": book.id, "quantity": 1}]
    session = client.checkout.sessions.create({"mode": "subscription", "customer": customer.id, "success_url": "http://site.test", "line_items": lines})
    done = control.pay(session.id)

    control.advance(32 * DAY_S)

    assert done["amount_total"] == 4900
    assert [invoice["amount_paid"] for invoice in control.objects("invoice")] == [4900, 1900]


def test_a_single_purchase_can_have_an_invoice(client, control):
    book = client.prices.create({"product_data": {"name": "Workbook"}, "currency": "usd", "unit_amount": 3000})
    coupon = client.coupons.create({"percent_off": 10, "duration": "once"})
    session = client.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://site.test",
            "customer_creation": "always",
            "line_items": [{"price": book.id, "quantity": 2}],
            "discounts": [{"coupon": coupon.id}],
            "invoice_creation": {"enabled": True, "invoice_data": {"metadata": {"order": "7"}, "description": "Order 7"}},
        }
    )

    done = control.pay(session.id)

    invoice = client.invoices.retrieve(done["invoice"], {"expand": ["payments"]})
    assert (invoice.status, invoice.total, invoice.amount_paid, invoice.billing_reason) == ("paid", 5400, 5400, "manual")
    assert (invoice.metadata["order"], invoice.description, invoice.parent) == ("7", "Order 7", None)
    assert invoice.payments.data[0].payment.payment_intent == done["payment_intent"]
    assert invoice.number.endswith("-0001")
