"""Numbers about jobs, for the desk and the health page."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import Now

from core.models import Job

LATE_AFTER = timedelta(minutes=5)


def job_counts() -> dict[str, int]:
    """How many jobs are in each state, in one query; every state has an entry."""
    counted = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
    return {state: counted.get(state, 0) for state in Job.State.values}


def late_since() -> datetime | None:
    """Since when the oldest job waits that should have been taken up long ago; None when workers keep up."""
    waiting = Q(state=Job.State.QUEUED, run_after__lt=Now() - LATE_AFTER) | Q(state=Job.State.RUNNING, lease_until__lt=Now() - LATE_AFTER)
    oldest: datetime | None = Job.objects.filter(waiting).aggregate(oldest=Min("run_after"))["oldest"]
    return oldest
