from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credits.engine.quantities import quantity, rounded, text


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Fraction(0), "0"),
        (Fraction(100), "100"),
        (Fraction(7, 5), "1.4"),
        (Fraction(1, 3), "0.333333"),
        (Fraction(2, 3), "0.666667"),
        (Fraction(1, 3_000_000), "0"),
        (Fraction(5_999_999_999, 6_000_000_000), "1"),
        (Fraction(1, 10**9), "0.000000001"),
        (Fraction(10**20), "100000000000000000000"),
        (Fraction(-1, 2), "-0.5"),
    ],
)
def test_text_is_plain_and_as_short_as_it_can_be(value, written):
    assert text(value) == written


def test_quantity_is_exact():
    assert quantity("0.1") * 3 == quantity("0.3")
    assert text(quantity("2.50")) == "2.5"


@pytest.mark.parametrize(
    ("value", "granularity", "mode", "expected"),
    [
        ("0.625", "0.1", "floor", "0.6"),
        ("0.625", "0.1", "half_up", "0.6"),
        ("0.65", "0.1", "half_up", "0.7"),
        ("0.61", "0.1", "ceiling", "0.7"),
        ("6.75", "0.5", "floor", "6.5"),
        ("6.75", "0.5", "half_up", "7"),
        ("2.1", "0.7", "floor", "2.1"),
    ],
)
def test_rounded_goes_to_multiples_of_the_granularity(value, granularity, mode, expected):
    assert rounded(quantity(value), quantity(granularity), mode) == quantity(expected)


def test_rounded_knows_three_modes_only():
    with pytest.raises(ValueError, match="half_even"):
        rounded(Fraction(1), Fraction(1), "half_even")


@given(st.fractions(min_value=0, max_value=10**9, max_denominator=10**9))
def test_text_agrees_with_decimal_arithmetic(value):
    with localcontext(prec=80):
        ends = Fraction(exact := Decimal(value.numerator) / Decimal(value.denominator)) == value
        expected = exact if ends else exact.quantize(Decimal("0.000001"), rounding=ROUND_HALF_UP)

    assert Decimal(text(value)) == expected
    assert not text(value).endswith(".")
    assert "." not in text(value) or not text(value).endswith("0")
