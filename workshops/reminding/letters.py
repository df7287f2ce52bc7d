"""What the mail before a workshop says: to the holder of a seat, and to whoever teaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from notifications.models import MailMessage
from notifications.services import send_mail_once
from workshops.booking.details import details_by_learner, details_of
from workshops.booking.mail import invitation_token
from workshops.booking.tickets import ticket_url
from workshops.leaving.quotes import quote_leaving
from workshops.models import Seat, Workshop
from workshops.payers import rest_words
from workshops.reminding.due import Due, Kind, is_remote, key_of
from workshops.schedule.changes import day_words
from workshops.schedule.terms import Day, days_of


@dataclass(frozen=True)
class DayWords:
    """One day on the venue's clock; `yours` on the reader's where that shows another time, else "" ."""

    venue: str
    yours: str = ""


def days_for(workshop: Workshop, reader: User | None = None) -> list[DayWords]:
    """The days of `workshop` in words, for a `reader` elsewhere on their own clock too."""
    days = days_of(workshop.blocks.all(), workshop)
    if not days and workshop.starts_at and workshop.ends_at:
        days = (Day(workshop.starts_at, workshop.ends_at),)
    zone = ZoneInfo(reader.time_zone) if reader else workshop.zone
    found = []
    for day in days:
        is_other = any(at.astimezone(zone).utcoffset() != at.astimezone(workshop.zone).utcoffset() for at in (day.starts_at, day.ends_at))
        found.append(DayWords(day_words(day, workshop.zone), day_words(day, zone) if is_other else ""))
    return found


def write_to_holder(due: Due) -> MailMessage:
    """Remind the holder of a seat, once. The caller holds the lock of the workshop's row."""
    seat, workshop = due.seat, due.seat.workshop
    details = details_of(workshop, seat.learner)
    registration, quote = details.registration, quote_leaving(seat)
    words: dict[str, Any] = {
        "seat": seat,
        "workshop": workshop,
        "is_remote": is_remote(seat),
        "is_joining": due.kind == Kind.JOINING,
        "days": days_for(workshop, seat.learner if is_remote(seat) else None),
        "missing": details.missing,
        "waits_for_staff": details.waits_for_staff,
        "ticket": ticket_url(seat),
        "quote": quote,
        "is_payer": quote.line is None or quote.line.order.user_id == seat.learner_id,
    }
    if seat.reference:
        words |= rest_words(seat)
    if registration and registration.is_unanswered:
        words |= {"invitation": registration, "token": invitation_token(registration)}
    return send_mail_once(
        key=due.key,
        template="workshops/mail/workshop_reminder",
        context=words,
        recipient=seat.learner,
        is_confidential="token" in words,  # whoever reads the link can come in as the person
    )


def write_to_instructor(workshop: Workshop) -> MailMessage:
    """Tell whoever teaches `workshop` who comes and what is still open, once. The caller holds the lock of the workshop's row."""
    seats = list(workshop.seats.confirmed())
    details = details_by_learner(workshop, [seat.learner_id for seat in seats]).values()
    words: dict[str, Any] = {
        "workshop": workshop,
        "days": days_for(workshop),
        "places": [(Seat.Place(place).label, _in(workshop, seats, place), workshop.capacity_of(place)) for place in workshop.places],
        "seated": len(seats),
        "incomplete": sum(not each.is_complete for each in details),
        "statements": sum(each.waits_for_staff for each in details),
        "lacks_address": workshop.format != Workshop.Format.IN_PERSON and not (workshop.join_url or workshop.join_notes),
    }
    key = key_of(workshop, Kind.INSTRUCTOR, workshop.instructor_id)
    return send_mail_once(key=key, template="workshops/mail/workshop_reminder_instructor", context=words, recipient=workshop.instructor)


def _in(workshop: Workshop, seats: list[Seat], place: str) -> int:
    """How many of `seats` are in `place`; where there is one place, all of them."""
    return sum(len(workshop.places) == 1 or seat.place == place for seat in seats)
