"""The copy of our prices at Stripe. Our rows are the truth; everything here is safe to repeat and heals a crash in between."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from stripe.params import CouponCreateParams, PriceCreateParams

from payments import subjects
from payments.gateway import prices as remote
from payments.gateway.client import GatewayRefused, environment
from payments.models import Price, Product, ProductItem, PromotionCode, StripePrice
from payments.shares import parts_of

ACTIONS = {"made": _("made"), "kept": _("kept"), "changed": _("changed"), "taken off": _("taken off"), "refused": _("refused")}


@dataclass(frozen=True)
class SyncedRow:
    """One thing that was looked at; `action` is one of ACTIONS."""

    what: str
    action: str
    stripe_id: str = ""
    note: str = ""

    @property
    def action_label(self) -> str:
        return str(ACTIONS[self.action])


@dataclass
class SyncSummary:
    environment: str
    rows: list[SyncedRow] = field(default_factory=list)

    def count(self, action: str) -> int:
        return sum(row.action == action for row in self.rows)


def ensure_stripe_price(*, price: Price, item: ProductItem, environment: str) -> StripePrice:
    """The Stripe price that stands for `item`'s part of `price`. Asks Stripe when there is none yet, or shares were changed.

    Calls the network; not inside a transaction.
    """
    amount = parts_of(price, list(price.product.items.all()))[item.pk]
    standing = StripePrice.objects.filter(price=price, item=item, environment=environment, is_active=True).first()
    if standing and standing.amount_cents == amount:
        return standing
    product_id = _ensure_product(item, environment)
    lookup_key = f"price-{price.pk}-{item.pk}-{_stamp(price.product)}-{amount}"
    found = remote.find_price(lookup_key)
    if found and not found["active"]:
        remote.set_price_active(found["id"], active=True)
    if found is None:
        found = remote.create_price(key=lookup_key, params=_price_params(price, item, amount, product_id, lookup_key))
    with transaction.atomic():
        Price.objects.select_for_update(no_key=True).get(pk=price.pk)
        copies = StripePrice.objects.filter(price=price, item=item, environment=environment)
        copies.exclude(stripe_price_id=found["id"]).update(is_active=False)
        values = {"price": price, "item": item, "amount_cents": amount, "stripe_product_id": product_id, "is_active": True}
        return StripePrice.objects.update_or_create(environment=environment, stripe_price_id=found["id"], defaults=values)[0]


def ensure_stripe_promotion(*, code: PromotionCode, environment: str) -> str:
    """The id of the promotion code at Stripe that takes off what `code` does. Safe to repeat; not inside a transaction."""
    if known := code.at_stripe.get(environment):
        return str(known)
    coupon = _coupon_params(code)
    # Only one active code of a name is allowed there: one of other terms, left from before an edit, makes room.
    for other in remote.find_promotion_codes(code.code):
        if other["promotion"]["coupon"] == coupon["id"]:
            return _remember_promotion(code, environment, other["id"])
        remote.retire_promotion_code(other["id"])
    remote.create_coupon(key=f"coupon:{coupon['id']}", params=coupon)
    made = remote.create_promotion_code(
        key=f"promotion:{coupon['id']}",
        params={"code": code.code, "promotion": {"type": "coupon", "coupon": coupon["id"]}, "metadata": {"promotion_code": str(code.pk)}},
    )
    return _remember_promotion(code, environment, made["id"])


def sync_prices() -> SyncSummary:
    """Make Stripe's copy of everything on sale equal to ours, and take off there what was taken off here.

    One refusal is noted and does not stop the rest; a service that does not answer does.
    """
    summary = SyncSummary(environment())
    for product in Product.objects.on_sale().prefetch_related("items"):
        items = list(product.items.all())
        for item in items:
            _noted(summary, f"{product}: {subjects.title_of(item.subject)}", _refresh_product, item, summary.environment)
        for price in product.prices.active():
            if price.is_free and not price.is_recurring:
                continue  # what costs nothing never reaches Stripe
            for item in items:
                _noted(summary, str(price), _refresh_price, price, item, summary.environment)
    for copy in _outdated(summary.environment):
        _noted(summary, str(copy.price), _take_off, copy)
    for code in PromotionCode.objects.usable():
        _noted(summary, code.code, _refresh_promotion, code, summary.environment)
    return summary


def _noted(summary: SyncSummary, what: str, step: Any, *args: Any) -> None:
    try:
        action, stripe_id = step(*args)
    except GatewayRefused as refusal:
        action, stripe_id, note = "refused", "", str(refusal)
    else:
        note = ""
    if action:
        summary.rows.append(SyncedRow(what, action, stripe_id, note))


def _refresh_price(price: Price, item: ProductItem, environment: str) -> tuple[str, str]:
    before = set(StripePrice.objects.filter(price=price, item=item, environment=environment, is_active=True).values_list("stripe_price_id", flat=True))
    copy = ensure_stripe_price(price=price, item=item, environment=environment)
    return ("kept" if copy.stripe_price_id in before else "changed" if before else "made"), copy.stripe_price_id


def _refresh_product(item: ProductItem, environment: str) -> tuple[str, str]:
    """Name, tax code and venue of a product that is there already; one that is not yet is made with its first price."""
    known = StripePrice.objects.filter(item=item, environment=environment).values_list("stripe_product_id", flat=True).first()
    if known is None:
        return "", ""
    wanted, there = _product_params(item), remote.retrieve_product(known)
    taxed = wanted.get("tax_details", {})
    location = taxed.get("performance_location") and (there.get("tax_details") or {}).get("performance_location")
    is_so = (there["name"], there.get("tax_code"), location)
    if is_so == (wanted["name"], wanted.get("tax_code") or taxed.get("tax_code"), taxed.get("performance_location")):
        return "", ""
    remote.update_product(known, wanted)  # type: ignore[arg-type]  # built in steps
    return "changed", known


def _refresh_promotion(code: PromotionCode, environment: str) -> tuple[str, str]:
    action = "kept" if code.at_stripe.get(environment) else "made"
    return action, ensure_stripe_promotion(code=code, environment=environment)


def _outdated(environment: str) -> list[StripePrice]:
    copies = StripePrice.objects.filter(environment=environment, is_active=True).select_related("price__product")
    return list(copies.filter(price__is_active=False))


def _take_off(copy: StripePrice) -> tuple[str, str]:
    remote.set_price_active(copy.stripe_price_id, active=False)
    StripePrice.objects.filter(pk=copy.pk).update(is_active=False)
    return "taken off", copy.stripe_price_id


def _ensure_product(item: ProductItem, environment: str) -> str:
    known = StripePrice.objects.filter(item=item, environment=environment).values_list("stripe_product_id", flat=True).first()
    if known:
        return known
    product_id = f"smrt-item-{item.pk}-{_stamp(item.product)}"
    params = {"id": product_id, "metadata": {"product": str(item.product_id), "item": str(item.pk)}, **_product_params(item)}
    return str(remote.create_product(key=f"product:{product_id}:{_digest(params)}", params=params)["id"])  # type: ignore[arg-type]  # built in two steps


def _product_params(item: ProductItem) -> dict[str, Any]:
    """Name and tax of the item as the buyer reads them at Stripe."""
    kind = subjects.kind_of(item.subject)
    is_one_of_several = item.product.kind == Product.Kind.BUNDLE
    params: dict[str, Any] = {"name": f"{item.product.title}: {subjects.title_of(item.subject)}" if is_one_of_several else item.product.title}
    params["name"] = params["name"][:250]
    if tax_code := item.tax_code or kind.tax_code:
        params["tax_code"] = tax_code
    if settings.STRIPE_TAX and (place := kind.place(item.subject)):
        params["tax_details"] = {"performance_location": _ensure_location(place)}
        if tax_code:
            params["tax_details"]["tax_code"] = params.pop("tax_code")
    return params


def _ensure_location(place: subjects.Place) -> str:
    """Tickets are taxed where the workshop takes place."""
    address = {"line1": place.street, "city": place.city, "state": place.region, "postal_code": place.postal_code, "country": place.country}
    for known in remote.list_tax_locations():
        if {name: known["address"].get(name) or "" for name in address} == address:
            return str(known["id"])
    made = remote.create_tax_location(key=f"tax-location:{_digest(address)}", params={"type": "performance", "address": address})  # type: ignore[typeddict-item]
    return str(made["id"])


def _price_params(price: Price, item: ProductItem, amount: int, product_id: str, lookup_key: str) -> PriceCreateParams:
    params: PriceCreateParams = {
        "product": product_id,
        "currency": price.currency,
        "unit_amount": amount,
        "tax_behavior": price.tax_behavior,
        "lookup_key": lookup_key,
        "metadata": {"price": str(price.pk), "item": str(item.pk)},
    }
    if price.is_recurring:
        params["recurring"] = {"interval": price.interval}
    return params


def _coupon_params(code: PromotionCode) -> CouponCreateParams:
    """Once: a membership's renewals cost the full price, which the buy page says."""
    terms = f"{code.percent_off}pc" if code.percent_off else f"{code.amount_off_cents}{code.currency}"
    params: CouponCreateParams = {"id": f"smrt-code-{code.pk}-{int(code.created_at.timestamp())}-{terms}", "duration": "once", "name": code.code}
    if code.percent_off:
        params["percent_off"] = code.percent_off
    elif code.amount_off_cents:
        params["amount_off"], params["currency"] = code.amount_off_cents, code.currency
    return params


def _remember_promotion(code: PromotionCode, environment: str, promotion_id: str) -> str:
    with transaction.atomic():
        row = PromotionCode.objects.select_for_update(no_key=True).get(pk=code.pk)
        if (row.percent_off, row.amount_off_cents, row.currency) == (code.percent_off, code.amount_off_cents, code.currency):
            row.at_stripe = {**row.at_stripe, environment: promotion_id}
            row.save(update_fields=["at_stripe", "updated_at"])
            code.at_stripe = row.at_stripe
    return promotion_id


def _stamp(product: Product) -> int:
    """Keeps the ids of a database that was made anew apart from those of the one before it."""
    return int(product.created_at.timestamp())


def _digest(params: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(params, sort_keys=True).encode()).hexdigest()[:16]
