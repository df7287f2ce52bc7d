from __future__ import annotations

from django import template

from payments.money import format_money

register = template.Library()


@register.filter
def money(amount: int | None, currency: str) -> str:
    """`{{ order.total_cents|money:order.currency }}` → "$49.00"; nothing for None."""
    return "" if amount is None else format_money(amount, currency)
