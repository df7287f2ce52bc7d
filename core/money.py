"""Amounts of money as people write them. Everywhere else money is a whole number of the currency's smallest unit."""

from __future__ import annotations

import re
from decimal import Decimal

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_currency
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

# Stripe's zero-decimal currencies: their smallest unit is the whole one (docs.stripe.com/currencies, "Zero-decimal").
WHOLE = frozenset(["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"])

MOST = 99_999_999  # of the smallest unit in one charge, by Stripe's rules

_TYPED = re.compile(r"[$€£¥]? ?((?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,20})(?:\.[0-9]{1,10})?)")


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


def parse_money(text: str, currency: str) -> int:
    """ "49", "$49.00" or "1,900.50" → the smallest unit. Raises ValidationError with what to type.

    A comma stands between thousands alone: "49,90" is refused, and never taken for 4990.
    """
    places = decimals_of(currency)
    typed = _TYPED.fullmatch(text.strip())
    if not typed:
        raise ValidationError(_("Type an amount such as 49 or 49.00."))
    value = Decimal(typed[1].replace(",", ""))
    if value > MOST:
        raise ValidationError(_("This is more than can be charged at once."))
    if value != round(value, places):
        message = _("Type whole units, such as 4900.") if places == 0 else _("Type an amount such as 49.00, with two decimals at most.")
        raise ValidationError(message)
    amount = int(value.scaleb(places))
    if amount > MOST:
        raise ValidationError(_("This is more than can be charged at once."))
    return amount
