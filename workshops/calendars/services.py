"""Mail that people's calendars understand: a seat given, moved, taken back. Each once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F

from notifications.models import MailMessage
from notifications.services import send_mail_once
from workshops.booking.tickets import ticket_code, ticket_picture
from workshops.calendars.files import cancellation_for, request_for
from workshops.models import Seat, Workshop


def raise_sequence(workshop: Workshop) -> None:
    """Whatever calendars are told next about `workshop` replaces what they were told before. The caller holds its row's lock."""
    Workshop.objects.filter(pk=workshop.pk).update(calendar_sequence=F("calendar_sequence") + 1)
    workshop.refresh_from_db(fields=["calendar_sequence"])


def send_invitation(*, seat: Seat, context: Mapping[str, Any] | None = None) -> MailMessage:
    """Tell the holder of a confirmed seat so, with an entry for their calendar. A seat is told of once.

    The caller holds the lock of the workshop's row.
    """
    workshop = seat.workshop
    if workshop.seats.filter(learner=seat.learner_id, state=Seat.State.CANCELLED, hold_until__isnull=True).exists():
        raise_sequence(workshop)  # their calendar has seen these days called off
    values = {"seat": seat, "workshop": workshop, "is_paid": bool(seat.reference), "code": ticket_code(seat), **(context or {})}
    return send_mail_once(
        key=f"seat-confirmed:{seat.pk}",
        template="workshops/mail/seat_confirmed",
        context=values,
        recipient=seat.learner,
        attachments=[*request_for(seat), ticket_picture(seat)],
    )


def send_cancellation(*, seat: Seat, key: str = "", template: str = "workshops/mail/seat_cancelled", context: Mapping[str, Any] | None = None) -> MailMessage:
    """Tell whoever had `seat` that it is gone, and their calendar with them; once for each `key`.

    A seat that was only held was in nobody's calendar. The caller holds the lock of the workshop's row.
    """
    workshop = seat.workshop
    attachments = []
    if seat.was_confirmed:
        raise_sequence(workshop)
        attachments = cancellation_for(seat)
    values = {"seat": seat, "workshop": workshop, "is_paid": bool(seat.reference), **(context or {})}
    return send_mail_once(key=key or f"seat-cancelled:{seat.pk}", template=template, context=values, recipient=seat.learner, attachments=attachments)
