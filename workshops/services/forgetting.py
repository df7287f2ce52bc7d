"""Arrivals and departures, once the ledger no longer keeps the detail of a completion."""

from __future__ import annotations

from django.db import transaction

from credits.services import bare_trace
from workshops.models import Attendance, WorkshopCompletion


def forget_attendance(*, completion: WorkshopCompletion) -> None:
    """Delete the log of one seat. That it was completed stays. A repeat changes nothing."""
    with transaction.atomic():
        Attendance.objects.filter(seat=completion.seat_id, annuls__isnull=False).delete()
        Attendance.objects.filter(seat=completion.seat_id).delete()
        WorkshopCompletion.objects.filter(pk=completion.pk).update(trace=bare_trace(completion.trace))
