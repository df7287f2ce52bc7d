"""Arrivals and departures, once the ledger no longer keeps the detail of a completion."""

from __future__ import annotations

from django.db import transaction

from credits.services import bare_trace
from workshops.models import Attendance, AttendanceCorrection, CheckinConflict, SeatOutcome, Signature, WalkIn, WorkshopCompletion


def forget_attendance(*, completion: WorkshopCompletion) -> None:
    """Delete the log of one seat, with its signatures and what phones could not settle. That it was completed stays. A repeat changes nothing."""
    with transaction.atomic():
        conflicts = CheckinConflict.objects.filter(seat=completion.seat_id)
        rows = (Attendance.objects.filter(seat=completion.seat_id), conflicts)
        signatures = [pk for found in rows for pk in found.exclude(signature=None).values_list("signature", flat=True)]
        conflicts.delete()
        WalkIn.objects.filter(seat=completion.seat_id).delete()
        Attendance.objects.filter(seat=completion.seat_id, annuls__isnull=False).delete()
        Attendance.objects.filter(seat=completion.seat_id).delete()
        Signature.objects.filter(pk__in=signatures).delete()
        AttendanceCorrection.objects.filter(seat=completion.seat_id).delete()
        for outcome in SeatOutcome.objects.filter(seat=completion.seat_id).order_by("-pk"):  # a later one names the one before
            outcome.delete()
        WorkshopCompletion.objects.filter(pk=completion.pk).update(trace=bare_trace(completion.trace))
