"""What `manage.py check` says about payments: what is missing, and what would take real money in a wrong place.

No message repeats a key or a secret.
"""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

KEY = re.compile(r"(sk|rk)_(test|live)_\w+")
SECRET = re.compile(r"whsec_\S+")
CURRENCY = re.compile(r"[a-z]{3}")
WHERE = "See “Payments” in docs/configuration.md."


@register()
def payment_settings_are_whole(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Key, webhook secrets, currency and tax fit together, or nothing can be bought."""
    found = [*_currency(), *_grace()]
    if not settings.STRIPE_SECRET_KEY:
        return [*found, *_without_key()]
    return [*found, *_key(), *_secrets(), *_live()]


@register(Tags.security, deploy=True)
def payments_are_real(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A deployed site takes real money, or says that it does not."""
    if not settings.STRIPE_SECRET_KEY:
        return []
    if settings.STRIPE_API_BASE:
        hint = "Remove STRIPE_API_BASE to speak to Stripe itself."
        return [Warning("Payments go to a stand-in for Stripe: nobody is charged.", hint=hint, id="payments.W004")]
    if "_live_" not in settings.STRIPE_SECRET_KEY:
        hint = "Set STRIPE_SECRET_KEY to a live key, and STRIPE_WEBHOOK_SECRETS to the secret of the live endpoint, when the school is to be paid."
        return [Warning("Payments are in Stripe's test mode: nobody is charged.", hint=hint, id="payments.W005")]
    return []


def _without_key() -> list[CheckMessage]:
    hint = f"Set STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRETS; what is free works without. {WHERE}"
    found: list[CheckMessage] = [Warning("No STRIPE_SECRET_KEY is set, so nothing that costs money can be bought.", hint=hint, id="payments.W001")]
    if settings.STRIPE_TAX:
        found.append(Warning("STRIPE_TAX is on, but there is no key to compute taxes with.", hint="Set STRIPE_SECRET_KEY.", id="payments.W002"))
    return found


def _key() -> list[CheckMessage]:
    key = settings.STRIPE_SECRET_KEY
    if key.startswith("pk_"):
        hint = "It begins with pk_ and is for browsers. Take the secret or a restricted key from Stripe's dashboard: sk_… or rk_…."
        return [Error("STRIPE_SECRET_KEY holds a publishable key.", hint=hint, id="payments.E001")]
    if not KEY.fullmatch(key):
        hint = "It must begin with sk_test_, sk_live_, rk_test_ or rk_live_, without spaces or quotes."
        return [Error("STRIPE_SECRET_KEY does not look like a key of Stripe's.", hint=hint, id="payments.E002")]
    return []


def _secrets() -> list[CheckMessage]:
    if not settings.STRIPE_WEBHOOK_SECRETS:
        hint = f"Add an endpoint for {settings.SITE_URL}/payments/stripe/webhook/ at Stripe and set its signing secret (whsec_…). {WHERE}"
        return [Error("There is a key, but no STRIPE_WEBHOOK_SECRETS: news of payments would be refused.", hint=hint, id="payments.E003")]
    if not all(SECRET.fullmatch(secret) for secret in settings.STRIPE_WEBHOOK_SECRETS):
        hint = "Each must begin with whsec_; several are separated by commas, without spaces or quotes."
        return [Error("STRIPE_WEBHOOK_SECRETS holds something that is no signing secret.", hint=hint, id="payments.E004")]
    return []


def _live() -> list[CheckMessage]:
    if "_live_" not in settings.STRIPE_SECRET_KEY:
        return []
    found: list[CheckMessage] = []
    if settings.STRIPE_API_BASE:
        hint = "Remove STRIPE_API_BASE, or use a key that begins with sk_test_."
        found.append(Error("A live key would be sent to a stand-in for Stripe.", hint=hint, id="payments.E005"))
    if not settings.SITE_URL.startswith("https://"):
        hint = "Set SITE_URL to the site's https:// address, or use a test key."
        found.append(Error("A live key is set, but the site is not served over HTTPS.", hint=hint, id="payments.E006"))
    if settings.DEBUG or settings.LOCAL:
        hint = "Use a test key here (sk_test_…): what is bought on this site is charged for."
        found.append(Warning("A live key is set on a local site.", hint=hint, id="payments.W003"))
    return found


def _currency() -> list[CheckMessage]:
    if CURRENCY.fullmatch(settings.PAYMENTS_CURRENCY):
        return []
    return [Error("PAYMENTS_CURRENCY is no currency.", hint="Three letters, such as usd.", id="payments.E007")]


def _grace() -> list[CheckMessage]:
    if settings.PAYMENTS_GRACE_DAYS >= 0:
        return []
    return [Error("PAYMENTS_GRACE_DAYS is less than nothing.", hint="A number of days, 0 for no grace.", id="payments.E008")]
