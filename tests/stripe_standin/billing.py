"""Plans, people and moments for the tests of subscriptions."""

from datetime import UTC, datetime
from types import SimpleNamespace

DAY_S = 86_400
DECLINED_LATER = "4000000000000341"  # can be saved, then every charge is declined
WORKS = "5555555555554444"


def plans(client) -> SimpleNamespace:
    """A membership with a price by the month and one by the year."""
    product = client.products.create({"name": "Streaming membership"})

    def price(amount, interval):
        return client.prices.create({"product": product.id, "currency": "usd", "unit_amount": amount, "recurring": {"interval": interval}})

    return SimpleNamespace(product=product, month=price(1900, "month"), year=price(19000, "year"))


def checkout(client, price, customer=None, quantity=1, **more):
    lines = [{"price": price.id, "quantity": quantity}]
    who = {"customer": customer.id} if customer else {}
    return client.checkout.sessions.create({"mode": "subscription", "success_url": "http://site.test/back", "line_items": lines, **who, **more})


def subscribe(client, control, price, customer=None, *, card="4242424242424242", **more):
    """A subscription bought on the hosted page."""
    session = checkout(client, price, customer, **more)
    return client.subscriptions.retrieve(control.pay(session.id, card=card)["subscription"])


def period(subscription) -> tuple[int, int]:
    first = subscription["items"].data[0]
    return first.current_period_start, first.current_period_end


def types(control, after: int = 0) -> list[str]:
    return [event["type"] for event in control.events()[after:]]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def day_of(moment: int) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d}"
