"""Seats of the workshops that cost something can be had for a deposit."""

from __future__ import annotations

from accounts.models import User
from payments.models import Product
from payments.services import set_deposit

DEPOSIT_CENTS, DAYS, GRACE = 5000, 14, 3


def make_deposits(*, staff: User) -> None:
    """Safe to repeat."""
    for product in Product.objects.on_sale().filter(kind=Product.Kind.WORKSHOP, deposits=None):
        for price in product.prices.active():
            set_deposit(product=product, currency=price.currency, amount_cents=DEPOSIT_CENTS, balance_days=DAYS, grace_days=GRACE, rule="kept", by=staff)
