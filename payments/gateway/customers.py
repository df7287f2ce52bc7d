"""People as Stripe knows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from stripe.params import CustomerCreateParams

from payments.gateway.client import answers, client

PAGE = 100


def create_customer(*, key: str, params: CustomerCreateParams) -> dict[str, Any]:
    with answers():
        return client().customers.create(params, {"idempotency_key": key}).to_dict()


def list_customers(*, email: str) -> Iterator[dict[str, Any]]:
    """Those with exactly this address."""
    with answers():
        for customer in client().customers.list({"email": email, "limit": PAGE}).auto_paging_iter():
            yield customer.to_dict()
