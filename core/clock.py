"""The one place that reads the time, so that tests can set it.

Watch evidence and seat holds use the database's `now()` instead: several web machines share it.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import timezone


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return timezone.now()


def civil_date(instant: datetime, zone: str) -> date:
    """The calendar date of `instant` in the IANA zone `zone`."""
    return instant.astimezone(ZoneInfo(zone)).date()
