"""What staff decide about products, prices and promotion codes. Every change is in the audit log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from core.audit import record_audit
from core.errors import DomainError
from payments import subjects
from payments.models import OrderLine, Price, Product, ProductItem, PromotionCode, StripePrice
from payments.services.subscriptions import follow_streams
from payments.shares import least_charge


class ProductRefused(DomainError):
    code = "product_refused"


@dataclass(frozen=True)
class ItemInput:
    """A subject that a product opens, and its weight in the price."""

    subject: str
    share: int = 100


def save_product(*, product: Product, items: Sequence[ItemInput], by: User) -> Product:
    """Write `product` (new or edited) with what it opens, in that order.

    What it opens can only change until somebody ordered it or Stripe knows it; shares may change at any time, for orders
    to come.
    """
    with transaction.atomic():
        if product.pk:
            Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        _check_items(product, items)
        action = "payments.change_product" if product.pk else "payments.create_product"
        product.save()
        _save_items(product, items)
        follow_streams(product)
        if product.is_active and (reasons := reasons_not_on_sale(product)):
            raise ProductRefused(_("It cannot be on sale yet. %(reasons)s") % {"reasons": " ".join(reasons)})
        record_audit(
            actor=by,
            action=action,
            record=product,
            title=product.title,
            kind=product.kind,
            is_active=product.is_active,
            access_days=product.access_days,
            streams=product.streams,
            finish_by=product.finish_by.isoformat() if product.finish_by else None,
            opens={item.subject: item.share for item in items},
        )
    return product


def reasons_not_on_sale(product: Product) -> list[str]:
    """What is missing before `product` can be bought, as sentences that say what to do."""
    reasons = []
    prices = list(product.prices.active())
    if not product.items.exists():
        reasons.append(_("Say what it opens."))
    if not prices:
        reasons.append(_("Give it a price."))
    elif product.kind == Product.Kind.MEMBERSHIP:
        if not any(price.is_recurring for price in prices):
            reasons.append(_("A membership needs a price by the month or by the year."))
    elif not any(price.min_quantity == 1 for price in prices) and not product.for_organizations:
        reasons.append(_("Give it a price for one person."))
    if not product.refund_policy.strip():
        reasons.append(_("Write the refund policy."))
    return reasons


def set_on_sale(*, product: Product, on_sale: bool, by: User) -> Product:
    """Put `product` on sale or take it off; a second call changes nothing. Orders that were begun can still be paid."""
    with transaction.atomic():
        product = Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        if product.is_active == on_sale:
            return product
        if on_sale and (reasons := reasons_not_on_sale(product)):
            raise ProductRefused(_("It cannot be on sale yet. %(reasons)s") % {"reasons": " ".join(reasons)})
        product.is_active = on_sale
        product.save(update_fields=["is_active", "updated_at"])
        record_audit(actor=by, action="payments.put_on_sale" if on_sale else "payments.take_off_sale", record=product, title=product.title)
    return product


def set_price(
    *,
    product: Product,
    by: User,
    currency: str,
    amount_cents: int,
    interval: str = Price.Interval.ONCE,
    trial_days: int = 0,
    min_quantity: int = 1,
    tax_behavior: str = Price.TaxBehavior.EXCLUSIVE,
) -> Price:
    """Sell `product` at this amount on these terms from now on: a new row; the one it replaces is taken off.

    The same again changes nothing. Who has ordered, or is a member, keeps the price they had.
    """
    is_recurring = interval != Price.Interval.ONCE
    if is_recurring != (product.kind == Product.Kind.MEMBERSHIP):
        raise ProductRefused(_("A membership is paid by the month or by the year; everything else once."))
    if 0 < amount_cents < least_charge(currency):
        raise ProductRefused(_("Stripe charges no amount this small. Set 0.50 or more, or 0 for what costs nothing."))
    if is_recurring and not amount_cents:
        raise ProductRefused(_("A membership that costs nothing is access given by staff, not a price."))
    if is_recurring and min_quantity > 1:
        raise ProductRefused(_("A membership is for one person."))
    if min_quantity > 1 and not product.for_organizations:
        raise ProductRefused(_("A price for several is for organizations: tick “for organizations” on the product first."))
    with transaction.atomic():
        Product.objects.select_for_update(no_key=True).get(pk=product.pk)
        terms: dict[str, Any] = {"currency": currency, "interval": interval, "min_quantity": min_quantity}
        values: dict[str, Any] = {"amount_cents": amount_cents, "trial_days": trial_days, "tax_behavior": tax_behavior}
        old = product.prices.active().filter(**terms).first()
        if old and all(getattr(old, name) == value for name, value in values.items()):
            return old
        if old:
            old.is_active = False
            old.save(update_fields=["is_active", "updated_at"])
        price = Price.objects.create(product=product, **terms, **values)
        before = {name: getattr(old, name) for name in values} if old else None
        record_audit(actor=by, action="payments.set_price", record=price, product=product.pk, terms=terms, before=before, **values)
    return price


def take_price_off(*, price: Price, by: User) -> Price:
    """Sell at this price no longer; a second call changes nothing. The last price of a product on sale stays."""
    with transaction.atomic():
        product = Product.objects.select_for_update(no_key=True).get(pk=price.product_id)
        price = Price.objects.select_related("product").get(pk=price.pk)
        if not price.is_active:
            return price
        price.is_active = False
        price.save(update_fields=["is_active", "updated_at"])
        if product.is_active and reasons_not_on_sale(product):
            raise ProductRefused(_("This is the price it is sold at. Set another first, or take the product off sale."))
        record_audit(actor=by, action="payments.take_price_off", record=price, product=product.pk)
    return price


def save_promotion_code(*, code: PromotionCode, products: Collection[Product], by: User) -> PromotionCode:
    """Write `code` (new or edited) for `products` (none: everything). What it takes off is fixed once somebody used it."""
    with transaction.atomic():
        action = "payments.create_promotion_code"
        if code.pk:
            action = "payments.change_promotion_code"
            before = PromotionCode.objects.select_for_update(no_key=True).get(pk=code.pk)
            terms = ("code", "percent_off", "amount_off_cents", "currency")
            if any(getattr(before, name) != getattr(code, name) for name in terms):
                if code.orders.exclude(state="closed").exists():
                    raise ProductRefused(_("Somebody has used this code: it keeps what it takes off. End it, and make another."))
                code.at_stripe = {}
        code.save()
        code.products.set(products)
        record_audit(
            actor=by,
            action=action,
            record=code,
            code=code.code,
            percent_off=code.percent_off,
            amount_off_cents=code.amount_off_cents,
            currency=code.currency,
            max_uses=code.max_uses,
            once_per_person=code.once_per_person,
            expires_at=code.expires_at.isoformat() if code.expires_at else None,
            is_active=code.is_active,
            products=sorted(product.pk for product in products),
        )
    return code


def _check_items(product: Product, items: Sequence[ItemInput]) -> None:
    names = [item.subject for item in items]
    if len(set(names)) != len(names):
        raise ProductRefused(_("The same thing is named twice."))
    if product.kind == Product.Kind.MEMBERSHIP:
        if names != [subjects.LIBRARY]:
            raise ProductRefused(_("A membership opens the library, and only that."))
    elif subjects.LIBRARY in names:
        raise ProductRefused(_("Only a membership opens the library."))
    elif product.kind == Product.Kind.BUNDLE:
        if len(names) < 2:
            raise ProductRefused(_("A bundle has two parts or more."))
        if not all(item.share for item in items):
            raise ProductRefused(_("Give every part a share of the price: it is what a refund of that part gives back."))
    elif len(names) != 1:
        raise ProductRefused(_("Choose the one thing it opens. Several together are a bundle."))
    wrong = [name for name in names if not product_kind_fits(product.kind, name)]
    if wrong:
        raise ProductRefused(_("“%(title)s” is not what this kind of product opens.") % {"title": subjects.title_of(wrong[0])})


def product_kind_fits(kind: str, subject: str) -> bool:
    """A course product opens a course and a workshop product a workshop; a bundle, any of those."""
    return kind in (Product.Kind.BUNDLE, Product.Kind.MEMBERSHIP) or subject.partition(":")[0] == kind


def _save_items(product: Product, items: Sequence[ItemInput]) -> None:
    standing = {item.subject: item for item in product.items.all()}
    if gone := [item for name, item in standing.items() if name not in {entry.subject for entry in items}]:
        is_used = OrderLine.objects.filter(item__in=gone).exists() or StripePrice.objects.filter(item__in=gone).exists()
        if is_used:
            raise ProductRefused(_("People have bought this, or Stripe has a copy of it: what it opens stays. Take it off sale, and make another product."))
        ProductItem.objects.filter(pk__in=[item.pk for item in gone]).delete()
    if standing and len(standing) - len(gone) < len(items) and OrderLine.objects.filter(order__price__product=product).exists():
        raise ProductRefused(_("People have bought this: what it opens stays. Take it off sale, and make another product."))
    for position, entry in enumerate(items):
        item = standing.get(entry.subject) or ProductItem(product=product, subject=entry.subject)
        item.share, item.position = entry.share, position
        item.save()
