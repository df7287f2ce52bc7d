"""The client, and what its failures mean to the rest of the site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import stripe
from django.conf import settings
from django.utils.translation import gettext as _
from stripe._base_address import BaseAddresses
from stripe._v1_services import V1Services

from core.errors import DomainError

# The version the locked library was made for. Pinned, so that an upgrade is a decision.
API_VERSION = "2026-10-28.endive"
TIMEOUT_S = 20
RETRIES = 2  # by the library, with the same idempotency key


class PaymentsClosed(DomainError):
    """No key is set: nothing can be bought here."""

    code = "payments_closed"


class GatewayUnavailable(DomainError):
    """No usable answer came. Whether the call had an effect is unknown: repeat it with the same key."""

    code = "payment_service_unavailable"


class GatewayRefused(Exception):
    """Stripe understood and refused. `code` is Stripe's, such as `resource_missing` or `charge_already_refunded`."""

    def __init__(self, message: str, *, code: str, status: int):
        super().__init__(message)
        self.code, self.status = code, status


def environment() -> str:
    """Which world ids belong to: "stand-in", "test" or "live". Rows of one are never looked up in another."""
    if settings.STRIPE_API_BASE:
        return "stand-in"
    return "live" if "_live_" in settings.STRIPE_SECRET_KEY else "test"


def is_open() -> bool:
    """Whether anything that costs money can be bought."""
    return bool(settings.STRIPE_SECRET_KEY)


def client() -> V1Services:
    """Stripe's v1 API as the settings say. Raises PaymentsClosed without a key."""
    if not is_open():
        raise PaymentsClosed(_("Payments are not open here yet. Write to the school."))
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE).v1


@lru_cache(maxsize=4)
def _client(key: str, base: str) -> stripe.StripeClient:
    addresses: BaseAddresses = {"api": base} if base else {}
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        base_addresses=addresses,
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_S),
    )


@contextmanager
def answers() -> Iterator[None]:
    """Turn the library's errors into ours: refused for good, or worth repeating with the same key."""
    try:
        yield
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise GatewayUnavailable(_("The payment service does not answer at the moment. Nothing is lost: try again in a minute.")) from error
    except stripe.StripeError as error:
        if error.http_status is None or error.http_status >= 500 or error.http_status == 409:
            raise GatewayUnavailable(_("The payment service does not answer at the moment. Nothing is lost: try again in a minute.")) from error
        raise GatewayRefused(str(error.user_message or error), code=error.code or type(error).__name__, status=error.http_status) from error
