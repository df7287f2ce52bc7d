"""What stands behind the references that other apps keep."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, When

from payments.models import Order, OrderLine


def line_of(reference: str, subject: str, person: Any) -> OrderLine | None:
    """The line for `person` and `subject` of the order that other apps know as `reference` ("order:81"), with its order.

    Of several (one that was given back and bought again), the one that stands comes first.
    """
    prefix, _, key = reference.partition(":")
    if prefix != "order" or not key.isdigit():
        return None
    lines = OrderLine.objects.filter(order=int(key), subject=subject, beneficiary=person).select_related("order__user", "beneficiary", "grant")
    standing = Case(When(outcome__in=[OrderLine.Outcome.PENDING, OrderLine.Outcome.FULFILLED], then=0), default=1)
    return lines.order_by(standing, "-pk").first()


def paid_lines_of(subject: str) -> dict[tuple[str, int | None], OrderLine]:
    """The lines of paid orders for `subject` that were given, with their orders, by reference and person. One query."""
    lines = OrderLine.objects.filter(subject=subject, order__state=Order.State.PAID, outcome=OrderLine.Outcome.FULFILLED).select_related("order")
    return {(line.order.reference, line.beneficiary_id): line for line in lines}
