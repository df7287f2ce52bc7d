from __future__ import annotations

from decimal import Decimal

from django import template
from django.utils.translation import gettext as _

from core.money import format_money

register = template.Library()


@register.filter
def money(amount_cents: int | None, currency: str) -> str:
    """`{{ order.total_cents|money:order.currency }}` → $49.00; a dash for no amount."""
    return "–" if amount_cents is None else format_money(amount_cents, currency)


@register.filter
def running_cost(cents: Decimal, currency: str) -> str:
    """What something costs as it goes on, which may be less than the smallest unit and yet not nothing: “under $0.01”."""
    return _("under %(amount)s") % {"amount": format_money(1, currency)} if 0 < cents < 1 else format_money(round(cents), currency)
