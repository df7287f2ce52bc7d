from __future__ import annotations

from django import template

from core.money import format_money

register = template.Library()


@register.filter
def money(amount_cents: int | None, currency: str) -> str:
    """`{{ order.total_cents|money:order.currency }}` → $49.00; a dash for no amount."""
    return "–" if amount_cents is None else format_money(amount_cents, currency)
