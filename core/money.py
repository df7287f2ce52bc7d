"""Amounts of money as people write them. Everywhere else money is a whole number of the currency's smallest unit."""

from __future__ import annotations

from decimal import Decimal

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_currency
from django.utils.translation import get_language, to_locale

# Stripe's zero-decimal currencies: their smallest unit is the whole one (docs.stripe.com/currencies, "Zero-decimal").
WHOLE = frozenset(["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"])


def decimals_of(currency: str) -> int:
    """How many digits of the smallest unit stand after the point."""
    return 0 if currency.lower() in WHOLE else 2


def as_decimal(amount_cents: int, currency: str) -> Decimal:
    """4900 usd → Decimal("49.00"); 4900 jpy → Decimal("4900")."""
    return Decimal(amount_cents).scaleb(-decimals_of(currency))


def format_money(amount_cents: int, currency: str) -> str:
    """4900 usd → "$49.00", in the manner of the viewer's language."""
    try:
        locale = Locale.parse(to_locale(get_language() or "en-us"))
    except (UnknownLocaleError, ValueError):
        locale = Locale("en", "US")
    return format_currency(as_decimal(amount_cents, currency), currency.upper(), locale=locale)
