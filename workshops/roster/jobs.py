"""Background work of the roster."""

from __future__ import annotations

from accounts.models import User
from core.jobs import RunningJob, job
from workshops.models import Workshop


@job("workshops.complete_attendance")
def complete_attendance(job: RunningJob, *, workshop: int, by: int, note: str) -> None:
    """Decide every seat. What an earlier run decided stands."""
    from workshops.roster.services import complete_workshop

    complete_workshop(workshop=Workshop.objects.get(pk=workshop), by=User.objects.get(pk=by), note=note, report=job.report)
