"""The staff desk for sales: orders, payments, memberships, disputes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from payments.forms.sales import SalesFilter
from payments.gateway.client import GatewayRefused
from payments.models import CheckoutAttempt, Order, Subscription
from payments.selectors import sales
from payments.services import cancel_order, project_session

PER_PAGE = 25
ORDER_STATES = [*Order.State.choices, ("refunded", gettext_lazy("Refunded, whole or in part"))]
PAYMENT_STATES = [("refunded", gettext_lazy("Refunded, whole or in part")), ("refund_failed", gettext_lazy("A refund failed"))]
DISPUTE_STATES = [("open", gettext_lazy("Waiting for the bank")), ("closed", gettext_lazy("Decided"))]


def sales_list(request: SignedInRequest, template: str, find: Callable[..., QuerySet[Any]], states: list[tuple[str, Any]] | None = None) -> HttpResponse:
    """A searchable page of `find(**what was asked)`."""
    form = SalesFilter(request.GET, states=states)
    asked = form.values()
    page = Paginator(find(**asked), PER_PAGE).get_page(request.GET.get("page"))
    context = {"form": form, "page_obj": page, "is_filtered": any(asked.values())}
    return render(request, template, context, status=200 if form.is_valid() else 422)


@role_required(Role.STAFF)
@require_safe
def order_list(request: SignedInRequest) -> HttpResponse:
    return sales_list(request, "payments/desk/order_list.html", sales.find_orders, ORDER_STATES)


@role_required(Role.STAFF)
@require_safe
def order_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(Order.objects.select_related("user", "price__product", "promotion_code"), pk=pk)
    return render(request, "payments/desk/order_detail.html", {"order": order, **sales.order_page(order)})


@role_required(Role.STAFF)
@require_POST
def order_check(request: SignedInRequest, pk: int) -> HttpResponse:
    """Ask the payment provider how this order stands, and write down what it says."""
    order = get_object_or_404(Order, pk=pk)
    attempts = list(order.attempts.exclude(stripe_session_id=""))
    try:
        for attempt in attempts:
            project_session(session_id=attempt.stripe_session_id)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    except GatewayRefused as refusal:
        messages.error(request, _("The payment service refused to answer: %(reason)s") % {"reason": refusal})
    else:
        known = _("This is how the payment provider sees it now.") if attempts else _("No way to pay was opened yet, so there is nothing to ask.")
        messages.success(request, known)
    return redirect("payments_sales:order_detail", pk=order.pk)


@role_required(Role.STAFF)
def order_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET asks, POST closes an order that nobody has paid."""
    order = get_object_or_404(Order.objects.select_related("user", "price__product"), pk=pk)
    if request.method != "POST":
        return render(
            request, "payments/desk/order_cancel.html", {"order": order, "has_attempt": order.attempts.filter(state=CheckoutAttempt.State.OPEN).exists()}
        )
    try:
        order = cancel_order(order=order, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    except GatewayRefused as refusal:
        messages.error(request, _("The payment service refused to answer, so the order is not closed yet: %(reason)s") % {"reason": refusal})
    else:
        if order.is_paid:
            messages.warning(request, _("The order was paid a moment ago, so it stands. Refund it if it should not."))
        else:
            messages.success(request, _("The order is closed, and what it held is free."))
    return redirect("payments_sales:order_detail", pk=order.pk)


@role_required(Role.STAFF)
@require_safe
def payment_list(request: SignedInRequest) -> HttpResponse:
    return sales_list(request, "payments/desk/payment_list.html", sales.find_payments, PAYMENT_STATES)


@role_required(Role.STAFF)
@require_safe
def subscription_list(request: SignedInRequest) -> HttpResponse:
    return sales_list(request, "payments/desk/subscription_list.html", sales.find_subscriptions, list(Subscription.Status.choices))


@role_required(Role.STAFF)
@require_safe
def dispute_list(request: SignedInRequest) -> HttpResponse:
    return sales_list(request, "payments/desk/dispute_list.html", sales.find_disputes, DISPUTE_STATES)
