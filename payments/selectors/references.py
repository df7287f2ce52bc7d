"""What stands behind the references that other apps keep."""

from __future__ import annotations

from payments.models import OrderLine


def line_of(reference: str, subject: str) -> OrderLine | None:
    """The line for `subject` of the order that other apps know as `reference` ("order:81"), with its order."""
    prefix, _, key = reference.partition(":")
    if prefix != "order" or not key.isdigit():
        return None
    return OrderLine.objects.filter(order=int(key), subject=subject).select_related("order").first()
