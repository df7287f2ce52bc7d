"""How long an order holds what it is for, and how that fits Stripe's limits."""

from __future__ import annotations

from datetime import datetime, timedelta

from payments.models import Order

# Stripe lets a session live 30 minutes at least. An order's hold is ten minutes longer, so that somebody who reads the
# order page first, or whose first try met an outage, still gets a session that ends with the hold and not after it.
SHORTEST_SESSION = timedelta(minutes=30)
HOLD = timedelta(minutes=40)
# For the call itself and for clocks that differ: Stripe counts from when it gets the request.
SLACK = timedelta(minutes=2)
# A bank may take this long over a payment (SEPA debit, the slowest in use, takes up to 14 days).
BANK_TIME = timedelta(days=21)


def may_be_asked_until(order: Order) -> datetime:
    """Until when a session can be opened that ends with the order's hold."""
    return order.hold_until - SHORTEST_SESSION - SLACK
