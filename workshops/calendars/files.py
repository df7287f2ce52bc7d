"""A workshop as entries of a calendar (RFC 5545) and as messages to one (RFC 5546).

Every civil day of the schedule is an entry of its own, with a UID that stays: `workshop-<pk>-day-<n>`. When a day goes
away the later ones move up, and the last entry is called off.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from core import clock
from notifications.attachments import Attachment
from workshops.models import Seat, Venue, Workshop
from workshops.schedule.terms import Day, days_of

Method = Literal["PUBLISH", "REQUEST", "CANCEL"]


def calendar_of(workshop: Workshop) -> bytes:
    """The file to download: all days of a workshop (with venue and blocks loaded), for anybody."""
    return _file("PUBLISH", events_of(workshop))


def events_of(workshop: Workshop) -> list[Event]:
    """The entries of one workshop, as feeds and files list them. Needs venue and blocks loaded."""
    days = days_of(workshop.blocks.all(), workshop) or _whole(workshop)
    status = "CANCELLED" if workshop.state == Workshop.State.CANCELLED else "CONFIRMED"
    return [_event(workshop, number, day, len(days), status=status, stamp=workshop.updated_at) for number, day in enumerate(days, start=1)]


def request_for(seat: Seat) -> list[Attachment]:
    """What puts the days of a seat into its holder's calendar, or moves them there: a file for each, as RFC 5546 wants one UID in each."""
    workshop = seat.workshop
    days = days_of(workshop.blocks.all(), workshop) or _whole(workshop)
    return [_letter("REQUEST", seat, number, day, len(days)) for number, day in enumerate(days, start=1)]


def cancellation_for(seat: Seat, *, days: tuple[Day, ...] | None = None, first: int = 1) -> list[Attachment]:
    """What takes days of a seat out of its holder's calendar: all of them, or those numbered from `first`."""
    workshop = seat.workshop
    gone = days if days is not None else days_of(workshop.blocks.all(), workshop) or _whole(workshop)
    return [_letter("CANCEL", seat, number, day, 0) for number, day in enumerate(gone, start=first)]


def _whole(workshop: Workshop) -> tuple[Day, ...]:
    """A workshop whose blocks are not written yet counts as one stretch."""
    return (Day(workshop.starts_at, workshop.ends_at),) if workshop.starts_at and workshop.ends_at else ()


def _letter(method: Method, seat: Seat, number: int, day: Day, of: int) -> Attachment:
    event = _event(seat.workshop, number, day, of, status="CANCELLED" if method == "CANCEL" else "CONFIRMED", stamp=clock.now(), place=seat.place)
    guest = vCalAddress(f"mailto:{seat.learner.email}")
    guest.params.update({"CN": vText(str(seat.learner)), "ROLE": vText("REQ-PARTICIPANT"), "PARTSTAT": vText("ACCEPTED"), "RSVP": vText("FALSE")})
    event.add("attendee", guest, encode=False)
    name = f"day-{number}-cancelled.ics" if method == "CANCEL" else f"day-{number}.ics"
    return Attachment(name, f"text/calendar; charset=utf-8; method={method}", _file(method, [event]))


def _file(method: Method, events: list[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SCHOOL_NAME}//Workshops//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    for event in events:
        calendar.add_component(event)
    if events:
        years = [event.decoded("dtstart").year for event in events]
        calendar.add_missing_timezones(first_date=date(min(years) - 1, 1, 1), last_date=date(max(years) + 2, 1, 1))
    return calendar.to_ical()


def _event(workshop: Workshop, number: int, day: Day, of: int, *, status: str, stamp: datetime, place: str = "") -> Event:
    event, venue = Event(), workshop.venue
    is_remote = place == Seat.Place.REMOTE or workshop.format == Workshop.Format.ONLINE
    event.add("uid", f"workshop-{workshop.pk}-day-{number}@{urlsplit(settings.SITE_URL).hostname}")
    event.add("sequence", workshop.calendar_sequence)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", day.starts_at.astimezone(workshop.zone))
    event.add("dtend", day.ends_at.astimezone(workshop.zone))
    words = {"title": workshop.title, "number": number, "of": of}
    event.add("summary", _("%(title)s (day %(number)s of %(of)s)") % words if of > 1 else workshop.title)
    event.add("location", _("Online") if is_remote else f"{venue.name}, {venue.address}")
    if not is_remote:
        event.add("geo", (venue.lat, venue.lng))
    event.add("description", _description(workshop, venue, day, is_remote=is_remote))
    event.add("url", f"{settings.SITE_URL}{workshop.get_absolute_url()}")
    event.add("status", status)
    event.add("transp", "OPAQUE" if status == "CONFIRMED" else "TRANSPARENT")
    organizer = vCalAddress(f"mailto:{settings.SCHOOL_EMAIL}")
    organizer.params["CN"] = vText(settings.SCHOOL_NAME)
    event.add("organizer", organizer, encode=False)
    return event


def _description(workshop: Workshop, venue: Venue, day: Day, *, is_remote: bool) -> str:
    lines = [workshop.summary, ""]
    for block in workshop.blocks.all():
        if day.starts_at <= block.starts_at < day.ends_at:
            start, end = (instant.astimezone(workshop.zone) for instant in (block.starts_at, block.ends_at))
            lines.append(f"{date_format(start, 'g:i a')} – {date_format(end, 'g:i a')} {block.title}")
    if is_remote:
        lines += ["", _("How to join stands on the workshop’s page from the day before.")]
    else:
        lines += [part for part in (venue.access_notes, venue.parking) if part]
    return "\n".join([*lines, "", f"{settings.SITE_URL}{workshop.get_absolute_url()}"]).strip()
