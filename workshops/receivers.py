"""What workshops does when payments has news."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.dispatch import receiver

from notifications.services import send_mail_once
from payments.signals import line_refunded, line_released
from workshops.errors import SeatRefused
from workshops.models import Seat
from workshops.services import change_seat


def _seat(user: Any, subject: str, reference: str, **conditions: Any) -> Seat | None:
    """The seat that `reference` holds or paid for, when the subject is a workshop."""
    prefix, _, key = subject.partition(":")
    if prefix != "workshop" or not key.isdigit():
        return None
    seats = Seat.objects.filter(workshop=int(key), learner=user, reference=reference, **conditions)
    return seats.select_related("workshop", "learner").last()


@receiver(line_released, dispatch_uid="workshops.let_go_of_a_held_seat")
def let_go_of_a_held_seat(sender: Any, user: Any, subject: str, reference: str, **kwargs: Any) -> None:
    if seat := _seat(user, subject, reference, state=Seat.State.HELD):
        change_seat(workshop=seat.workshop, learner=user, to="cancelled", by=None, reference=reference)


@receiver(line_refunded, dispatch_uid="workshops.take_back_a_refunded_seat")
def take_back_a_refunded_seat(sender: Any, user: Any, subject: str, reference: str, closes_access: bool, **kwargs: Any) -> None:
    """A seat whose money went back is given back, but for one whose person was there: then the school is told."""
    seat = _seat(user, subject, reference, state=Seat.State.CONFIRMED) if closes_access else None
    if seat is None:
        return
    try:
        change_seat(workshop=seat.workshop, learner=user, to="cancelled", by=None, reference=reference)
    except SeatRefused:
        context = {"seat": seat, "workshop": seat.workshop, "learner": seat.learner}
        key, template = f"refunded-seat-kept:{seat.pk}", "workshops/mail/refunded_seat_kept"
        send_mail_once(key=key, template=template, context=context, to_address=settings.SCHOOL_EMAIL)
