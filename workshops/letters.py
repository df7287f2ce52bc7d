"""What the people around a seat are written when it ends: its holder, who paid for it, the school."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from accounts.models import Role
from notifications.services import send_mail_once
from workshops.calendars.services import send_cancellation
from workshops.models import Seat
from workshops.payers import line_paying


def tell_of_ended_seat(seat: Seat, *, by: Any, is_refunded: bool) -> None:
    """Write of a seat that was given back or taken back: to its holder, and to who paid, when no mail of a refund tells them.

    `by` is who asked for it, None when nobody here did. The caller holds the lock of the workshop's row.
    """
    line = line_paying(seat)
    payer = line.order.user if line else None
    words: dict[str, Any] = {
        "is_refunded": is_refunded,
        "is_own_doing": by == seat.learner,
        "by_school": by is not None and by != seat.learner and by.has_role(Role.STAFF),
        "is_payer": payer == seat.learner,
        "is_by_hand": bool(seat.reference) and seat.terms is None and by == seat.learner,  # no policy has decided what goes back
    }
    send_cancellation(seat=seat, context=words)
    if is_refunded:
        return
    if words["is_by_hand"]:
        tell_school_of_paid_seat(seat)
    if line and payer != seat.learner:
        context = words | {"seat": seat, "workshop": seat.workshop, "order": line.order}
        send_mail_once(key=f"seat-cancelled:{seat.pk}:payer", template="workshops/mail/seat_cancelled_to_payer", context=context, recipient=payer)


def tell_school_of_paid_seat(seat: Seat, *, is_unpaid: bool = False) -> None:
    """No policy says what goes back: somebody has to decide. `is_unpaid`: the rest after a deposit did not come."""
    line = line_paying(seat)
    context = {"seat": seat, "workshop": seat.workshop, "order": line.order if line else None, "is_unpaid": is_unpaid}
    key, template = f"paid-seat-given-back:{seat.pk}", "workshops/mail/paid_seat_given_back"
    send_mail_once(key=key, template=template, context=context, to_address=settings.SCHOOL_EMAIL)
