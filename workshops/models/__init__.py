"""Venues, workshops, their schedule, seats and who was there."""

from workshops.models.alerts import AlertedWorkshop, Announcement, SearchAlert
from workshops.models.asking import Asked
from workshops.models.attendance import Attendance, WorkshopCompletion
from workshops.models.blocks import Block
from workshops.models.booking import Answer, Booking, Question, Registration, Requirement, Statement, Waiver, WaiverAcceptance, WaiverVersion
from workshops.models.calling_off import CallOff, CallOffEntry
from workshops.models.checkin import CheckinConflict, CheckinDevice, PaperSheet, Signature, WalkIn
from workshops.models.demand import FIRST_BOOKING_HOURS, MOST_PEOPLE, DemandCall, DemandThreshold, FirstBooking, FirstBookingGuest, Pin
from workshops.models.moves import SeatMove
from workshops.models.outcomes import AttendanceCorrection, AttendeeMessage, SeatOutcome
from workshops.models.places import Place
from workshops.models.policies import CancellationPolicy
from workshops.models.seats import Seat, SeatQuerySet, is_taken
from workshops.models.transfers import Transfer, TransferQuerySet
from workshops.models.venues import Venue
from workshops.models.waiting import WaitingEntry
from workshops.models.workshops import Series, Workshop, WorkshopQuerySet

__all__ = [
    "FIRST_BOOKING_HOURS",
    "MOST_PEOPLE",
    "AlertedWorkshop",
    "Announcement",
    "Answer",
    "Asked",
    "Attendance",
    "AttendanceCorrection",
    "AttendeeMessage",
    "Block",
    "Booking",
    "CallOff",
    "CallOffEntry",
    "CancellationPolicy",
    "CheckinConflict",
    "CheckinDevice",
    "DemandCall",
    "DemandThreshold",
    "FirstBooking",
    "FirstBookingGuest",
    "PaperSheet",
    "Pin",
    "Place",
    "Question",
    "Registration",
    "Requirement",
    "SearchAlert",
    "Seat",
    "SeatMove",
    "SeatOutcome",
    "SeatQuerySet",
    "Series",
    "Signature",
    "Statement",
    "Transfer",
    "TransferQuerySet",
    "Venue",
    "WaitingEntry",
    "Waiver",
    "WaiverAcceptance",
    "WaiverVersion",
    "WalkIn",
    "Workshop",
    "WorkshopCompletion",
    "WorkshopQuerySet",
    "is_taken",
]
