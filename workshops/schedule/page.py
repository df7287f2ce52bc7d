"""What the page of a workshop says of its days, its places and how to join."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any

from django.db.models import Q
from django.utils import timezone

from core import clock
from workshops.models import Block, Seat, Workshop

JOIN_SHOWN_BEFORE = timedelta(days=1)
OTHER_DATES = 12


@dataclass(frozen=True)
class Stretch:
    """A block on the venue's clock and, where it shows another time, on the viewer's."""

    block: Block
    starts_at: datetime
    ends_at: datetime
    yours: tuple[datetime, datetime] | None

    @property
    def into_next_day(self) -> bool:
        return self.ends_at.date() > self.starts_at.date()


def stretches(workshop: Workshop, viewer: Any) -> list[Stretch]:
    """The schedule of `workshop` (blocks loaded) for `viewer`, whose zone is known when they are signed in."""
    zone = timezone.get_current_timezone() if viewer.is_authenticated else None
    return [_stretch(block, workshop.zone, zone) for block in workshop.blocks.all()]


def _stretch(block: Block, venue: tzinfo, viewer: tzinfo | None) -> Stretch:
    start, end = block.starts_at.astimezone(venue), block.ends_at.astimezone(venue)
    yours = None
    if viewer and start.utcoffset() != block.starts_at.astimezone(viewer).utcoffset():
        yours = block.starts_at.astimezone(viewer), block.ends_at.astimezone(viewer)
    return Stretch(block, start, end, yours)


@dataclass(frozen=True)
class PlaceLeft:
    """Free seats of one place, under its name."""

    place: str
    label: str
    free: int
    all: int


def places_left(workshop: Workshop) -> list[PlaceLeft]:
    """One line for each place of `workshop`. Only after with_seats_taken()."""
    return [PlaceLeft(place, str(Seat.Place(place).label), workshop.free_in(place), workshop.capacity_of(place)) for place in workshop.places]


@dataclass(frozen=True)
class Joining:
    """How whoever has a remote seat joins. Until `opens_at` neither address nor notes are given out."""

    opens_at: datetime
    is_open: bool
    url: str = ""
    notes: str = ""


def joining_of(workshop: Workshop, seat: Seat | None) -> Joining | None:
    """What the holder of `seat` is told about joining online; None for a seat in the room, none at all, or when all is over."""
    if seat is None or seat.state != Seat.State.CONFIRMED or workshop.starts_at is None or workshop.has_ended or workshop.state != Workshop.State.PUBLISHED:
        return None
    if workshop.format == Workshop.Format.IN_PERSON or (workshop.format == Workshop.Format.HYBRID and seat.place != Seat.Place.REMOTE):
        return None
    opens_at = workshop.starts_at - JOIN_SHOWN_BEFORE
    if clock.now() < opens_at:
        return Joining(opens_at, is_open=False)
    return Joining(opens_at, True, workshop.join_url, workshop.join_notes)


def other_dates(workshop: Workshop) -> list[Workshop]:
    """Coming dates of the same series, soonest first, with free seats counted."""
    if workshop.series_id is None:
        return []
    found = Workshop.objects.coming().filter(~Q(pk=workshop.pk), series=workshop.series_id)
    return list(found.select_related("venue").with_seats_taken().order_by("starts_at", "pk")[:OTHER_DATES])
