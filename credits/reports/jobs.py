"""Background work of the post room."""

from __future__ import annotations

from datetime import timedelta

from core.jobs import RunningJob, job, periodic


@job("credits.review_reports", forget_done=True)
def review_reports_job(job: RunningJob) -> None:
    from credits.reports.review import review_reports

    review_reports()


periodic("credits.review_reports", every=timedelta(hours=1))
