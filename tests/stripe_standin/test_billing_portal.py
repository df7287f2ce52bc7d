"""The portal: its configurations and sessions, and what its page does to a subscription."""

import re
from types import SimpleNamespace

import pytest
import requests
import stripe
from pypdfium2 import PdfDocument

from stripe_standin.billing.periods import boundary
from tests.stripe_standin.billing import DAY_S, DECLINED_LATER, WORKS, period, plans, subscribe

HOUR_S = 3600
BACK = "http://site.test/account"


@pytest.fixture
def plan(client):
    return plans(client)


@pytest.fixture
def customer(client):
    return client.customers.create({"email": "ana@example.com"})


def features(plan, **off):
    """Everything on, but what is named."""
    on = {
        "invoice_history": {"enabled": True},
        "payment_method_update": {"enabled": True},
        "subscription_cancel": {"enabled": True, "mode": "at_period_end", "cancellation_reason": {"enabled": True, "options": ["unused", "other"]}},
        "subscription_update": {
            "enabled": True,
            "default_allowed_updates": ["price"],
            "proration_behavior": "none",
            "products": [{"product": plan.product.id, "prices": [plan.month.id, plan.year.id]}],
        },
    }
    return {**on, **{name: {**on[name], "enabled": False} for name in off}}


@pytest.fixture
def configuration(client, plan):
    return client.billing_portal.configurations.create({"features": features(plan), "business_profile": {"headline": "SMRT school"}})


@pytest.fixture
def open_portal(client, customer, configuration):
    """Call it for a page of the portal: `.show()`, `.press(action, **fields)`."""

    def make(**more):
        session = client.billing_portal.sessions.create({"customer": customer.id, "configuration": configuration.id, "return_url": BACK, **more})

        def press(action, **fields):
            return requests.post(session.url, data={"action": action, **fields}, timeout=60, allow_redirects=False)

        return SimpleNamespace(url=session.url, session=session, press=press, show=lambda: requests.get(session.url, timeout=60).text)

    return make


def test_a_configuration_says_all_its_features(client, plan, configuration):
    read = client.billing_portal.configurations.retrieve(configuration.id)

    assert (read.active, read.is_default, read.business_profile.headline) == (True, False, "SMRT school")
    assert (read.features.subscription_cancel.mode, read.features.subscription_pause.enabled) == ("at_period_end", False)
    assert read.features.subscription_update.products[0].prices == [plan.month.id, plan.year.id]
    changed = client.billing_portal.configurations.update(configuration.id, {"features": {"subscription_cancel": {"enabled": False}}, "active": False})
    assert (changed.active, changed.features.subscription_cancel.enabled, changed.features.invoice_history.enabled) == (False, False, True)
    assert [found.id for found in client.billing_portal.configurations.list({"active": False}).data] == [configuration.id]


def test_a_configuration_must_fit_together(client, plan):
    wrong = features(plan)
    wrong["subscription_update"]["products"] = [{"product": plan.product.id, "prices": [client.prices.list().data[0].id, "price_none"]}]
    with pytest.raises(stripe.InvalidRequestError, match="price_none"):
        client.billing_portal.configurations.create({"features": wrong})
    with pytest.raises(stripe.InvalidRequestError, match="default_allowed_updates"):
        client.billing_portal.configurations.create({"features": {"subscription_update": {"enabled": True}}})


def test_a_session_needs_a_configuration(client, customer):
    with pytest.raises(stripe.InvalidRequestError, match="No configuration provided"):
        client.billing_portal.sessions.create({"customer": customer.id})


def test_the_page_shows_plan_card_and_invoices(client, control, plan, customer, open_portal):
    subscription = subscribe(client, control, plan.month, customer)
    page = open_portal()

    text = page.show()

    assert "Streaming membership" in text
    assert "$19.00 every month" in text
    assert "Renews on" in text
    assert "Visa ending in 4242" in text
    assert client.invoices.retrieve(subscription.latest_invoice).number in text
    assert f'href="{BACK}"' in text
    assert requests.get(page.url + "x", timeout=60).status_code == 404


def test_a_new_card_saves_a_subscription_that_was_late(client, control, plan, customer, open_portal):
    subscription = subscribe(client, control, plan.month, customer)
    control.set_card(customer.id, DECLINED_LATER)
    control.set_clock(period(subscription)[1] + 2 * HOUR_S)
    page = open_portal()
    assert "The last payment failed" in page.show()

    answer = page.press("change_card", card=WORKS)

    assert (answer.status_code, answer.headers["Location"].endswith("?done=card_saved")) == (303, True)
    saved = client.subscriptions.retrieve(subscription.id, {"expand": ["default_payment_method"]})
    assert saved.default_payment_method.card.last4 == WORKS[-4:]
    assert client.customers.retrieve(customer.id).invoice_settings.default_payment_method == saved.default_payment_method.id
    assert [event["data"]["object"]["id"] for event in control.events("customer.updated")][-1] == customer.id
    control.advance(3 * DAY_S)
    assert client.subscriptions.retrieve(subscription.id).status == "active"


@pytest.mark.parametrize(("number", "says"), [("4000000000000002", "Your card was declined."), ("1234", "Your card number is incorrect.")])
def test_a_card_that_cannot_be_saved_is_refused_on_the_page(client, control, plan, customer, open_portal, number, says):
    subscription = subscribe(client, control, plan.month, customer)

    answer = open_portal().press("change_card", card=number)

    assert answer.status_code == 402
    assert says in answer.text
    assert client.subscriptions.retrieve(subscription.id).default_payment_method == subscription.default_payment_method


def test_month_to_year_on_the_page(client, control, plan, customer, open_portal):
    subscription = subscribe(client, control, plan.month, customer)

    answer = open_portal().press("change_plan", subscription=subscription.id, price=plan.year.id)

    changed = client.subscriptions.retrieve(subscription.id, {"expand": ["latest_invoice"]})
    assert answer.status_code == 303
    assert (changed["items"].data[0].price.id, changed.latest_invoice.amount_paid) == (plan.year.id, 19000)
    assert period(changed)[1] == boundary(changed.billing_cycle_anchor, "year", 1)


def test_a_price_that_is_not_offered_is_refused(client, control, plan, customer, open_portal):
    subscription = subscribe(client, control, plan.month, customer)
    other = client.prices.create({"product": plan.product.id, "currency": "usd", "unit_amount": 1, "recurring": {"interval": "month"}})

    answer = open_portal().press("change_plan", subscription=subscription.id, price=other.id)

    assert (answer.status_code, "not offered" in answer.text) == (422, True)
    assert client.subscriptions.retrieve(subscription.id)["items"].data[0].price.id == plan.month.id


def test_a_flexible_subscription_is_ended_by_cancel_at_without_the_flag(client, control, plan, customer, open_portal):
    subscription = subscribe(client, control, plan.month, customer)
    page = open_portal()

    page.press("cancel", subscription=subscription.id, feedback="unused")

    leaving = client.subscriptions.retrieve(subscription.id)
    assert (leaving.billing_mode.type, leaving.cancel_at, leaving.cancel_at_period_end) == ("flexible", period(subscription)[1], False)
    assert (leaving.cancellation_details.feedback, leaving.cancellation_details.reason) == ("unused", "cancellation_requested")
    assert "Keep my plan" in page.show()
    page.press("keep", subscription=subscription.id)
    assert client.subscriptions.retrieve(subscription.id).cancel_at is None
    page.press("cancel", subscription=subscription.id)
    control.set_clock(period(subscription)[1] + DAY_S)
    assert client.subscriptions.retrieve(subscription.id).status == "canceled"
    assert "Ended on" in page.show()


def test_a_classic_subscription_is_ended_by_the_flag(client, control, plan, customer, open_portal):
    subscription = subscribe(client, control, plan.month, customer, subscription_data={"billing_mode": {"type": "classic"}})

    open_portal().press("cancel", subscription=subscription.id)

    leaving = client.subscriptions.retrieve(subscription.id)
    assert (leaving.cancel_at, leaving.cancel_at_period_end) == (period(subscription)[1], True)


@pytest.mark.parametrize(
    ("feature", "action", "button"),
    [("subscription_cancel", "cancel", "Cancel"), ("subscription_update", "change_plan", "Change plan"), ("payment_method_update", "change_card", "Save card")],
)
def test_a_feature_that_is_off_is_neither_shown_nor_done(client, control, plan, customer, feature, action, button):
    subscription = subscribe(client, control, plan.month, customer)
    configuration = client.billing_portal.configurations.create({"features": features(plan, **{feature: False})})
    session = client.billing_portal.sessions.create({"customer": customer.id, "configuration": configuration.id})
    before = len(control.events())

    shown = requests.get(session.url, timeout=60).text
    answer = requests.post(session.url, data={"action": action, "subscription": subscription.id, "price": plan.year.id, "card": WORKS}, timeout=60)

    assert not re.search(rf"<button[^>]*>{button}", shown)
    assert (answer.status_code, "switched off" in answer.text) == (422, True)
    assert len(control.events()) == before


def test_a_stranger_subscription_is_not_touched(client, control, plan, customer, open_portal):
    foreign = subscribe(client, control, plan.month, client.customers.create({"email": "other@example.com"}))

    answer = open_portal().press("cancel", subscription=foreign.id)

    assert (answer.status_code, "somebody else" in answer.text) == (422, True)
    assert client.subscriptions.retrieve(foreign.id).cancel_at is None


def test_a_flow_shows_one_thing_and_then_goes_back(client, control, plan, customer, open_portal):
    subscription = subscribe(client, control, plan.month, customer)
    after = {"type": "redirect", "redirect": {"return_url": "http://site.test/done"}}

    card = open_portal(flow_data={"type": "payment_method_update", "after_completion": after})
    assert ("Change your card" in card.show(), "Change plan" in card.show()) == (True, False)
    assert card.press("change_card", card=WORKS).headers["Location"] == "http://site.test/done"

    leave = open_portal(flow_data={"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription.id}})
    assert ("Cancel at the end" in leave.show(), "Save card" in leave.show()) == (True, False)
    leave.press("cancel", subscription=subscription.id)
    with pytest.raises(stripe.InvalidRequestError, match="already set to be canceled"):
        open_portal(flow_data={"type": "subscription_cancel", "subscription_cancel": {"subscription": subscription.id}})


def test_an_open_invoice_is_paid_on_its_page_and_kept_as_a_pdf(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)
    control.set_card(customer.id, DECLINED_LATER)
    control.set_clock(period(subscription)[1] + 2 * HOUR_S)
    invoice = client.invoices.retrieve(client.subscriptions.retrieve(subscription.id).latest_invoice)
    assert "Not paid yet" in requests.get(invoice.hosted_invoice_url, timeout=60).text

    refused = requests.post(invoice.hosted_invoice_url, data={"card": DECLINED_LATER}, timeout=60)
    paid = requests.post(invoice.hosted_invoice_url, data={"card": WORKS}, timeout=60)

    assert (refused.status_code, "Your card was declined." in refused.text) == (402, True)
    assert "it is paid" in paid.text
    assert client.subscriptions.retrieve(subscription.id).status == "active"
    document = requests.get(invoice.invoice_pdf, timeout=60)
    assert (document.headers["Content-Type"], document.content[:5]) == ("application/pdf", b"%PDF-")


def test_the_pdf_says_what_the_invoice_says(client, control, plan, customer):
    subscription = subscribe(client, control, plan.month, customer)
    invoice = client.invoices.retrieve(subscription.latest_invoice)

    document = PdfDocument(requests.get(invoice.invoice_pdf, timeout=60).content)
    text = document[0].get_textpage().get_text_range()

    for part in (invoice.number, "Stand-in school", "1 × Streaming membership (at $19.00 / month)", "$19.00", "no money moved"):
        assert part in text
