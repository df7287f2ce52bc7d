"""Amounts as people read them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.template import Context, Template
from django.utils import translation

from core.money import as_decimal, format_money, parse_money


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [(4900, "usd", "$49.00"), (-150, "usd", "-$1.50"), (1, "eur", "€0.01"), (4900, "jpy", "¥4,900"), (123456789, "cad", "CA$1,234,567.89")],
)
def test_amounts_read_as_people_write_them(amount, currency, text):
    assert format_money(amount, currency) == text


def test_the_viewers_language_decides_the_form():
    with translation.override("de"):
        assert format_money(490000, "eur") == "4.900,00\xa0€"


def test_a_decimal_keeps_every_unit():
    assert (as_decimal(1999, "usd"), as_decimal(1999, "jpy")) == (Decimal("19.99"), Decimal("1999"))


def test_the_filter_shows_a_dash_for_no_amount():
    page = Template("{% load money %}{{ fee|money:'usd' }} {{ total|money:'usd' }}")

    assert page.render(Context({"fee": None, "total": 250})) == "– $2.50"


@pytest.mark.parametrize(("text", "currency", "amount"), [("49", "usd", 4900), ("$1,900.50", "usd", 190050), ("4900", "jpy", 4900), ("0", "usd", 0)])
def test_money_is_typed_in_major_units(text, currency, amount):
    assert parse_money(text, currency) == amount


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("", "usd"),
        ("-1", "usd"),
        ("4.999", "usd"),
        ("49.5", "jpy"),
        ("NaN", "usd"),
        ("1e30", "usd"),
        ("49,90", "usd"),
        ("1e5", "usd"),
        ("1_000", "usd"),
        ("٣", "usd"),
        ("-0", "usd"),
        ("9" * 400, "usd"),
    ],
)
def test_what_is_no_amount_is_refused(text, currency):
    with pytest.raises(ValidationError):
        parse_money(text, currency)


@pytest.mark.parametrize(("cents", "text"), [(Decimal(0), "$0.00"), (Decimal("0.05"), "under $0.01"), (Decimal("1.4"), "$0.01"), (Decimal(2312), "$23.12")])
def test_what_costs_less_than_a_cent_is_not_said_to_cost_nothing(cents, text):
    assert Template("{% load money %}{{ cents|running_cost:'usd' }}").render(Context({"cents": cents})) == text
