"""What a workshop may refuse."""

from core.errors import DomainError


class WorkshopFull(DomainError):
    code = "workshop_full"


class SeatRefused(DomainError):
    code = "seat_refused"


class SeatsBusy(DomainError):
    """Nothing is decided: many people are at this workshop's seats. Whoever has paid must be asked again, not refused."""

    code = "seats_busy"


class ScheduleRefused(DomainError):
    code = "schedule_refused"


class AttendanceRefused(DomainError):
    code = "attendance_refused"


class NotComplete(DomainError):
    code = "attendance_incomplete"


class MessageRefused(DomainError):
    code = "message_refused"
