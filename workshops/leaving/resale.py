"""A seat that its holder offers to the waiting list goes over to whoever takes it. Money follows in a job."""

from __future__ import annotations

from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.jobs import enqueue
from workshops.calendars.services import send_cancellation
from workshops.errors import SeatRefused
from workshops.leaving.rests import end_rest
from workshops.models import Seat, Workshop


def hand_over(workshop: Workshop, sold: Seat) -> None:
    """End the seat that somebody takes over; its money goes back. The caller holds the workshop's lock and confirms the other.

    The refund is asked for by a job, which is written here: the orders of two people are never locked in one transaction.
    """
    sold.refresh_from_db()
    if sold.state != Seat.State.CONFIRMED:
        return
    if sold.attendance.exists():
        raise SeatRefused(_("Whose seat it was has come themselves, so there is none left."), code="attended")
    sold.state, sold.cancelled_at = Seat.State.CANCELLED, clock.now()
    sold.save(update_fields=["state", "cancelled_at", "updated_at"])
    record_audit(actor=None, action="workshops.hand_over_seat", record=sold, reference=sold.reference)
    end_rest(workshop, sold.learner)
    enqueue("workshops.refund_resold_seat", key=f"resold-seat:{sold.pk}", args={"seat": sold.pk})
    sold.workshop = workshop
    send_cancellation(seat=sold, key=f"seat-resold:{sold.pk}", template="workshops/leaving/mail/seat_resold")
