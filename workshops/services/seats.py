"""The one function that changes seats, and the verbs people use."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now

from accounts.models import Role
from core import clock
from core.audit import record_audit
from core.jobs import enqueue
from notifications.services import send_mail_once
from payments.selectors import has_access
from workshops.errors import SeatRefused, SeatsBusy, WorkshopFull
from workshops.models import Seat, Workshop
from workshops.signals import seat_changed

LOCK_TIMEOUT = "3s"
BUSY_STATES = {"55P03", "40P01"}  # lock_not_available, deadlock_detected


def change_seat(
    *, workshop: Workshop, learner: Any, to: Literal["held", "confirmed", "cancelled"], by: Any, reference: str = "", until: datetime | None = None
) -> Seat:
    """Hold, give or take `learner`'s seat. Every seat change goes through here, under the lock of the workshop's row.

    `reference` names what the person pays for (decision 0017). With one, "held" keeps a place until `until`, "confirmed"
    means that the money has come, in time or late, and "cancelled" takes that seat alone. Without one, "confirmed" is a
    seat that needs no payment. `by` is None when the payment provider's news decide.

    Repeats are answered first: a seat already as wanted is returned unchanged. Raises WorkshopFull, SeatRefused, or
    SeatsBusy when nothing could be decided.
    """
    with _locked(workshop) as locked:
        locked.seats.lapsed().update(state=Seat.State.CANCELLED, cancelled_at=Now(), updated_at=Now())
        if to == Seat.State.HELD:
            if not reference or until is None:
                raise ValueError("A hold needs a reference and an end.")
            seat = _hold(locked, learner, reference, until)
        elif to == Seat.State.CONFIRMED:
            seat = _confirm_paid(locked, learner, reference) if reference else _confirm(locked, learner, by)
        else:
            seat = _cancel(locked, learner, by, reference)
        seat_changed.send(sender=Seat, user=learner, workshop=locked)
        return seat


@contextmanager
def _locked(workshop: Workshop) -> Iterator[Workshop]:
    """The workshop's row under lock, in a transaction: one seat-taker at a time."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = %s", [LOCK_TIMEOUT])
                locked = Workshop.objects.select_for_update(of=("self",)).select_related("venue").get(pk=workshop.pk)
                cursor.execute("SET LOCAL lock_timeout TO DEFAULT")  # the caller's transaction may go on
            yield locked
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") not in BUSY_STATES:
            raise
        raise SeatsBusy("Many people are taking seats in this workshop at this moment. Try again in a few seconds.") from error


def _mine(workshop: Workshop, learner: Any) -> Seat | None:
    """The seat `learner` holds or has; lapsed holds are gone by now."""
    return workshop.seats.filter(learner=learner, state__in=[Seat.State.HELD, Seat.State.CONFIRMED]).first()


def _hold(workshop: Workshop, learner: Any, reference: str, until: datetime) -> Seat:
    seat = _mine(workshop, learner)
    if seat and seat.reference == reference:
        if seat.hold_until and until > seat.hold_until:
            _hold_until(seat, reference, until)
        return seat
    if seat and not seat.is_held:
        raise SeatRefused("You have a seat in this workshop already, so there is nothing to pay.", code="already_seated")
    _check_open(workshop)
    if workshop.has_started:
        raise SeatRefused("This workshop has begun, so seats can no longer be taken. Look for another date.", code="has_started")
    if seat:  # a second order of the same person: the place follows the newer one
        _hold_until(seat, reference, until)
        return seat
    _check_free(workshop)
    seat = Seat(workshop=workshop, learner=learner, state=Seat.State.HELD)
    _hold_until(seat, reference, until)
    return seat


def _hold_until(seat: Seat, reference: str, until: datetime) -> None:
    seat.reference, seat.hold_until = reference, until
    seat.save()
    key = f"seat-hold:{seat.pk}:{until:%Y%m%dT%H%M%S}"
    enqueue("workshops.tidy_holds", key=key, args={"workshop": seat.workshop_id}, run_after=until)


def _confirm_paid(workshop: Workshop, learner: Any, reference: str) -> Seat:
    """Money has come under `reference`. A seat held by the same person, under whichever reference, is theirs."""
    seat = _mine(workshop, learner)
    if seat and not seat.is_held:
        if seat.reference == reference:
            return seat
        raise SeatRefused("This person has a seat in this workshop already.", code="already_seated")
    given_back = workshop.seats.filter(learner=learner, reference=reference, state=Seat.State.CANCELLED, hold_until__isnull=True).last()
    if given_back:
        return given_back
    _check_open(workshop)
    if seat is None:  # late: the hold is over
        if workshop.has_started:
            raise SeatRefused("This workshop has begun, so seats can no longer be taken.", code="has_started")
        _check_free(workshop)
        seat = Seat(workshop=workshop, learner=learner)
    seat.reference = reference
    return _give(workshop, seat, by=None)


def _confirm(workshop: Workshop, learner: Any, by: Any) -> Seat:
    """A seat that needs no payment: a free workshop, access that stands, or staff's word with such access."""
    seat = _mine(workshop, learner)
    if seat and not seat.is_held:
        return seat
    _check_open(workshop)
    if workshop.has_started and by is not None and not by.has_role(Role.STAFF):
        raise SeatRefused("This workshop has begun, so seats can no longer be taken. Look for another date.", code="has_started")
    if not workshop.is_free and not has_access(learner, workshop.subject):
        if by == learner:
            raise SeatRefused("A seat in this workshop has to be paid. Its page says what it costs.", code="needs_access")
        raise SeatRefused("This workshop is not free. Give the person access to it first, under “Access”, then the seat.", code="needs_access")
    if seat:
        seat.reference = ""  # no longer the order's: closing it must not take the seat
        return _give(workshop, seat, by)
    _check_free(workshop)
    # Whoever paid, gave the seat back and takes another has it by the same payment.
    before = workshop.seats.filter(learner=learner, hold_until__isnull=True).last()
    return _give(workshop, Seat(workshop=workshop, learner=learner, reference=before.reference if before else ""), by)


def _check_open(workshop: Workshop) -> None:
    if workshop.state != Workshop.State.PUBLISHED:
        raise SeatRefused("Registration for this workshop is closed.", code="not_open")


def _check_free(workshop: Workshop) -> None:
    if workshop.seats.taken().count() >= workshop.capacity:
        raise WorkshopFull(f"“{workshop.title}” is full. Look for another date near you.")


def _give(workshop: Workshop, seat: Seat, by: Any) -> Seat:
    seat.state, seat.hold_until = Seat.State.CONFIRMED, None
    seat.save()
    record_audit(actor=by, action="workshops.take_seat", record=seat, reference=seat.reference)
    send_mail_once(key=f"seat-confirmed:{seat.pk}", template="workshops/mail/seat_confirmed", context=_words(workshop, seat), recipient=seat.learner)
    return seat


def _cancel(workshop: Workshop, learner: Any, by: Any, reference: str) -> Seat:
    seat = _mine(workshop, learner)
    if seat is None or (reference and seat.reference != reference):
        last = workshop.seats.filter(learner=learner, **({"reference": reference} if reference else {})).last()
        if last is None:
            raise SeatRefused("You have no seat in this workshop.", code="no_seat")
        return last
    if seat.is_held:
        if not reference:
            raise SeatRefused("This seat is held while it is being paid. Cancel the order to let it go.", code="held")
        seat.state, seat.cancelled_at, seat.cancelled_by = Seat.State.CANCELLED, clock.now(), by
        seat.save(update_fields=["state", "cancelled_at", "cancelled_by", "updated_at"])
        return seat
    return _give_back(workshop, seat, by)


def _give_back(workshop: Workshop, seat: Seat, by: Any) -> Seat:
    if workshop.has_started and by is not None and not by.has_role(Role.STAFF):
        raise SeatRefused("This workshop has begun, so the seat can no longer be given back. Write to the school.", code="has_started")
    if seat.attendance.exists():
        raise SeatRefused("Attendance is recorded for this seat, so it cannot be cancelled. Annul the attendance first.", code="attended")
    seat.state, seat.cancelled_at, seat.cancelled_by = Seat.State.CANCELLED, clock.now(), by
    seat.save(update_fields=["state", "cancelled_at", "cancelled_by", "updated_at"])
    record_audit(actor=by, action="workshops.cancel_seat", record=seat, reference=seat.reference)
    context = _words(workshop, seat) | {"is_refunded": by is None}
    send_mail_once(key=f"seat-cancelled:{seat.pk}", template="workshops/mail/seat_cancelled", context=context, recipient=seat.learner)
    if seat.reference and by == seat.learner:
        key, template = f"paid-seat-given-back:{seat.pk}", "workshops/mail/paid_seat_given_back"
        send_mail_once(key=key, template=template, context=context, to_address=settings.SCHOOL_EMAIL)
    return seat


def _words(workshop: Workshop, seat: Seat) -> dict[str, Any]:
    return {"seat": seat, "workshop": workshop, "is_paid": bool(seat.reference)}


def tidy_holds(*, workshop: Workshop) -> int:
    """Write down which holds are over. Their places are free already; this is for whoever reads the rows."""
    with _locked(workshop) as locked:
        return locked.seats.lapsed().update(state=Seat.State.CANCELLED, cancelled_at=Now(), updated_at=Now())


def register_learner(*, workshop: Workshop, learner: Any) -> Seat:
    """Take a seat for oneself; a second call returns the same seat."""
    return change_seat(workshop=workshop, learner=learner, to="confirmed", by=learner)


def cancel_seat(*, workshop: Workshop, learner: Any, by: Any) -> Seat:
    """Give a seat back; a second call changes nothing."""
    return change_seat(workshop=workshop, learner=learner, to="cancelled", by=by)
