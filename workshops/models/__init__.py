"""Venues, workshops, their schedule, seats and who was there."""

from workshops.models.attendance import Attendance, WorkshopCompletion
from workshops.models.blocks import Block
from workshops.models.checkin import CheckinConflict, CheckinDevice, PaperSheet, Signature, WalkIn
from workshops.models.places import Place
from workshops.models.seats import Seat, SeatQuerySet, is_taken
from workshops.models.venues import Venue
from workshops.models.workshops import Series, Workshop, WorkshopQuerySet

__all__ = [
    "Attendance",
    "Block",
    "CheckinConflict",
    "CheckinDevice",
    "PaperSheet",
    "Place",
    "Seat",
    "SeatQuerySet",
    "Series",
    "Signature",
    "Venue",
    "WalkIn",
    "Workshop",
    "WorkshopCompletion",
    "WorkshopQuerySet",
    "is_taken",
]
