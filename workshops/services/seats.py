"""The one function that changes seats, and the verbs people use."""

from __future__ import annotations

from typing import Any, Literal

from django.db import connection, transaction

from accounts.models import Role
from core import clock
from core.audit import record_audit
from notifications.services import send_mail_once
from payments.selectors import has_access
from workshops.errors import SeatRefused, WorkshopFull
from workshops.models import Seat, Workshop

LOCK_TIMEOUT = "3s"


def change_seat(*, workshop: Workshop, learner: Any, to: Literal["confirmed", "cancelled"], by: Any) -> Seat:
    """Give or take `learner`'s seat. Every seat change goes through here, under the lock of the workshop's row.

    Repeats are answered first: a seat already as wanted is returned unchanged. Raises WorkshopFull or SeatRefused.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = %s", [LOCK_TIMEOUT])
        workshop = Workshop.objects.select_for_update().select_related("venue").get(pk=workshop.pk)  # one seat-taker at a time
        seats = workshop.seats.confirmed()
        held = seats.filter(learner=learner).first()
        if to == Seat.State.CONFIRMED:
            return held or _take(workshop, learner, by, taken=seats.count())
        if held is None:
            last = workshop.seats.filter(learner=learner).last()
            if last is None:
                raise SeatRefused("You have no seat in this workshop.", code="no_seat")
            return last
        return _give_back(workshop, held, by)


def _take(workshop: Workshop, learner: Any, by: Any, *, taken: int) -> Seat:
    if workshop.state != Workshop.State.PUBLISHED:
        raise SeatRefused("Registration for this workshop is closed.", code="not_open")
    if workshop.has_started and not by.has_role(Role.STAFF):
        raise SeatRefused("This workshop has begun, so seats can no longer be taken. Look for another date.", code="has_started")
    if not workshop.is_free and not has_access(learner, workshop.subject):
        raise SeatRefused("A seat in this workshop has to be granted by the school. Write to us and we will arrange it.", code="needs_access")
    if taken >= workshop.capacity:
        raise WorkshopFull(f"“{workshop.title}” is full. Look for another date near you.")
    seat = Seat.objects.create(workshop=workshop, learner=learner)
    record_audit(actor=by, action="workshops.take_seat", record=seat)
    send_mail_once(key=f"seat-confirmed:{seat.pk}", template="workshops/mail/seat_confirmed", context={"seat": seat, "workshop": workshop}, recipient=learner)
    return seat


def _give_back(workshop: Workshop, seat: Seat, by: Any) -> Seat:
    if workshop.has_started and not by.has_role(Role.STAFF):
        raise SeatRefused("This workshop has begun, so the seat can no longer be given back. Write to the school.", code="has_started")
    if seat.attendance.exists():
        raise SeatRefused("Attendance is recorded for this seat, so it cannot be cancelled. Annul the attendance first.", code="attended")
    seat.state, seat.cancelled_at, seat.cancelled_by = Seat.State.CANCELLED, clock.now(), by
    seat.save(update_fields=["state", "cancelled_at", "cancelled_by", "updated_at"])
    record_audit(actor=by, action="workshops.cancel_seat", record=seat)
    context = {"seat": seat, "workshop": workshop}
    send_mail_once(key=f"seat-cancelled:{seat.pk}", template="workshops/mail/seat_cancelled", context=context, recipient=seat.learner)
    return seat


def register_learner(*, workshop: Workshop, learner: Any) -> Seat:
    """Take a seat for oneself; a second call returns the same seat."""
    return change_seat(workshop=workshop, learner=learner, to="confirmed", by=learner)


def cancel_seat(*, workshop: Workshop, learner: Any, by: Any) -> Seat:
    """Give a seat back; a second call changes nothing."""
    return change_seat(workshop=workshop, learner=learner, to="cancelled", by=by)
