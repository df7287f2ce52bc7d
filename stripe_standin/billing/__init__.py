"""Subscriptions, invoices and the customer portal. Checkout calls the two functions here; the rest registers itself."""

from __future__ import annotations

from stripe_standin.calls import Thing
from stripe_standin.errors import InvalidRequest
from stripe_standin.store import Store


def start_subscription(store: Store, session: Thing, payment_method: Thing | None) -> Thing:
    """The subscription of a session in mode `subscription`, its first invoice paid with `payment_method` (None: nothing is due).

    The session has its customer by now. Raises CardRefused when the first payment is declined.
    """
    raise InvalidRequest("Subscriptions cannot be started.")


def invoice_session(store: Store, session: Thing, intent: Thing | None) -> Thing | None:
    """The paid invoice of a session with `invoice_creation`."""
    return None
