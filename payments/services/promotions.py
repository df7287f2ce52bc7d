"""Promotion codes: who may use one, and what it takes off."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from core import clock
from core.errors import DomainError
from payments.models import Order, Price, PromotionCode

# The refusals below: without a code the same thing may be bought.
CODE_REFUSALS = frozenset(["unknown_code", "code_not_for_this", "code_in_other_currency", "code_used", "code_used_up", "code_too_early", "code_over"])


def claim_promotion(*, text: str, user: User | None, price: Price, replacing: Collection[Order] = (), people: int = 1) -> PromotionCode:
    """The code that `text` names, locked, when `user` may use it for `price`; otherwise a refusal that says what to do.

    A use is an open or paid order, those in `replacing` left out; a percentage is used once for each of its `people`. Call
    inside the transaction that makes the order: the lock is what keeps two buyers from taking the last use. `user` is None for
    a stranger who looks at the price.
    """
    code = PromotionCode.objects.select_for_update(no_key=True).filter(code=text.strip().upper()).first()
    if code is None:
        raise DomainError(_("We do not know the code “%(code)s”. Check how it is written, or leave the field empty.") % {"code": text}, code="unknown_code")
    _check_dates(code)
    if (products := set(code.products.values_list("pk", flat=True))) and price.product_id not in products:
        raise DomainError(_("The code “%(code)s” is for something else. Leave the field empty to buy this.") % {"code": code}, code="code_not_for_this")
    if code.currency and code.currency != price.currency:
        message = _("The code “%(code)s” is for prices in %(currency)s. Choose that currency, or leave the field empty.")
        raise DomainError(message % {"code": code, "currency": code.currency.upper()}, code="code_in_other_currency")
    uses = Order.objects.filter(promotion_code=code, state__in=[Order.State.OPEN, Order.State.PAID]).exclude(pk__in=[order.pk for order in replacing])
    if user and code.once_per_person and uses.filter(user=user).exists():
        raise DomainError(_("You have used the code “%(code)s” already. Leave the field empty to buy this.") % {"code": code}, code="code_used")
    if code.max_uses is not None and (left := code.max_uses - uses_of(code, uses)) < (people if code.percent_off else 1):
        if left > 0:
            words = {"code": code, "left": left}
            raise DomainError(
                _("The code “%(code)s” is good for %(left)s more only. Name fewer people, or leave the field empty.") % words, code="code_used_up"
            )
        raise DomainError(_("The code “%(code)s” has been used up. Leave the field empty to buy this.") % {"code": code}, code="code_used_up")
    return code


def uses_of(code: PromotionCode, orders: QuerySet[Order]) -> int:
    """How often `orders` use `code`: a percentage is had by each person of an order, an amount once; an organization's order is one use."""
    if not code.percent_off:
        return orders.count()
    return sum(1 if organization else quantity for organization, quantity in orders.values_list("organization", "quantity"))


def _check_dates(code: PromotionCode) -> None:
    now = clock.now()
    if code.starts_at and code.starts_at > now:
        raise DomainError(_("The code “%(code)s” does not hold yet. Try again later, or leave the field empty.") % {"code": code}, code="code_too_early")
    if not code.is_active or (code.expires_at and code.expires_at <= now):
        raise DomainError(_("The code “%(code)s” holds no longer. Leave the field empty to buy this.") % {"code": code}, code="code_over")


def discount_of(code: PromotionCode, subtotal_cents: int, *, least_cents: int = 0) -> int:
    """What `code` takes off, in the same unit; half a unit is rounded up, and never more than everything.

    What would be left and is below `least_cents`, too little to be charged, is taken off as well.
    """
    percent, fixed = code.percent_off, min(code.amount_off_cents or 0, subtotal_cents)
    off = fixed if percent is None else (subtotal_cents * percent + 50) // 100
    return subtotal_cents if subtotal_cents - off < least_cents else off
