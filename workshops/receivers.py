"""What workshops does when the apps below have news."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.dispatch import receiver
from django.utils.translation import gettext as _

from credits.models import Dossier
from credits.signals import detail_removed
from notifications.services import send_mail_once
from payments.signals import dispute_changed, line_refunded, line_released
from workshops.errors import SeatRefused
from workshops.leaving.rests import end_rest
from workshops.models import Seat, Workshop, WorkshopCompletion
from workshops.services import change_seat, flag_paid_attendance, forget_attendance, unflag_paid_attendance
from workshops.signals import seat_changed


def _workshop(subject: str) -> int:
    """The primary key in "workshop:81"; 0, which is nobody's, for other subjects."""
    prefix, _colon, key = subject.partition(":")
    return int(key) if prefix == "workshop" and key.isdecimal() else 0


def _seat(user: Any, subject: str, reference: str, **conditions: Any) -> Seat | None:
    """The seat that `reference` holds or paid for, when the subject is a workshop."""
    seats = Seat.objects.filter(workshop=_workshop(subject), learner=user, reference=reference, **conditions)
    return seats.select_related("workshop", "learner").last()


@receiver(line_released, dispatch_uid="workshops.let_go_of_a_held_seat")
def let_go_of_a_held_seat(sender: Any, user: Any, subject: str, reference: str, **kwargs: Any) -> None:
    if seat := _seat(user, subject, reference, state=Seat.State.HELD):
        change_seat(workshop=seat.workshop, learner=user, to="cancelled", by=None, reference=reference)


@receiver(line_refunded, dispatch_uid="workshops.take_back_a_refunded_seat")
def take_back_a_refunded_seat(
    sender: Any, user: Any, subject: str, reference: str, closes_access: bool, is_full: bool = False, by: Any = None, **kwargs: Any
) -> None:
    """A seat whose money went back is given back, but for one whose person was there: then the school is told.

    Money back does not undo hours in the room: what was earned stays valid, and the CE officer is told.
    """
    if is_full:
        flag_paid_attendance(user=user, workshop=_workshop(subject), reason=_("The seat was refunded in full."), suspends=False)
    seat = _seat(user, subject, reference, state=Seat.State.CONFIRMED) if closes_access else None
    if seat is None:
        return
    try:
        change_seat(workshop=seat.workshop, learner=user, to="cancelled", by=None, reference=reference, asked_by=by)
    except SeatRefused:
        context = {"seat": seat, "workshop": seat.workshop, "learner": seat.learner}
        key, template = f"refunded-seat-kept:{seat.pk}", "workshops/mail/refunded_seat_kept"
        send_mail_once(key=key, template=template, context=context, to_address=settings.SCHOOL_EMAIL)


@receiver(dispute_changed, dispatch_uid="workshops.flag_attendance_of_disputed_payments")
def flag_attendance_of_disputed_payments(sender: Any, user: Any, subject: str, is_open: bool, is_lost: bool, reason: str, **kwargs: Any) -> None:
    """The seat stays while the bank decides. A lost dispute leaves the flag standing: the CE officer decides about certificates."""
    if is_open or is_lost:
        flag_paid_attendance(user=user, workshop=_workshop(subject), reason=reason, suspends=True)
    else:
        unflag_paid_attendance(user=user, workshop=_workshop(subject), reason=reason)


@receiver(detail_removed, dispatch_uid="workshops.forget_what_the_ledger_no_longer_keeps")
def forget_what_the_ledger_no_longer_keeps(sender: Any, dossier: Dossier, **kwargs: Any) -> None:
    if completion := WorkshopCompletion.objects.filter(dossier=dossier).first():
        forget_attendance(completion=completion)


@receiver(seat_changed, dispatch_uid="workshops.let_a_rest_die_with_its_seat")
def let_a_rest_die_with_its_seat(sender: Any, user: Any, workshop: Workshop, **kwargs: Any) -> None:
    """What is owed for a seat that was given back ends there."""
    end_rest(workshop, user)
