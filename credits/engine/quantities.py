"""Exact amounts in a board's own unit: decimal text outside, fractions inside."""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import ceil, floor

ZERO = Fraction(0)
PLACES = 6  # of values that do not end
ROUNDINGS = ("floor", "half_up", "ceiling")


@lru_cache(maxsize=4096)
def quantity(text: str) -> Fraction:
    """The exact value of decimal text such as "0.1"."""
    return Fraction(text)


def rounded(value: Fraction, granularity: Fraction, mode: str) -> Fraction:
    """`value` to a multiple of `granularity`: "floor", "ceiling" or "half_up" (a half goes up)."""
    steps = value / granularity
    match mode:
        case "floor":
            return floor(steps) * granularity
        case "half_up":
            return floor(steps + Fraction(1, 2)) * granularity
        case "ceiling":
            return ceil(steps) * granularity
    raise ValueError(f"A rounding is one of {', '.join(ROUNDINGS)}, not {mode}.")


@lru_cache(maxsize=4096)
def text(value: Fraction) -> str:
    """Plain decimal text, without exponent or trailing zeros. A value that does not end is rounded to six places, half up."""
    places = _places(value.denominator)
    if places is None:
        value, places = rounded(value, Fraction(1, 10**PLACES), "half_up"), PLACES
    digits = str(abs(value * 10**places).numerator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}".rstrip("0").rstrip(".") if places else f"{sign}{digits}"


def _places(denominator: int) -> int | None:
    """Decimal places of a fraction in lowest terms with this denominator; None when it does not end."""
    twos = fives = 0
    while denominator % 2 == 0:
        denominator, twos = denominator // 2, twos + 1
    while denominator % 5 == 0:
        denominator, fives = denominator // 5, fives + 1
    return max(twos, fives) if denominator == 1 else None
