"""The only two Celery tasks there are, and the work that core itself has by the clock."""

from datetime import timedelta
from importlib import import_module

from celery import shared_task
from django.conf import settings

from core import jobs
from core.jobs import RunningJob, job, periodic


@shared_task(name="core.run_job")
def run_job(pk: int) -> None:
    jobs.run(pk)


@shared_task(name="core.sweep_jobs")
def sweep_jobs() -> None:
    jobs.sweep()
    jobs.queue_periodic()


# A key of a period that is over is never queued again, so jobs by the clock are forgettable.
@job("core.clear_sessions", forget_done=True)
def clear_sessions(job: RunningJob) -> None:
    """What Django's `clearsessions` command does."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@job("core.forget_jobs", forget_done=True)
def forget_jobs(job: RunningJob) -> None:
    while jobs.forget_done():
        job.report(50)


periodic("core.clear_sessions", every=timedelta(days=1))
periodic("core.forget_jobs", every=timedelta(days=1))
