"""What stands behind the references that other apps keep."""

from __future__ import annotations

from payments.models import Order, OrderLine


def line_of(reference: str, subject: str) -> OrderLine | None:
    """The line for `subject` of the order that other apps know as `reference` ("order:81"), with its order."""
    prefix, _, key = reference.partition(":")
    if prefix != "order" or not key.isdigit():
        return None
    return OrderLine.objects.filter(order=int(key), subject=subject).select_related("order").first()


def paid_lines_of(subject: str) -> dict[str, OrderLine]:
    """The lines of paid orders for `subject` that were given, with their orders, by reference. One query."""
    lines = OrderLine.objects.filter(subject=subject, order__state=Order.State.PAID, outcome=OrderLine.Outcome.FULFILLED).select_related("order")
    return {line.order.reference: line for line in lines}
