"""What a workshop may refuse."""

from core.errors import DomainError


class WorkshopFull(DomainError):
    code = "workshop_full"


class SeatRefused(DomainError):
    code = "seat_refused"


class ScheduleRefused(DomainError):
    code = "schedule_refused"


class AttendanceRefused(DomainError):
    code = "attendance_refused"


class NotComplete(DomainError):
    code = "attendance_incomplete"
