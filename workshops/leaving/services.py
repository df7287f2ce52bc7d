"""Giving a seat back, and offering it to the waiting list."""

from __future__ import annotations

from django.utils.translation import gettext as _

from payments.models import Refund
from payments.services import RefundPart, request_refund
from workshops.leaving.quotes import quote_leaving
from workshops.models import Seat


def refund_resold_seat(*, seat: Seat) -> Refund | None:
    """Give back what was paid for a seat that somebody took over, less the fee. A repeat changes nothing.

    Raises what payments refuses (a bank that questions the payment): the job is tried again and then shown to staff.
    """
    if earlier := Refund.objects.filter(key=resale_key(seat)).first():
        return earlier
    quote = quote_leaving(seat)
    if quote.payment is None or quote.line is None or not quote.resale_cents:
        return None
    parts = [RefundPart(quote.line, quote.resale_cents, closes_access=True)]
    reason = _("Somebody from the waiting list took the seat over.")
    return request_refund(payment=quote.payment, by=None, parts=parts, reason=reason, reason_class=Refund.ReasonClass.REQUESTED, key=resale_key(seat))


def resale_key(seat: Seat) -> str:
    return f"resold-seat:{seat.pk}"
