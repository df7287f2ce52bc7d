"""The daily removal."""

from __future__ import annotations

from datetime import timedelta

from core.jobs import RunningJob, job, periodic


@job("credits.remove_expired", time_limit_s=2 * 3600, forget_done=True)
def remove_expired_records(job: RunningJob) -> None:
    from credits.retention.services import remove_expired

    remove_expired(report=job.report)


periodic("credits.remove_expired", every=timedelta(days=1))
