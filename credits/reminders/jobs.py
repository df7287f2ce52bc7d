"""When reminders are sent."""

from __future__ import annotations

from datetime import date, timedelta

from core.jobs import RunningJob, job, periodic


@job("credits.begin_reminders", forget_done=True)
def begin_reminders(job: RunningJob) -> None:
    from credits.reminders import services

    services.begin_reminders()


@job("credits.queue_reminders", forget_done=True)
def queue_reminders(job: RunningJob, *, day: str) -> None:
    from credits.reminders import services

    services.queue_reminders(day=date.fromisoformat(day))


@job("credits.send_reminder", forget_done=True)
def send_reminder(job: RunningJob, *, kind: str, subject: int, deadline: str, days: int) -> None:
    from credits.reminders import services
    from credits.reminders.due import Due

    services.send_reminder(due=Due(kind, subject, date.fromisoformat(deadline), days))


periodic("credits.begin_reminders", every=timedelta(hours=1))
