"""A series of hybrid workshops, and where to park: the schedule's part of the demonstration."""

from __future__ import annotations

from datetime import timedelta

from accounts.models import User
from workshops.models import Series, Venue, Workshop
from workshops.schedule.repeats import first_day, repeat_workshop
from workshops.schedule.venues import save_venue
from workshops.services import BlockInput, publish_workshop, save_workshop

CITY = "Chicago"
TITLE = "Hands On by the lake"
PARKING = "Behind the house, free on weekends. The bus stops in front of the door."


def make_series(*, staff: User) -> None:
    """A coming workshop that people may also join online, with two more dates, one of them still a draft."""
    for venue in Venue.objects.filter(parking=""):
        venue.parking = PARKING
        save_venue(venue=venue, by=staff)
    workshop = Workshop.objects.coming().filter(venue__city=CITY, series=None).select_related("venue").order_by("starts_at").first()
    day = first_day(workshop) if workshop else None
    if workshop is None or day is None or Series.objects.filter(title=TITLE).exists():
        return
    workshop.format, workshop.remote_capacity = Workshop.Format.HYBRID, 6
    workshop.join_url, workshop.join_notes = "https://meet.example.org/by-the-lake", "Put your camera where we see your table. Passcode: lake."
    blocks = [BlockInput(block.starts_at, block.ends_at, block.kind, block.mode, block.topic) for block in workshop.blocks.all()]
    save_workshop(workshop=workshop, blocks=blocks, by=staff)
    made = repeat_workshop(workshop=workshop, days=[day + timedelta(weeks=4), day + timedelta(weeks=8)], by=staff, series_title=TITLE)
    for copy in made[:1]:
        publish_workshop(workshop=copy, by=staff)
