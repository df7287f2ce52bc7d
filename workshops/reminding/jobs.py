"""When people are reminded."""

from __future__ import annotations

from datetime import timedelta

from core.jobs import RunningJob, job, periodic
from workshops.models import Workshop


@job("workshops.queue_reminders", forget_done=True)
def queue_reminders(job: RunningJob) -> None:
    from workshops.reminding import services

    services.queue_reminders()


@job("workshops.remind", forget_done=True)
def remind(job: RunningJob, *, workshop: int) -> None:
    from workshops.reminding import services

    services.remind(workshop=Workshop.objects.get(pk=workshop))


periodic("workshops.queue_reminders", every=timedelta(hours=1))
