"""Every object the stand-in makes has the fields the library declares for it, of the declared types."""

import pytest

from stripe_standin.billing.periods import boundary
from tests.stripe_standin.billing import DAY_S, DECLINED_LATER, WORKS, checkout, period, plans, subscribe
from tests.stripe_standin.library_shapes import class_of, troubles
from tests.stripe_standin.test_billing_portal import features

KINDS = [
    "balance_transaction",
    "billing_portal.configuration",
    "billing_portal.session",
    "charge",
    "checkout.session",
    "coupon",
    "customer",
    "discount",
    "dispute",
    "event",
    "invoice",
    "invoice_payment",
    "payment_intent",
    "payment_method",
    "payout",
    "price",
    "product",
    "promotion_code",
    "refund",
    "subscription",
]


@pytest.fixture
def world(client, control):
    """A school's year: buying, renewing, failing, refunding, disputing, leaving."""
    plan = plans(client)
    ana = client.customers.create({"email": "ana@example.com", "name": "Ana", "address": {"country": "US", "state": "TX"}})
    coupon = client.coupons.create({"percent_off": 25, "duration": "repeating", "duration_in_months": 2})
    client.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "KNEE"})
    book = client.prices.create({"product_data": {"name": "Workbook"}, "currency": "usd", "unit_amount": 3000})

    def buy(**more):
        lines = [{"price": book.id, "quantity": 2}]
        return client.checkout.sessions.create({"mode": "payment", "success_url": "http://site.test", "line_items": lines, **more}).id

    control.pay(buy(allow_promotion_codes=True, invoice_creation={"enabled": True}, customer_creation="always"), promotion="KNEE")
    control.pay(buy(automatic_tax={"enabled": True}), country="US", state="TX")
    control.pay(buy(), card="bank_succeeds")
    control.pay(buy(), card="bank_fails")
    control.pay(buy(), card="4000000000000259")
    control.pay(buy(), card="4000000000005126")
    control.decline(buy())
    buy()
    for charge in [charge["id"] for charge in control.objects("charge") if charge["paid"] and not charge["disputed"]]:
        client.refunds.create({"charge": charge, "amount": 100, "reason": "requested_by_customer"})
    monthly = subscribe(client, control, plan.month, ana, discounts=[{"coupon": coupon.id}], automatic_tax={"enabled": True})
    subscribe(client, control, plan.year, subscription_data={"trial_period_days": 14, "metadata": {"order": "7"}})
    control.set_card(ana.id, DECLINED_LATER)
    control.set_clock(period(monthly)[1] + DAY_S)
    client.invoices.void_invoice(client.subscriptions.retrieve(monthly.id).latest_invoice)
    control.set_card(ana.id, WORKS)
    item = monthly["items"].data[0].id
    client.subscriptions.update(monthly.id, {"items": [{"id": item, "quantity": 3}], "proration_behavior": "always_invoice"})
    client.subscriptions.update(monthly.id, {"pause_collection": {"behavior": "keep_as_draft"}})
    control.set_clock(boundary(monthly.billing_cycle_anchor, "month", 4))
    client.subscriptions.update(monthly.id, {"cancel_at_period_end": True})
    for dispute in control.objects("dispute"):
        control.close_dispute(dispute["id"], won=False)
    configuration = client.billing_portal.configurations.create({"features": features(plan)})
    flow = {"type": "subscription_update", "subscription_update": {"subscription": monthly.id}}
    client.billing_portal.sessions.create({"customer": ana.id, "configuration": configuration.id, "flow_data": flow})
    checkout(client, plan.month, ana)
    control.advance(40 * DAY_S)
    return control


def test_every_object_is_as_the_library_declares_it(world):
    found = {}
    for kind in KINDS:
        made = world.objects(kind)
        assert made, f"the scenario makes no {kind}"
        for thing in made:
            found.update(dict.fromkeys(troubles(thing, class_of(kind))))

    assert not found, "\n".join(sorted(found))


def test_what_events_carry_is_whole_too(world):
    found = {}
    for event in world.events():
        thing = event["data"]["object"]
        found.update(dict.fromkeys(troubles(thing, class_of(thing["object"]))))

    assert not found, "\n".join(sorted(found))


def test_expanded_answers_are_whole(world, client):
    subscription = client.subscriptions.list({"status": "all", "limit": 1, "expand": ["data.latest_invoice.payments", "data.discounts"]}).data[0]
    session = client.checkout.sessions.list({"limit": 1, "expand": ["data.line_items", "data.subscription", "data.customer"]}).data[0]
    charge = client.charges.list({"limit": 1, "expand": ["data.payment_intent", "data.balance_transaction", "data.refunds"]}).data[0]

    for answer in (subscription, session, charge):
        assert troubles(answer.to_dict(for_json=True), type(answer)) == []


def test_the_comparison_finds_what_is_wrong(world):
    charge = world.objects("charge")[0]
    cls = class_of("charge")

    assert troubles(charge, cls) == []
    assert troubles({**charge, "amount": "12"}, cls) == ["Charge.amount: '12' is no <class 'int'>"]
    assert troubles({name: value for name, value in charge.items() if name != "paid"}, cls) == ["Charge.paid: missing"]
    assert troubles({**charge, "colour": 1}, cls) == ["Charge.colour: unknown to the library"]
    assert troubles({**charge, "status": "done"}, cls)[0].startswith("Charge.status: 'done' is none of")
    assert troubles({**charge, "billing_details": {**charge["billing_details"], "email": 7}}, cls) == ["Charge.billing_details.email: 7 is no <class 'str'>"]
