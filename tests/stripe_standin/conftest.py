"""The library as the site uses it, pointed at the stand-in."""

import pytest
import stripe


@pytest.fixture
def control(stripe_api):
    return stripe_api.control


@pytest.fixture
def client(stripe_api):
    return stripe.StripeClient("sk_test_standin", base_addresses={"api": stripe_api.url}, max_network_retries=2).v1


@pytest.fixture
def once(stripe_api):
    """The same without retries."""
    return stripe.StripeClient("sk_test_standin", base_addresses={"api": stripe_api.url}).v1


@pytest.fixture
def price(client):
    product = client.products.create({"name": "Knee, hands on"})
    return client.prices.create({"product": product.id, "currency": "usd", "unit_amount": 2000})


@pytest.fixture
def session(client, price):
    return new_session(client, price)


def new_session(client, price, **more):
    lines = [{"price": price.id, "quantity": 1}]
    return client.checkout.sessions.create({"mode": "payment", "success_url": "http://site.test/back?s={CHECKOUT_SESSION_ID}", "line_items": lines, **more})


@pytest.fixture
def paid(client, control, session):
    """The charge of a session paid in full."""
    control.pay(session.id)
    return client.checkout.sessions.retrieve(session.id, {"expand": ["payment_intent.latest_charge"]}).payment_intent.latest_charge
