"""What can be bought, for everybody; buying, for who is signed in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.errors import DomainError
from core.limits import check_limit, count_visit
from core.money import format_money
from payments.gateway.client import GatewayRefused, GatewayUnavailable, is_open
from payments.models import Order, Price, Product
from payments.selectors.buying import access_words, open_order_for, parts_for, renewal_words, saved_by, streams_words, trial_used_at, trial_words, zone_of
from payments.selectors.offers import price_label, prices_in, tax_note
from payments.services import open_checkout, quote_order, start_order
from payments.services.promotions import CODE_REFUSALS, claim_promotion, discount_of
from payments.shares import least_charge

# Codes that were refused, of one visitor: more are guesses.
GUESSES, GUESSES_RATE = "payments.guess_code", "30/10m"
# Orders begun by one person: each holds what it is for, and asks Stripe for a page.
ORDERS, ORDERS_RATE = "payments.begin_order", "40/h"


@dataclass(frozen=True)
class Choice:
    """One price with what the viewer would pay for it, or why they cannot."""

    price: Price
    label: str
    discount: str
    total: str
    costs_nothing: bool
    tax_note: str
    trial: str
    has_trial: bool
    renewal: str
    refusal: DomainError | None

    @property
    def is_owned(self) -> bool:
        return bool(self.refusal) and self.refusal.code == "already_owned"  # type: ignore[union-attr]  # bool() has looked

    @property
    def is_member(self) -> bool:
        return bool(self.refusal) and self.refusal.code == "already_member"  # type: ignore[union-attr]  # bool() has looked


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    product = get_object_or_404(Product.objects.on_sale().prefetch_related("items"), slug=slug)
    return _buy(request, product) if request.method == "POST" else _page(request, product)


def _buy(request: HttpRequest, product: Product) -> HttpResponse:
    code = _code(request.POST)
    if not request.user.is_authenticated:
        query = f"?{urlencode({'code': code})}" if code else ""
        return redirect_to_login(f"{product.get_absolute_url()}{query}")
    wanted = request.POST.get("price", "")
    price = get_object_or_404(product.prices.active().filter(min_quantity=1).select_related("product"), pk=int(wanted) if _is_key(wanted) else 0)
    check_limit(request, group=ORDERS, rate=ORDERS_RATE)
    try:
        order = start_order(user=request.user, price=price, promotion=code)
    except DomainError as refusal:
        return _page(request, product, refusal=refusal, status=409)
    except GatewayRefused:  # an earlier order could not be let go of
        trouble = DomainError(_("The payment service refused to answer. Nothing was charged. Write to %(email)s.") % {"email": settings.SCHOOL_EMAIL})
        return _page(request, product, refusal=trouble, status=409)
    return pay(request, order)


def _is_key(text: str) -> bool:
    return text.isdecimal() and len(text) <= 18


def pay(request: HttpRequest, order: Order) -> HttpResponse:
    """Lead the buyer to Stripe's page, or to the order when there is nothing to pay or no way to pay it now."""
    if order.is_paid or order.processing_at:
        return redirect(order)
    try:
        return redirect(open_checkout(order=order).url)
    except GatewayUnavailable as trouble:
        messages.error(request, f"{trouble.message} {_('Your order is kept: use “Pay now” on this page.')}")
    except DomainError as refusal:
        messages.error(request, refusal.message)
    except GatewayRefused:
        messages.error(request, _("The payment page could not be opened. Write to %(email)s; your order is kept.") % {"email": settings.SCHOOL_EMAIL})
    return redirect(order)


def _code(values: Any) -> str:
    return str(values.get("code", "")).replace("\x00", "").strip().upper()[:40]


def _page(request: HttpRequest, product: Product, *, refusal: DomainError | None = None, status: int = 200) -> HttpResponse:
    code = _code(request.POST or request.GET)
    if code:
        check_limit(request, group=GUESSES, rate=GUESSES_RATE, counts=False)
    items, all_prices = list(product.items.all()), list(product.prices.active().select_related("product").order_by("amount_cents", "pk"))
    currency = request.GET.get("currency", settings.PAYMENTS_CURRENCY)
    prices = prices_in([price for price in all_prices if price.min_quantity == 1], currency)
    quoted = [_quoted(request.user, price, code) for price in prices]
    if any(quote.code_refusal for quote in quoted):
        count_visit(request, group=GUESSES, rate=GUESSES_RATE)
    parts = parts_for(request.user, items, prices[0] if prices else None)
    open_order = open_order_for(request.user, product)
    used_at = trial_used_at(request.user) if any(price.trial_days for price in prices) else None
    context = {
        "product": product,
        "parts": parts,
        "parts_left": [part for part in parts if not part.is_open_to_viewer],
        "choices": [_choice(price, quote, used_at) for price, quote in zip(prices, quoted, strict=True)],
        "volume": [(price.min_quantity, price_label(price)) for price in all_prices if price.min_quantity > 1],
        "currencies": sorted({price.currency for price in all_prices if price.min_quantity == 1}),
        "currency": prices[0].currency if prices else "",
        "saved": saved_by(prices[0], parts) if prices else "",
        "access": access_words(product, zone=zone_of(request.user)),
        "streams": streams_words(product, items),
        "code": code,
        "code_refusal": next((quote.code_refusal for quote in quoted if quote.code_refusal), ""),
        "code_holds": bool(code) and any(quote.discount_cents for quote in quoted),
        "shared_refusal": bool(quoted) and all(quote.refusal for quote in quoted) and len({quote.refusal.code for quote in quoted if quote.refusal}) == 1,
        "open_order": open_order,
        "is_processing": bool(open_order and open_order.processing_at and open_order.organization_id is None),
        "refusal": refusal,
        "is_payable": is_open(),
        "costs_something": any(price.amount_cents for price in prices),
        "here": request.path + (f"?{urlencode({'code': code})}" if code else ""),
    }
    return render(request, "payments/product_detail.html", context, status=status)


@dataclass(frozen=True)
class _Quoted:
    discount_cents: int = 0
    has_trial: bool = False
    code_refusal: str = ""
    refusal: DomainError | None = None


def _quoted(user: Any, price: Price, code: str) -> _Quoted:
    """What would be taken off for the viewer; a code that does not hold is told apart from a price that cannot be had."""
    try:
        with transaction.atomic():
            if not user.is_authenticated:
                claimed = claim_promotion(text=code, user=None, price=price) if code else None
                least = 0 if price.is_recurring else least_charge(price.currency)
                return _Quoted(discount_of(claimed, price.amount_cents, least_cents=least) if claimed else 0, bool(price.trial_days))
            mine = Order.objects.open().filter(user=user, lines__subject__in=price.product.items.values("subject")).distinct()
            quote = quote_order(user=user, price=price, promotion=code, replacing=list(mine))
            return _Quoted(quote.discount_cents, quote.has_trial)
    except DomainError as refusal:
        if code and refusal.code in CODE_REFUSALS:
            without = _quoted(user, price, "")
            return _Quoted(without.discount_cents, without.has_trial, refusal.message, without.refusal)
        return _Quoted(refusal=refusal)


def _choice(price: Price, quote: _Quoted, used_at: Any) -> Choice:
    at_venue = price.product.kind in (Product.Kind.WORKSHOP, Product.Kind.BUNDLE)
    left = price.amount_cents - quote.discount_cents
    return Choice(
        price=price,
        label=price_label(price),
        discount=format_money(quote.discount_cents, price.currency) if quote.discount_cents else "",
        total=format_money(left, price.currency),
        costs_nothing=not left and not price.is_recurring,
        tax_note=tax_note(price, at_venue=at_venue),
        trial="" if quote.refusal else trial_words(price, has_trial=quote.has_trial, used_at=used_at, first_payment=left),
        has_trial=quote.has_trial,
        renewal=renewal_words(price),
        refusal=quote.refusal,
    )
