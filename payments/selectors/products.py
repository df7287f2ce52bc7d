"""What the desk shows of products and promotion codes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case, Count, F, Prefetch, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from payments import subjects
from payments.gateway.client import environment, is_open
from payments.models import Order, Price, Product, ProductItem, PromotionCode, StripePrice
from payments.selectors.offers import price_label
from payments.shares import parts_of


@dataclass(frozen=True)
class DeskPrice:
    """A price, its part for each item, and how many of those Stripe has a copy of. `copies_missing` is None when none is needed."""

    price: Price
    label: str
    parts: list[tuple[str, int]]
    copies_missing: int | None


@dataclass(frozen=True)
class DeskProduct:
    product: Product
    opens: list[str]
    prices: list[DeskPrice]

    @property
    def copies_missing(self) -> int:
        return sum(price.copies_missing or 0 for price in self.prices)

    @property
    def needs_copies(self) -> bool:
        return any(price.copies_missing is not None for price in self.prices)


def products_matching(text: str) -> QuerySet[Product]:
    """Those with `text` in title, address or summary, or all; each with `sold`, its paid orders."""
    rows = Product.objects.annotate(sold=Count("prices__orders", filter=Q(prices__orders__state=Order.State.PAID)))
    if text:
        rows = rows.filter(Q(title__icontains=text) | Q(slug__icontains=text) | Q(summary__icontains=text))
    return rows.order_by("-is_active", "title", "pk")


def desk_products(products: Iterable[Product]) -> list[DeskProduct]:
    """The same products with what a table says of them, in a constant number of queries."""
    pks = [product.pk for product in products]
    copies = Prefetch("at_stripe", StripePrice.objects.filter(environment=environment(), is_active=True), to_attr="copies")
    items, prices = (
        _by_product(ProductItem.objects.filter(product__in=pks)),
        _by_product(Price.objects.active().filter(product__in=pks).prefetch_related(copies)),
    )
    titles = subjects.titles_of({item.subject for rows in items.values() for item in rows})
    found = []
    for product in products:
        own = items.get(product.pk, [])
        shown = [_desk_price(price, own, titles) for price in prices.get(product.pk, [])]
        found.append(DeskProduct(product, [titles[item.subject] for item in own], shown))
    return found


def promotions_matching(text: str) -> QuerySet[PromotionCode]:
    """Codes with `text` in them or in their note, or all; each with `uses`, counted as `claim_promotion` counts them."""
    each = Case(When(percent_off__isnull=False, orders__organization__isnull=True, then=F("orders__quantity")), default=Value(1))
    counted = Q(orders__state__in=[Order.State.OPEN, Order.State.PAID])
    rows = PromotionCode.objects.annotate(uses=Coalesce(Sum(each, filter=counted), 0))
    if text:
        rows = rows.filter(Q(code__icontains=text) | Q(note__icontains=text))
    return rows.order_by("-is_active", "-created_at", "-pk")


def _by_product(rows: QuerySet) -> dict[int, list]:
    found: dict[int, list] = {}
    for row in rows:
        found.setdefault(row.product_id, []).append(row)
    return found


def _desk_price(price: Price, items: list[ProductItem], titles: dict[str, str]) -> DeskPrice:
    parts = parts_of(price, items) if items else {}
    missing = None
    if is_open() and (price.is_recurring or not price.is_free):
        there = {copy.item_id: copy.amount_cents for copy in price.copies}  # type: ignore[attr-defined]  # by the prefetch
        missing = sum(there.get(pk) != amount for pk, amount in parts.items())
    return DeskPrice(price, price_label(price), [(titles[item.subject], parts[item.pk]) for item in items], missing)
