"""Mail that people's calendars understand: a seat given, moved, taken back. Each once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F

from notifications.models import MailMessage
from notifications.services import send_mail_once
from workshops.booking.mail import INVITATION_KEY, invitation_token
from workshops.booking.tickets import ticket_code, ticket_picture
from workshops.calendars.files import cancellation_for, request_for
from workshops.models import Registration, Seat, Workshop
from workshops.payers import line_paying, rest_words


def raise_sequence(workshop: Workshop) -> None:
    """Whatever calendars are told next about `workshop` replaces what they were told before. The caller holds its row's lock."""
    Workshop.objects.filter(pk=workshop.pk).update(calendar_sequence=F("calendar_sequence") + 1)
    workshop.refresh_from_db(fields=["calendar_sequence"])


def confirmation_keys(seat: Seat) -> tuple[str, str]:
    """Under which key the mail stands that tells of `seat`: the plain one, or that of whom somebody else registered."""
    return f"seat-confirmed:{seat.pk}", f"{INVITATION_KEY}seat:{seat.pk}"


def send_invitation(*, seat: Seat, by: Any, moved_from: Seat | None = None, context: Mapping[str, Any] | None = None) -> MailMessage:
    """Tell the holder of a confirmed seat so, with an entry for their calendar. A seat is told of once.

    `moved_from` is the seat on another date that it takes the place of: the one mail says both, and its files put the new
    days into the calendar and take the old ones out, unless they were called off with their workshop before.

    Who was registered by somebody else and has not answered yet reads by whom, and has the links to come in by and to
    decline in the same mail, which is not kept then. `by` is who gave the seat: nobody is invited to what they took
    themselves. The caller holds the lock of the workshop's row, and of that which it is moved from.
    """
    workshop = seat.workshop
    if workshop.seats.filter(learner=seat.learner_id, state=Seat.State.CANCELLED, hold_until__isnull=True).exists():
        raise_sequence(workshop)  # their calendar has seen these days called off
    plain, inviting = confirmation_keys(seat)
    if earlier := MailMessage.objects.filter(key__in=[plain, inviting]).first():
        return earlier
    line = line_paying(seat)
    values: dict[str, Any] = {"seat": seat, "workshop": workshop, "code": ticket_code(seat), **(context or {})}
    values["is_remote"] = seat.place == Seat.Place.REMOTE or workshop.format == Workshop.Format.ONLINE
    invitation = None
    if by != seat.learner and (line is None or line.order.user_id != seat.learner_id):
        invitation = Registration.objects.filter(workshop=workshop, learner=seat.learner_id).select_related("invited_by").first()
    if invitation and invitation.is_unanswered and (by is None or by.pk == invitation.invited_by_id):
        values |= {"invitation": invitation, "token": invitation_token(invitation)} | rest_words(seat)
    gone = []
    if moved_from and moved_from.workshop.state != Workshop.State.CANCELLED:
        raise_sequence(moved_from.workshop)
        gone = cancellation_for(moved_from)
        values["is_cleared"] = True
    return send_mail_once(
        key=inviting if "token" in values else plain,
        template="workshops/mail/seat_moved" if moved_from else "workshops/mail/seat_confirmed",
        context=values,
        recipient=seat.learner,
        is_confidential="token" in values,  # whoever reads the link can come in as the person
        attachments=[*request_for(seat), *gone, ticket_picture(seat)],  # the new days first: some programs act on one file alone
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
