"""People as customers of the payment provider."""

from __future__ import annotations

import hashlib
import json
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from stripe.params import CustomerCreateParams

from accounts.models import User
from payments.gateway import customers as remote
from payments.gateway.client import environment
from payments.models import Customer


def ensure_customer(*, user: User) -> str:
    """Stripe's id of `user`, made there when there is none yet. Safe to repeat; calls the network, so not in a transaction.

    A crash between the call and the saving heals: the same key gives the same customer, and once Stripe has forgotten
    the key (after a day) it is found again by address and metadata.
    """
    customer, _created = Customer.objects.get_or_create(user=user, environment=environment())
    if customer.stripe_customer_id:
        return customer.stripe_customer_id
    params: CustomerCreateParams = {"email": user.email, "metadata": _marks(customer)}
    if name := user.legal_name.printed if user.legal_name else user.display_name:
        params["name"] = name
    found = _find(customer) or remote.create_customer(key=_key(customer, params), params=params)
    with transaction.atomic():
        customer = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        if not customer.stripe_customer_id:
            customer.stripe_customer_id = found["id"]
            customer.save(update_fields=["stripe_customer_id", "updated_at"])
    return customer.stripe_customer_id


def _find(customer: Customer) -> dict[str, Any] | None:
    marks = _marks(customer)
    matching = (there for there in remote.list_customers(email=customer.user.email) if there["metadata"] == marks)
    return next(matching, None)


def _marks(customer: Customer) -> dict[str, str]:
    """What tells this row's customer from those of other sites and databases that share the account."""
    return {"user": str(customer.user_id), "site": urlsplit(settings.SITE_URL).netloc, "since": f"{customer.created_at:%Y%m%dT%H%M%S}"}


def _key(customer: Customer, params: CustomerCreateParams) -> str:
    content = hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:12]
    return f"customer:{customer.pk}:{content}"
