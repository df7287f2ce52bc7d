"""What a subject costs: the products on sale that open it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from core.money import format_money
from payments import subjects as registry
from payments.models import Price, Product, ProductItem


@dataclass(frozen=True)
class Offer:
    """One way to buy a subject. `label` is the price in words: "$49.00", "$19.00 a month", "Free"."""

    product: Product
    price: Price
    url: str
    label: str

    @property
    def tax_note(self) -> str:
        return tax_note(self.price)

    @property
    def is_membership(self) -> bool:
        return self.product.kind == Product.Kind.MEMBERSHIP

    @property
    def is_bundle(self) -> bool:
        return self.product.kind == Product.Kind.BUNDLE

    @property
    def is_alone(self) -> bool:
        """The subject by itself, neither in a bundle nor in the library."""
        return not (self.is_membership or self.is_bundle)


def tax_note(price: Price, *, at_venue: bool = False) -> str:
    """What a buyer should know of tax beside the amount of `price`."""
    if price.is_free:
        return ""
    if price.tax_behavior == Price.TaxBehavior.INCLUSIVE:
        return _("tax included")
    if not settings.STRIPE_TAX:
        return _("no tax is added")
    return _("plus tax where it applies, as at the venue") if at_venue else _("plus tax where it applies")


def price_label(price: Price) -> str:
    """What `price` is called in one breath."""
    amount = format_money(price.amount_cents, price.currency)
    if price.interval == Price.Interval.MONTH:
        return _("%(amount)s a month") % {"amount": amount}
    if price.interval == Price.Interval.YEAR:
        return _("%(amount)s a year") % {"amount": amount}
    return _("Free") if price.is_free else amount


def offers_for(subjects: Collection[str], currency: str | None = None) -> dict[str, list[Offer]]:
    """For each of `subjects`, the ways to buy it for one person: by itself first, then bundles, then the membership.

    Two queries, and one of each kind of subject.

    A product without a price in `currency` (the school's) is offered in the one it has.
    """
    names = set(subjects)
    in_library = registry.library_among(names) | (names & {registry.LIBRARY})
    wanted = names | ({registry.LIBRARY} if in_library else set())
    prices = Prefetch("product__prices", Price.objects.active().filter(min_quantity=1).order_by("amount_cents", "pk"), to_attr="prices_for_one")
    items = ProductItem.objects.filter(subject__in=wanted, product__is_active=True).select_related("product").prefetch_related(prices)
    by_subject: dict[str, list[Offer]] = defaultdict(list)
    for item in items.order_by("product__title", "product_id"):
        offers = _offers_of(item.product, currency or settings.PAYMENTS_CURRENCY)
        for name in in_library if item.subject == registry.LIBRARY else [item.subject]:
            by_subject[name].extend(offers)
    return {name: _sorted(by_subject[name]) for name in names}


def affordable_subjects(prefix: str, amount_cents: int, currency: str) -> list[str]:
    """The subjects that begin with `prefix` and are on sale, for one person and paid once, for at most `amount_cents`."""
    prices = Price.objects.active().filter(interval=Price.Interval.ONCE, min_quantity=1, currency=currency, amount_cents__lte=amount_cents)
    items = ProductItem.objects.filter(subject__startswith=prefix, product__is_active=True, product__in=prices.values("product"))
    return list(items.order_by().values_list("subject", flat=True).distinct())


def prices_in(prices: Iterable[Price], currency: str) -> list[Price]:
    """Those of `prices` in `currency`; when there are none, in the school's, or in whichever there is."""
    rows = list(prices)
    known = {price.currency for price in rows}
    chosen = next((name for name in (currency, settings.PAYMENTS_CURRENCY, *sorted(known)) if name in known), "")
    return [price for price in rows if price.currency == chosen]


def _offers_of(product: Product, currency: str) -> list[Offer]:
    found: list[Price] = product.prices_for_one  # type: ignore[attr-defined]  # by the prefetch above
    return [Offer(product, price, product.get_absolute_url(), price_label(price)) for price in prices_in(found, currency)]


def _sorted(offers: list[Offer]) -> list[Offer]:
    """By itself, bundles, memberships; the cheaper product first; the prices of one product beside each other."""
    lowest: dict[int, int] = {}
    for offer in offers:
        lowest[offer.product.pk] = min(offer.price.amount_cents, lowest.get(offer.product.pk, offer.price.amount_cents))

    def place(offer: Offer) -> tuple[int, int, int, int]:
        family = 0 if offer.is_alone else 1 if offer.is_bundle else 2
        return (family, lowest[offer.product.pk], offer.product.pk, offer.price.amount_cents)

    return sorted(offers, key=place)
