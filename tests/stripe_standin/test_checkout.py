"""Checkout sessions: what may be asked for, what the sums are, how they end."""

import time
import urllib.error
import urllib.parse
import urllib.request

import pytest
import stripe

from stripe_standin.control import ControlError
from tests.stripe_standin.conftest import new_session

DAY = 86_400


def refusal_of(call, *arguments):
    with pytest.raises(stripe.InvalidRequestError) as refusal:
        call(*arguments)
    return refusal.value


def test_a_session_is_paid_once_and_leads_back(client, control, price):
    session = new_session(
        client, price, client_reference_id="order-7", metadata={"order": "7"}, payment_intent_data={"metadata": {"order": "7"}, "description": "Knee"}
    )

    control.pay(session.id)

    paid = client.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent", "line_items"]})
    assert (paid.status, paid.payment_status, paid.amount_total, paid.url) == ("complete", "paid", 2000, None)
    assert (paid.client_reference_id, paid.metadata["order"], paid.payment_intent.metadata["order"]) == ("order-7", "7", "7")
    assert paid.payment_intent.description == "Knee"
    assert [(line.description, line.amount_total, line.quantity) for line in paid.line_items.data] == [("Knee, hands on", 2000, 1)]
    assert paid.customer_details.email == "payer@example.com"
    with pytest.raises(ControlError, match="takes no payment"):
        control.pay(session.id)
    assert len(control.objects("charge")) == 1


def test_a_decline_leaves_the_session_open_and_its_intent_to_be_tried_again(client, control, session):
    control.decline(session.id)
    declined = client.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    control.pay(session.id)
    paid = client.checkout.sessions.retrieve(session.id)

    assert (declined.status, declined.payment_intent.status) == ("open", "requires_payment_method")
    assert declined.payment_intent.last_payment_error.decline_code == "generic_decline"
    assert paid.payment_intent == declined.payment_intent.id
    assert [charge["status"] for charge in control.objects("charge")] == ["failed", "succeeded"]
    with pytest.raises(ControlError) as refusal:
        control.pay(new_session(client, client.prices.retrieve(control.objects("price")[0]["id"])).id, card="4000000000009995")
    assert refusal.value.code == "card_declined"


@pytest.mark.parametrize(("in_s", "words"), [(1795, "at least 30 minutes"), (DAY + 30, "less than 24 hours")])
def test_expiry_lies_between_half_an_hour_and_a_day(client, control, price, in_s, words):
    refusal = refusal_of(lambda: new_session(client, price, expires_at=control.now() + in_s))

    assert words in refusal.user_message
    assert refusal.param == "expires_at"
    assert new_session(client, price, expires_at=control.now() + 1810).status == "open"


def test_the_clock_expires_a_session_and_then_it_takes_no_payment(client, control, price):
    session = new_session(client, price, expires_at=control.now() + 1860)

    control.advance(1850)
    assert client.checkout.sessions.retrieve(session.id).status == "open"
    control.advance(11)

    expired = client.checkout.sessions.retrieve(session.id)
    assert (expired.status, expired.payment_status, expired.url) == ("expired", "unpaid", None)
    (event,) = control.events("checkout.session.expired")
    assert (event["data"]["object"]["id"], event["created"]) == (session.id, session.expires_at)
    with pytest.raises(ControlError, match="expired"):
        control.pay(session.id)


def test_only_an_open_session_can_be_expired(client, control, session):
    control.pay(session.id)

    refusal = refusal_of(client.checkout.sessions.expire, session.id)

    assert "status of `complete`" in refusal.user_message
    assert control.events("checkout.session.expired") == []


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"customer": "CUSTOMER", "customer_email": "a@example.com"}, "customer, customer_email"),
        ({"allow_promotion_codes": True, "discounts": [{"coupon": "x"}]}, "allow_promotion_codes, discounts"),
        ({"line_items": []}, "line_items"),
        ({"subscription_data": {"trial_period_days": 7}}, "subscription_data"),
        ({"customer": "cus_nobody"}, "No such customer: 'cus_nobody'"),
        ({"success_url": "back"}, "Not a valid URL"),
        ({"customer": "CUSTOMER", "automatic_tax": {"enabled": True}}, "requires a valid address on the Customer"),
        ({"customer_update": {"address": "auto"}}, "can only be used with `customer`"),
        ({"line_items": [{"price": "price_none", "quantity": 1}]}, "No such price"),
        ({"line_items": [{"price_data": {"currency": "usd", "unit_amount": 20, "product_data": {"name": "Pin"}}, "quantity": 1}]}, "at least $0.50"),
        ({"line_items": [{"price_data": {"currency": "usd", "unit_amount": 999, "product_data": {"colour": "red", "name": "P"}}}]}, "product_data][colour]"),
        ({"payment_method_types": ["card"]}, "unknown parameter: payment_method_types"),
    ],
)
def test_what_stripe_refuses_is_refused(client, control, price, parameters, words):
    if parameters.get("customer") == "CUSTOMER":
        parameters = {**parameters, "customer": client.customers.create({"email": "a@example.com"}).id}

    refusal = refusal_of(lambda: new_session(client, price, **parameters))

    assert words in refusal.user_message
    assert control.objects("checkout.session") == []


def test_an_archived_price_sells_nothing(client, price):
    client.prices.update(price.id, {"active": False})

    assert "inactive" in refusal_of(new_session, client, price).user_message


def test_inline_prices_and_zero_decimal_currencies(client, control):
    lines = [{"price_data": {"currency": "jpy", "unit_amount": 3000, "product_data": {"name": "Seat"}}, "quantity": 2}]
    session = client.checkout.sessions.create({"mode": "payment", "success_url": "http://site.test/", "line_items": lines})

    control.pay(session.id)

    (transaction,) = client.balance_transactions.list().data
    assert (session.amount_total, session.currency) == (6000, "jpy")
    assert (transaction.amount, transaction.fee, transaction.net) == (6000, 174, 5826)


def test_a_free_session_needs_no_card(client, control, price):
    coupon = client.coupons.create({"percent_off": 100, "duration": "once"})
    session = new_session(client, price, discounts=[{"coupon": coupon.id}])

    control.pay(session.id, card="")

    done = client.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status, done.payment_intent, done.amount_total) == ("complete", "no_payment_required", None, 0)


def test_a_discount_is_spread_over_the_lines_to_the_last_cent(client, control):
    def line(amount):
        return {"price_data": {"currency": "usd", "unit_amount": amount, "product_data": {"name": f"At {amount}"}}, "quantity": 1}

    coupon = client.coupons.create({"amount_off": 1000, "currency": "usd", "duration": "once"})
    session = client.checkout.sessions.create(
        {
            "mode": "payment",
            "success_url": "http://site.test/",
            "line_items": [line(3333), line(3333), line(3334)],
            "discounts": [{"coupon": coupon.id}],
            "expand": ["line_items"],
        }
    )

    assert [item.amount_discount for item in session.line_items.data] == [333, 334, 333]
    assert (session.amount_subtotal, session.total_details.amount_discount, session.amount_total) == (10_000, 1000, 9000)


def test_a_promotion_code_is_typed_on_the_page_and_counted_once_paid(client, control, price):
    coupon = client.coupons.create({"percent_off": 25, "duration": "once"})
    code = client.promotion_codes.create({"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "KNEE25", "max_redemptions": 1})
    session = new_session(client, price, allow_promotion_codes=True)

    with pytest.raises(ControlError, match="invalid"):
        control.pay(session.id, promotion="HIP25")
    control.pay(session.id, promotion="knee25")

    done = client.checkout.sessions.retrieve(session.id)
    assert (done.amount_total, done.total_details.amount_discount, done.discounts[0].promotion_code) == (1500, 500, code.id)
    after = client.promotion_codes.retrieve(code.id)
    assert (after.times_redeemed, after.active) == (1, False)
    with pytest.raises(ControlError):
        control.pay(new_session(client, price, allow_promotion_codes=True).id, promotion="KNEE25")


def test_promotion_codes_keep_their_restrictions(client, control, price):
    coupon = client.coupons.create({"percent_off": 25, "duration": "once"})
    promotion = {"type": "coupon", "coupon": coupon.id}
    client.promotion_codes.create({"promotion": promotion, "code": "BIG", "restrictions": {"minimum_amount": 5000, "minimum_amount_currency": "usd"}})
    client.promotion_codes.create({"promotion": promotion, "code": "SOON", "expires_at": control.now() + 60})
    session = new_session(client, price, allow_promotion_codes=True)

    with pytest.raises(ControlError, match=r"at least \$50.00"):
        control.pay(session.id, promotion="BIG")
    control.advance(120)
    with pytest.raises(ControlError, match="not active"):
        control.pay(session.id, promotion="SOON")
    assert client.checkout.sessions.retrieve(session.id).total_details.amount_discount == 0


def test_tax_follows_the_place_of_the_workshop_else_the_buyer(client, control):
    place = client.tax.locations.create({"type": "performance", "address": {"country": "US", "state": "CA", "city": "Oakland"}})
    workshop = {"name": "Hip, hands on", "tax_details": {"performance_location": place.id, "tax_code": "txcd_50010001"}}
    course = {"name": "Hip, at home"}
    lines = [{"price_data": {"currency": "usd", "unit_amount": 10_000, "product_data": product}, "quantity": 1} for product in (workshop, course)]
    session = client.checkout.sessions.create(
        {"mode": "payment", "success_url": "http://site.test/", "line_items": lines, "automatic_tax": {"enabled": True}, "expand": ["line_items"]}
    )

    assert session.automatic_tax.status == "requires_location_inputs"
    with pytest.raises(ControlError, match="country and state"):
        control.pay(session.id)
    control.pay(session.id, country="US", state="OR")

    done = client.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]})
    assert [line.amount_tax for line in done.line_items.data] == [725, 0]
    assert (done.amount_total, done.total_details.amount_tax, done.automatic_tax.status) == (20_725, 725, "complete")


def test_an_address_typed_on_the_page_becomes_the_customers_when_that_was_allowed(client, control, price):
    customer = client.customers.create({"email": "a@example.com"})
    more = {"customer": customer.id, "automatic_tax": {"enabled": True}, "customer_update": {"address": "auto"}}

    control.pay(new_session(client, price, **more).id, country="US", state="NY")

    after = client.customers.retrieve(customer.id)
    assert (after.address.state, after.name) == ("NY", None)
    assert client.checkout.sessions.list({"customer": customer.id}).data[0].total_details.amount_tax == 178


@pytest.mark.parametrize(("bank", "status", "news"), [("bank_succeeds", "paid", "succeeded"), ("bank_fails", "unpaid", "failed")])
def test_a_bank_answers_days_later(client, control, session, bank, status, news):
    control.pay(session.id, card=bank)

    waiting = client.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent"]})
    assert (waiting.status, waiting.payment_status, waiting.payment_intent.status) == ("complete", "unpaid", "processing")
    control.advance(2 * DAY + 5)

    done = client.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]})
    assert done.payment_status == status
    assert done.payment_intent.latest_charge.status == news
    (event,) = control.events(f"checkout.session.async_payment_{news}")
    assert event["data"]["object"]["payment_status"] == status


def test_the_page_shows_the_sum_takes_a_card_and_leads_back(client, control, session):
    with urllib.request.urlopen(session.url) as answer:
        page = answer.read().decode()
    assert "$20.00" in page
    assert "no money moves" in page

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *arguments):
            return None

    def post(**typed):
        with pytest.raises(urllib.error.HTTPError) as answer:  # a redirect counts as one too
            urllib.request.build_opener(Stay).open(session.url, urllib.parse.urlencode(typed).encode())
        with answer.value as error:
            return error.status, error.headers["Location"], error.read().decode()

    declined = post(email="a@example.com", number="4000 0000 0000 0002", way="card")
    assert declined[0] == 402
    assert "Your card was declined." in declined[2]
    back = post(email="a@example.com", number="4242 4242 4242 4242", way="card")
    assert back[:2] == (303, f"http://site.test/back?s={session.id}")
    assert client.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_sessions_are_listed_by_what_they_belong_to(client, control, price):
    customer = client.customers.create({"email": "a@example.com"})
    mine = new_session(client, price, customer=customer.id)
    other = new_session(client, price)
    control.pay(mine.id)
    intent = client.checkout.sessions.retrieve(mine.id).payment_intent

    assert [session.id for session in client.checkout.sessions.list({"customer": customer.id}).data] == [mine.id]
    assert [session.id for session in client.checkout.sessions.list({"payment_intent": intent}).data] == [mine.id]
    assert [session.id for session in client.checkout.sessions.list({"status": "open"}).data] == [other.id]
    assert client.checkout.sessions.list({"created": {"gt": int(time.time()) + 100}}).data == []
