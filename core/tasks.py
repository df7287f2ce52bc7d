"""The only two Celery tasks there are."""

from celery import shared_task

from core import jobs


@shared_task(name="core.run_job")
def run_job(pk: int) -> None:
    jobs.run(pk)


@shared_task(name="core.sweep_jobs")
def sweep_jobs() -> None:
    jobs.sweep()
