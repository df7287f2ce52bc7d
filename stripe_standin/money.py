"""Amounts in minor units: what the smallest charge is, what a charge costs, how a discount falls on lines, what the taxes are."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from stripe_standin.errors import InvalidRequest

ZERO_DECIMAL = frozenset(["bif", "clp", "djf", "gnf", "jpy", "kmf", "krw", "mga", "pyg", "rwf", "ugx", "vnd", "vuv", "xaf", "xof", "xpf"])
SMALLEST_CHARGE = {"usd": 50, "eur": 50, "cad": 50, "aud": 50, "gbp": 30, "jpy": 50, "chf": 50, "mxn": 1000, "nzd": 50, "sek": 300, "dkk": 250, "nok": 300}
LARGEST_CHARGE = 99_999_999
SIGNS = {"usd": "$", "eur": "€", "gbp": "£", "jpy": "¥", "cad": "CA$", "aud": "A$", "nzd": "NZ$"}
FEE_SHARE, FEE_FIXED = Decimal("0.029"), 30
# Made up, so that amounts of tax exist and differ by place; they are nobody's law.
TAX_BY_STATE = {"AK": "0", "DE": "0", "MT": "0", "NH": "0", "OR": "0", "CA": "7.25", "NY": "8.875", "TX": "6.25", "WA": "6.5", "FL": "6"}
TAX_ELSEWHERE_US, TAX_ABROAD = "5", "20"


def rounded(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


def shown(amount: int, currency: str) -> str:
    """`$20.00`, as Stripe prints amounts in its messages and on its pages."""
    sign = SIGNS.get(currency, f"{currency.upper()} ")
    minus = "-" if amount < 0 else ""
    if currency in ZERO_DECIMAL:
        return f"{minus}{sign}{abs(amount):,}"
    return f"{minus}{sign}{abs(amount) / 100:,.2f}"


def check_currency(currency: str) -> str:
    if len(currency) != 3 or not currency.isalpha():
        raise InvalidRequest(f"Invalid currency: {currency.lower()}. Stripe currently supports these currencies: usd, eur, gbp, …", param="currency")
    return currency.lower()


def check_chargeable(amount: int, currency: str, param: str = "amount") -> None:
    smallest = SMALLEST_CHARGE.get(currency, 50)
    if amount < smallest:
        words = f"Amount must be at least {shown(smallest, currency)} {currency}."
        raise InvalidRequest(words, code="amount_too_small", param=param)
    if amount > LARGEST_CHARGE:
        words = f"Amount must be no more than {shown(LARGEST_CHARGE, currency)} {currency}"
        raise InvalidRequest(words, code="amount_too_large", param=param)


def fee(amount: int, currency: str) -> int:
    fixed = 0 if currency in ZERO_DECIMAL else FEE_FIXED
    return rounded(amount * FEE_SHARE) + fixed


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """`total` over the lines in proportion, to the last minor unit."""
    whole = sum(weights)
    if not whole:
        return [0] * len(weights)
    shares, given, weighed = [], 0, 0
    for weight in weights:
        weighed += weight
        share = rounded(Decimal(total) * weighed / whole) - given
        shares.append(share)
        given += share
    return shares


def tax_percent(country: str | None, state: str | None) -> Decimal:
    if (country or "US").upper() != "US":
        return Decimal(TAX_ABROAD)
    return Decimal(TAX_BY_STATE.get((state or "").upper(), TAX_ELSEWHERE_US))


def tax_on(amount: int, percent: Decimal, *, inclusive: bool) -> int:
    """The tax on top of `amount`, or the tax inside it."""
    share = percent / 100
    return rounded(amount * share / (1 + share)) if inclusive else rounded(amount * share)
