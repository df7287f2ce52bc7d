"""A workshop as a calendar file."""

from __future__ import annotations

from django.conf import settings
from icalendar import Calendar, Event

from workshops.models import Workshop


def calendar_of(workshop: Workshop) -> bytes:
    """An iCalendar file with one event per day of the schedule's instruction, in the venue's zone."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings.SCHOOL_NAME}//Workshops//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    days: dict[object, list] = {}
    for block in workshop.blocks.all():
        days.setdefault(block.starts_at.astimezone(workshop.zone).date(), []).append(block)
    for number, blocks in enumerate(days.values(), start=1):
        event = Event()
        event.add("uid", f"workshop-{workshop.pk}-day-{number}@{settings.SITE_URL.split('//', 1)[1]}")
        event.add("dtstamp", workshop.updated_at)
        event.add("dtstart", blocks[0].starts_at.astimezone(workshop.zone))
        event.add("dtend", max(block.ends_at for block in blocks).astimezone(workshop.zone))
        event.add("summary", workshop.title)
        event.add("location", f"{workshop.venue.name}, {workshop.venue.address}")
        event.add("url", f"{settings.SITE_URL}{workshop.get_absolute_url()}")
        event.add("status", "CANCELLED" if workshop.state == Workshop.State.CANCELLED else "CONFIRMED")
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()
