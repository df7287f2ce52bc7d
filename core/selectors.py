"""Numbers about jobs, for the desk and the health page."""

from __future__ import annotations

from django.db.models import Count

from core.models import Job


def job_counts() -> dict[str, int]:
    """How many jobs are in each state, in one query; every state has an entry."""
    counted = dict(Job.objects.order_by().values_list("state").annotate(Count("pk")))
    return {state: counted.get(state, 0) for state in Job.State.values}
