"""The staff desk for what is sold: products, their prices, promotion codes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core import clock
from core.errors import DomainError
from core.jobs import enqueue
from core.money import format_money
from core.search import typed
from payments import subjects
from payments.forms import ItemFormSet, PriceForm, ProductForm, PromotionForm
from payments.forms.balances import DepositForm
from payments.forms.products import ROWS
from payments.gateway.client import environment, is_open
from payments.models import Price, Product, PromotionCode
from payments.selectors.products import desk_products, products_matching, promotions_matching
from payments.services import (
    ItemInput,
    reasons_not_on_sale,
    save_product,
    save_promotion_code,
    set_deposit,
    set_on_sale,
    set_price,
    split_amount,
    take_price_off,
)

PER_PAGE = 25
USES_PER_PAGE = 25
MANY = 20  # subjects, after which a list to choose from wants narrowing


@role_required(Role.STAFF)
@require_safe
def product_list(request: SignedInRequest) -> HttpResponse:
    text = typed(request)
    page = Paginator(products_matching(text), PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "rows": desk_products(list(page)), "q": text, "is_open": is_open(), "environment": environment()}
    return render(request, "payments/desk/product_list.html", context)


@role_required(Role.STAFF)
def product_create(request: SignedInRequest) -> HttpResponse:
    return _product_form(request, Product(kind=request.GET.get("kind", Product.Kind.COURSE)))


@role_required(Role.STAFF)
def product_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    return _product_form(request, get_object_or_404(Product, pk=pk))


def _product_form(request: SignedInRequest, product: Product) -> HttpResponse:
    find = typed(request, "find")
    form = ProductForm(request.POST or None, instance=product)
    rows = [{"subject": item.subject, "share": item.share} for item in product.items.all()] if product.pk else []
    rows += [{"share": 100}] * max(ROWS - len(rows), 1)
    items = ItemFormSet(request.POST or None, initial=rows, prefix="items", find=find)
    if request.method == "POST" and form.is_valid() and items.is_valid():
        opens = items.items()
        if form.cleaned_data["kind"] == Product.Kind.MEMBERSHIP and not opens:
            opens = [ItemInput(subjects.LIBRARY)]
        try:
            save_product(product=form.instance, items=opens, by=request.user)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("“%(title)s” is saved.") % {"title": product.title})
            return redirect("payments_sales:product_detail", product.pk)
    status = 422 if form.errors or items.total_error_count() else 200
    context = {
        "form": form,
        "items": items,
        "product": product,
        "find": find,
        "has_subjects": bool(items.groups),
        "has_many": items.choice_count > MANY,
        "parts": _saved_parts(product),
    }
    return render(request, "payments/desk/product_form.html", context, status=status)


def _saved_parts(product: Product) -> list[tuple[str, list[tuple[str, str]]]]:
    if not product.pk:
        return []
    (row,) = desk_products([product])
    return [(shown.label, _in_words(shown.parts, shown.price.currency)) for shown in row.prices] if len(row.opens) > 1 else []


@role_required(Role.STAFF)
@require_safe
def product_split(request: SignedInRequest) -> HttpResponse:
    """The parts of a price for the shares typed so far: a fragment for the form."""
    items = ItemFormSet(request.GET, prefix="items")
    opens = items.items() if items.is_valid() else []
    product = Product.objects.filter(pk=request.GET.get("product") or 0).first() if request.GET.get("product", "").isdecimal() else None
    titles = subjects.titles_of([item.subject for item in opens])
    prices = [(price.amount_cents, price.currency) for price in product.prices.active()] if product else []
    parts = []
    for amount, currency in prices or [(10000, "usd")]:
        split = split_amount(amount, [item.share for item in opens]) if len(opens) > 1 else []
        named = [(titles[item.subject], part) for item, part in zip(opens, split, strict=False)]
        parts.append((format_money(amount, currency), _in_words(named, currency)))
    return render(request, "payments/desk/_split.html", {"parts": parts if len(opens) > 1 else [], "is_example": not prices})


def _in_words(parts: list[tuple[str, int]], currency: str) -> list[tuple[str, str]]:
    return [(title, format_money(amount, currency)) for title, amount in parts]


@role_required(Role.STAFF)
@require_safe
def product_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    product = get_object_or_404(products_matching(""), pk=pk)
    return _product_page(request, product, PriceForm(product=product))


def _product_page(request: HttpRequest, product: Product, price_form: PriceForm, status: int = 200, deposit_form: DepositForm | None = None) -> HttpResponse:
    (row,) = desk_products([product])
    context = {
        "product": product,
        "row": row,
        "price_form": price_form,
        "deposit_form": (deposit_form or DepositForm(product=product)) if product.kind == Product.Kind.WORKSHOP else None,
        "past_prices": product.prices.filter(is_active=False).order_by("-updated_at")[:PER_PAGE],
        "reasons": reasons_not_on_sale(product),
        "is_open": is_open(),
        "environment": environment(),
    }
    return render(request, "payments/desk/product_detail.html", context, status=status)


@role_required(Role.STAFF)
@require_POST
def product_sale(request: SignedInRequest, pk: int) -> HttpResponse:
    product = get_object_or_404(Product, pk=pk)
    product = set_on_sale(product=product, on_sale=request.POST.get("on_sale") == "yes", by=request.user)
    messages.success(request, _("It is on sale.") if product.is_active else _("It is off sale. Who has bought it keeps it."))
    return redirect("payments_sales:product_detail", pk)


@role_required(Role.STAFF)
@require_POST
def price_set(request: SignedInRequest, pk: int) -> HttpResponse:
    product = get_object_or_404(products_matching(""), pk=pk)
    form = PriceForm(request.POST, product=product)
    if form.is_valid():
        try:
            set_price(product=product, by=request.user, **form.terms())
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The price is set. Who ordered before keeps the price they had."))
            return redirect("payments_sales:product_detail", pk)
    return _product_page(request, product, form, status=422)


@role_required(Role.STAFF)
@require_POST
def deposit_set(request: SignedInRequest, pk: int) -> HttpResponse:
    product = get_object_or_404(products_matching(""), pk=pk)
    form = DepositForm(request.POST, product=product)
    if form.is_valid():
        try:
            deposit = set_deposit(product=product, by=request.user, **form.terms())
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The deposit is set. Who ordered before keeps what they read.") if deposit else _("There is no deposit any more."))
            return redirect("payments_sales:product_detail", pk)
    return _product_page(request, product, PriceForm(product=product), status=422, deposit_form=form)


@role_required(Role.STAFF)
@require_POST
def price_take_off(request: SignedInRequest, pk: int) -> HttpResponse:
    price = take_price_off(price=get_object_or_404(Price, pk=pk), by=request.user)
    messages.success(request, _("Nothing is sold at this price any more."))
    return redirect("payments_sales:product_detail", price.product_id)


@role_required(Role.STAFF)
@require_POST
def prices_sync(request: SignedInRequest) -> HttpResponse:
    """Have the copy at Stripe made in the background; two clicks within a minute are one."""
    if is_open():
        enqueue("payments.sync_prices", key=f"sync-prices:{clock.now():%Y%m%d%H%M}", args={})
        messages.success(request, _("Stripe gets its copy of what is on sale. Look again in a minute."))
    else:
        messages.error(request, _("Payments are not open: no key of Stripe is set. docs/configuration.md says how."))
    return redirect("payments_sales:product_list")


@role_required(Role.STAFF)
@require_safe
def code_list(request: SignedInRequest) -> HttpResponse:
    text = typed(request)
    page = Paginator(promotions_matching(text).prefetch_related("products"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "payments/desk/code_list.html", {"page_obj": page, "q": text, "now": clock.now()})


@role_required(Role.STAFF)
def code_create(request: SignedInRequest) -> HttpResponse:
    return _code_form(request, PromotionCode(created_by=request.user))


@role_required(Role.STAFF)
def code_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    return _code_form(request, get_object_or_404(promotions_matching(""), pk=pk))


def _code_form(request: SignedInRequest, code: PromotionCode) -> HttpResponse:
    form = PromotionForm(request.POST or None, instance=code)
    if request.method == "POST" and form.is_valid():
        try:
            save_promotion_code(code=form.instance, products=form.cleaned_data["products"], by=request.user)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The code %(code)s is saved.") % {"code": code.code})
            return redirect("payments_sales:code_list")
    context: dict[str, Any] = {"form": form, "code": code}
    if code.pk:
        orders = code.orders.select_related("user", "price__product").order_by("-created_at", "-pk")
        context["page_obj"] = Paginator(orders, USES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "payments/desk/code_form.html", context, status=422 if form.errors else 200)
