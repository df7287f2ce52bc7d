"""Amounts as people read and type them. In the database they are integers in the currency's smallest unit."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext as _

# Stripe's lists: currencies without a smaller unit, and those with thousandths.
WITHOUT_CENTS = frozenset(["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"])
WITH_THOUSANDTHS = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
MOST = 99_999_999  # of the smallest unit, by Stripe's rules
SYMBOLS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "cad": "CA$", "aud": "A$", "nzd": "NZ$", "mxn": "MX$"}


def decimals_of(currency: str) -> int:
    if currency in WITHOUT_CENTS:
        return 0
    return 3 if currency in WITH_THOUSANDTHS else 2


def major_units(amount: int, currency: str) -> Decimal:
    """4900, "usd" → Decimal("49.00")"""
    return Decimal(amount).scaleb(-decimals_of(currency))


def format_money(amount: int, currency: str) -> str:
    """4900, "usd" → "$49.00"; a currency without a sign of its own is named: "CHF 49.00"."""
    places = decimals_of(currency)
    number = number_format(major_units(abs(amount), currency), places, use_l10n=True, force_grouping=True)
    sign = "−" if amount < 0 else ""
    return f"{sign}{SYMBOLS.get(currency, currency.upper() + chr(0xA0))}{number}"


def parse_money(text: str, currency: str) -> int:
    """ "49", "49.00" or "1,900.50" in major units → the smallest unit. Raises ValidationError with what to type."""
    places = decimals_of(currency)
    try:
        value = Decimal(text.strip().replace(",", "").lstrip("$€£¥"))
    except InvalidOperation:
        raise ValidationError(_("Type an amount such as 49 or 49.00.")) from None
    if value.is_finite() and value > MOST:
        raise ValidationError(_("This is more than can be charged at once."))
    if not value.is_finite() or value < 0 or value != round(value, places):
        example = "4900" if places == 0 else "49.00"
        raise ValidationError(_("Type an amount such as %(example)s, with at most %(places)s decimals.") % {"example": example, "places": places})
    amount = int(value.scaleb(places))
    if amount > MOST:
        raise ValidationError(_("This is more than can be charged at once."))
    return amount
