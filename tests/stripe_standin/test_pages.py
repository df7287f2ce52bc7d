"""The hosted pages in a real browser, at a phone's width and a desk's, without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.stripe_standin.billing import DECLINED_LATER, checkout, period, plans, subscribe
from tests.stripe_standin.test_billing_portal import BACK, features

HOUR_S = 3600
WIDTHS = (390, 1280)


@pytest.fixture
def plan(client):
    return plans(client)


@pytest.fixture
def customer(client):
    return client.customers.create({"email": "ana@example.com", "name": "Ana"})


@pytest.fixture
def portal(client, plan, customer):
    configuration = client.billing_portal.configurations.create({"features": features(plan)})
    return client.billing_portal.sessions.create({"customer": customer.id, "configuration": configuration.id, "return_url": BACK}).url


@pytest.fixture(params=WIDTHS)
def phone_or_desk(new_page, request):
    """A page without JavaScript, as all of these must work."""
    return new_page(width=request.param, java_script_enabled=False)


@pytest.fixture(params=WIDTHS)
def looked_at(new_page, axe, request):
    """Call it with an address: one heading, a title, nothing wider than the window, and axe has nothing to say."""
    page = new_page(width=request.param)

    def look(url):
        page.goto(url)
        expect(page.locator("h1")).to_have_count(1)
        expect(page.get_by_text("Stand-in for Stripe: no money moves here.")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert axe(page) == []
        return page

    return look


@pytest.fixture
def back(stripe_api):
    """Where a payment leads: an address that answers on this machine."""
    return f"{stripe_api.url}/_control/health"


def one_time(client, back="http://site.test/back", **more):
    book = client.prices.create({"product_data": {"name": "Dormant butt syndrome, home study"}, "currency": "usd", "unit_amount": 4900})
    return client.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": f"{back}?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": "http://site.test/cart",
            "line_items": [{"price": book.id, "quantity": 2}],
            **more,
        }
    )


def test_the_pay_page_reads_well(client, looked_at):
    coupon = client.coupons.create({"percent_off": 10, "duration": "once"})
    client.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "TEN"})

    page = looked_at(one_time(client, allow_promotion_codes=True, automatic_tax={"enabled": True}).url)

    page.get_by_label("Promotion code").fill("TEN")
    page.get_by_label("State").fill("TX")
    page.get_by_role("button", name="Update the total").click()
    expect(page.get_by_role("row", name="Subtotal")).to_contain_text("$98.00")
    expect(page.get_by_role("row", name="Discount")).to_contain_text("-$9.80")
    expect(page.get_by_role("row", name="Tax")).to_contain_text("$5.51")
    expect(page.get_by_role("row", name="Total due today")).to_contain_text("$93.71")


def test_paying_goes_back_to_the_site(client, back, phone_or_desk):
    session = one_time(client, back)
    phone_or_desk.goto(session.url)

    phone_or_desk.get_by_label("E-mail").fill("ana@example.com")
    phone_or_desk.get_by_role("button", name="Pay $98.00").click()

    phone_or_desk.wait_for_url(f"{back}?session={session.id}")
    assert client.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_declined_card_is_told_above_the_form_and_may_be_replaced(client, back, phone_or_desk):
    session = one_time(client, back)
    phone_or_desk.goto(session.url)
    phone_or_desk.get_by_label("E-mail").fill("ana@example.com")
    phone_or_desk.get_by_label("Card number").fill("4000 0000 0000 9995")

    phone_or_desk.get_by_role("button", name="Pay").click()
    expect(phone_or_desk.get_by_role("alert")).to_have_text("Your card has insufficient funds.")
    expect(phone_or_desk.get_by_label("E-mail")).to_have_value("ana@example.com")
    phone_or_desk.get_by_label("Card number").fill("4242 4242 4242 4242")
    phone_or_desk.get_by_role("button", name="Pay").click()

    phone_or_desk.wait_for_url(f"{back}?session={session.id}")


def test_the_page_of_a_trial_says_what_comes_and_when(client, control, plan, looked_at):
    page = looked_at(checkout(client, plan.month, subscription_data={"trial_period_days": 14}).url)

    expect(page.get_by_role("heading", name="Start your free trial")).to_be_visible()
    expect(page.get_by_text(re.compile(r"^\$0\.00 today, then \$19\.00 every month from \d+ \w+ \d{4}$"))).to_be_visible()


@pytest.mark.parametrize(
    ("coupon", "says"),
    [
        ({"percent_off": 50, "duration": "once"}, "$9.50 today, then $19.00 every month from"),
        ({"percent_off": 50, "duration": "forever"}, "$9.50 today, then $9.50 every month from"),
        ({"percent_off": 50, "duration": "repeating", "duration_in_months": 3}, ", and $19.00 after 3 months"),
    ],
)
def test_the_promise_of_a_discount_is_exact(client, control, plan, new_page, coupon, says):
    coupon = client.coupons.create(coupon)
    page = new_page()

    page.goto(checkout(client, plan.month, discounts=[{"coupon": coupon.id}]).url)

    expect(page.locator(".price")).to_contain_text(says)


def test_the_keyboard_alone_pays(client, back, new_page):
    session = one_time(client, back)
    page = new_page(width=390)
    page.goto(session.url)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Cancel and go back")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("ana@example.com")
    page.keyboard.press("Enter")

    page.wait_for_url(f"{back}?session={session.id}")


def test_an_expired_page_says_so(client, control, looked_at):
    session = one_time(client)
    control.advance(25 * HOUR_S)

    page = looked_at(session.url)

    expect(page.get_by_role("heading", name="This page has expired")).to_be_visible()


def test_the_portal_reads_well(client, control, plan, customer, portal, looked_at):
    subscribe(client, control, plan.month, customer)
    control.set_card(customer.id, "4242424242424242")

    page = looked_at(portal)

    expect(page.get_by_role("heading", name="Streaming membership")).to_be_visible()
    expect(page.get_by_role("link", name="Return to the school")).to_have_attribute("href", BACK)


def test_an_empty_portal_reads_well(portal, looked_at):
    page = looked_at(portal)

    expect(page.get_by_text("There is no plan on this account.")).to_be_visible()
    expect(page.get_by_text("No card is saved.")).to_be_visible()
    expect(page.get_by_text("No invoice yet.")).to_be_visible()


def test_the_portal_without_javascript(client, control, plan, customer, portal, phone_or_desk):
    subscription = subscribe(client, control, plan.month, customer)
    page = phone_or_desk
    page.goto(portal)

    page.get_by_label("$190.00 every year").check()
    page.get_by_role("button", name="Change plan").click()
    expect(page.get_by_role("status")).to_contain_text("Your plan is changed.")
    page.get_by_role("button", name="Cancel at the end of the period").click()
    expect(page.get_by_text("You will not be charged again.")).to_be_visible()
    page.get_by_role("button", name="Keep my plan").click()
    expect(page.get_by_role("status")).to_contain_text("Your plan goes on.")
    page.get_by_label("New card number").fill("4000 0000 0000 0002")
    page.get_by_role("button", name="Save card").click()
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")

    after = client.subscriptions.retrieve(subscription.id)
    assert (after["items"].data[0].price.id, after.cancel_at) == (plan.year.id, None)


def test_the_page_of_an_open_invoice_reads_well(client, control, plan, customer, looked_at):
    subscription = subscribe(client, control, plan.month, customer)
    control.set_card(customer.id, DECLINED_LATER)
    control.set_clock(period(subscription)[1] + 2 * HOUR_S)
    invoice = client.invoices.retrieve(client.subscriptions.retrieve(subscription.id).latest_invoice)

    page = looked_at(invoice.hosted_invoice_url)

    expect(page.get_by_role("button", name="Pay $19.00")).to_be_visible()


def test_a_receipt_reads_well(client, control, looked_at):
    session = one_time(client)
    control.pay(session.id)

    looked_at(control.objects("charge")[-1]["receipt_url"])


def test_an_address_nobody_gave_is_told_plainly(stripe_api, new_page):
    page = new_page()

    answer = page.goto(f"{stripe_api.url}/c/pay/cs_test_none")

    assert answer.status == 404
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()


def test_the_control_page_reads_well_and_refunds(client, control, looked_at):
    paid = one_time(client)
    control.pay(paid.id)
    control.pay(one_time(client).id, card="4000000000000259")
    one_time(client)
    control.advance(1)
    page = looked_at(f"{control.url}/_control/")

    page.get_by_role("row", name=re.compile(r"\$98\.00")).get_by_role("button", name="Refund").first.click()

    expect(page.get_by_role("status")).to_have_text("Refunded.")
    assert [refund.amount for refund in client.refunds.list().data] == [9800]
