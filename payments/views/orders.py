"""A person's orders."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from payments.models import Order


@require_safe
def order_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(Order.objects.visible_to(request.user).select_related("price__product").prefetch_related("lines"), pk=pk)
    return render(request, "payments/order_detail.html", {"order": order})
