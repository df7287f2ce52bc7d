"""Venues, workshops, their schedule, seats and who was there."""

from workshops.models.attendance import Attendance, WorkshopCompletion
from workshops.models.blocks import Block
from workshops.models.places import Place
from workshops.models.seats import Seat, SeatQuerySet, is_taken
from workshops.models.venues import Venue
from workshops.models.workshops import Series, Workshop, WorkshopQuerySet

__all__ = ["Attendance", "Block", "Place", "Seat", "SeatQuerySet", "Series", "Venue", "Workshop", "WorkshopCompletion", "WorkshopQuerySet", "is_taken"]
