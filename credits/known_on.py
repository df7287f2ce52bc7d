"""The day from which something on record is known to everybody who looks at it."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from core.clock import civil_date


def known_on(moment: datetime, zone: str) -> str:
    """The earlier of the school's day and the day in `zone`, so that whoever goes by either calendar knows it at once.

    By the school's alone, what a learner in Honolulu earns in the evening would be recorded tomorrow: unknown to them
    until midnight, and missing in a cycle that they renew on the same day.
    """
    return min(civil_date(moment, settings.SCHOOL_TIME_ZONE), civil_date(moment, zone)).isoformat()
