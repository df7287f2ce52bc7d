"""What went back of an order."""

from __future__ import annotations

from django.db.models import Prefetch

from payments.models import Order, Refund, RefundLine


def refunds_of(order: Order) -> list[Refund]:
    """Every refund of `order`'s payments, the latest first, each with its lines. Two queries."""
    lines = RefundLine.objects.select_related("line").order_by("pk")
    rows = Refund.objects.filter(payment__order=order).select_related("payment", "requested_by")
    return list(rows.prefetch_related(Prefetch("lines", lines)))
