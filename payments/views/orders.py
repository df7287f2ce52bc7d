"""A person's orders. The page of one is where Stripe leads back to; it gives nothing and shows what is true."""

from __future__ import annotations

import logging

from django.contrib import messages
from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core import clock
from core.errors import DomainError
from payments import subjects
from payments.gateway.client import GatewayRefused, environment
from payments.models import Order, OrderLine, Payment
from payments.receipts.pdf import receipt_pdf
from payments.selectors import all_rests, balances_of
from payments.selectors.orders import given_by, is_questioned, orders_of, payments_for, phase_of, refunds_for
from payments.selectors.receipts import Receipt, receipt_of_order, receipt_of_payment
from payments.services import cancel_order, check_order
from payments.services.orders import is_payable
from payments.views.shop import pay

logger = logging.getLogger(__name__)

PER_PAGE = 20
ASK_AGAIN_S = 2
# How often a page that waits asks again. A bank takes days; the rest takes seconds.
POLL_S = {"confirming": 3, "cancelling": 3, "processing": 60}


@require_safe
def order_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(orders_of(request.user), PER_PAGE).get_page(request.GET.get("page"))
    renewals = Payment.objects.filter(user=request.user, subscription__isnull=False).exists()
    return render(request, "payments/order_list.html", {"page_obj": page, "has_renewals": renewals})


@require_safe
def order_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    order = _order(request, pk)
    order, is_certain = _asked(order, came_back=request.GET.get("from") == "checkout")
    lines = list(order.lines.select_related("pool", "item", "beneficiary", "order__user", "balance").order_by("pk"))
    titles = subjects.titles_of([line.subject for line in lines if line.was_moved])
    for line in lines:
        line.now_title = titles.get(line.subject, "")  # type: ignore[attr-defined]  # for the template alone
    balances = balances_of(order)
    phase = phase_of(order, lines, is_payable=order.is_open and is_payable(order), is_certain=is_certain)
    context = {
        "order": order,
        "lines": lines,
        "phase": phase,
        "poll_s": POLL_S.get(phase),
        "given": given_by(order, lines, now=titles) if order.is_paid else [],
        "payments": payments_for(order) if order.is_paid else [],
        "refunds": refunds_for(order) if order.is_paid else [],
        "is_questioned": order.is_paid and is_questioned(order),
        "balances": balances,
        "owes": any(balance.is_owed for balance in balances),
        "is_deposit": any(balance.is_owed and balance.line.order_id == order.pk for balance in balances),
        "all_rests": all_rests(balances, request.user) if order.is_paid else None,
        "is_mine": order.user_id == request.user.pk,
        "left_the_page": request.GET.get("from") == "left" and phase == "open",
        "again_url": _again_url(order, lines),
        "here": request.get_full_path(),
    }
    return render(request, "payments/_order_state.html" if request.htmx else "payments/order_detail.html", context)  # type: ignore[attr-defined]


@require_POST
def order_pay(request: SignedInRequest, pk: int) -> HttpResponse:
    return pay(request, get_object_or_404(Order.objects.filter(user=request.user), pk=pk))


@require_POST
def order_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(Order.objects.filter(user=request.user), pk=pk)
    try:
        order = cancel_order(order=order, by=request.user)
    except (DomainError, GatewayRefused) as trouble:
        logger.info("Order %s could not be cancelled at once: %s", order.pk, trouble)
        messages.warning(
            request, trouble.message if isinstance(trouble, DomainError) else _("It could not be cancelled at this moment. Try again in a minute.")
        )
    else:
        if order.is_paid:
            messages.warning(request, _("This order was paid before it could be cancelled. Ask the school if you want your money back."))
        elif not order.is_open:
            messages.success(request, _("The order is cancelled. Nothing was charged."))
    return redirect(order)


@require_safe
def order_receipt(request: SignedInRequest, pk: int) -> HttpResponse:
    return render(request, "payments/receipt.html", {"receipt": receipt_of_order(_receipted(request, pk)), "pdf": "../receipt.pdf"})


@require_safe
def order_receipt_pdf(request: SignedInRequest, pk: int) -> HttpResponse:
    return _pdf(receipt_of_order(_receipted(request, pk)))


@require_safe
def receipt_list(request: SignedInRequest) -> HttpResponse:
    """What a membership was paid: its renewals have no order."""
    payments = Payment.objects.filter(user=request.user, subscription__isnull=False).select_related("subscription__price__product")
    return render(request, "payments/receipt_list.html", {"page_obj": Paginator(payments, PER_PAGE).get_page(request.GET.get("page"))})


@require_safe
def payment_receipt(request: SignedInRequest, pk: int) -> HttpResponse:
    return render(request, "payments/receipt.html", {"receipt": receipt_of_payment(_payment(request, pk)), "pdf": "receipt.pdf"})


@require_safe
def payment_receipt_pdf(request: SignedInRequest, pk: int) -> HttpResponse:
    return _pdf(receipt_of_payment(_payment(request, pk)))


def _order(request: SignedInRequest, pk: int) -> Order:
    rows = Order.objects.visible_to(request.user).select_related("user", "organization", "promotion_code", "price__product")
    return get_object_or_404(rows, pk=pk)


def _receipted(request: SignedInRequest, pk: int) -> Order:
    """A paid order; what a membership was paid has receipts of its own."""
    rows = Order.objects.visible_to(request.user).paid().filter(price__interval="once")
    return get_object_or_404(rows.select_related("user", "organization", "promotion_code"), pk=pk)


def _payment(request: SignedInRequest, pk: int) -> Payment:
    rows = Payment.objects.visible_to(request.user).filter(subscription__isnull=False)
    return get_object_or_404(rows.select_related("user", "subscription__price__product"), pk=pk)


def _again_url(order: Order, lines: list[OrderLine]) -> str:
    """Where an order that was not paid is begun again: what completes a price is no product of its own."""
    found = (subjects.kind_of(line.subject).again_url(line.subject) for line in lines)
    return next((url for url in found if url), order.price.product.get_absolute_url())


def _asked(order: Order, *, came_back: bool) -> tuple[Order, bool]:
    """The order after Stripe was asked, once in a few seconds; and whether that answers where it stands.

    Somebody who comes back from the payment page has probably paid: until Stripe could be asked, nothing else is said.
    """
    if not order.is_open or order.environment != environment() or not order.attempts.exists():
        return order, True
    if not cache.add(f"order-asked:{order.pk}", True, ASK_AGAIN_S):
        return order, not came_back
    try:
        return check_order(order=order), True
    except (GatewayRefused, DomainError) as trouble:
        logger.warning("Order %s: Stripe could not be asked: %s", order.pk, trouble)
        return order, not came_back


def _pdf(receipt: Receipt) -> HttpResponse:
    return HttpResponse(
        receipt_pdf(receipt, made_at=clock.now()),
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="receipt-{receipt.number}.pdf"', "Cache-Control": "private, no-store"},
    )
