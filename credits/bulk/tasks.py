"""Background work of bulk changes."""

from core.jobs import RunningJob, job
from credits.models import BulkChange


@job("credits.try_bulk_change")
def try_bulk_change(job: RunningJob, *, change: int) -> None:
    from credits.bulk import services

    services.try_bulk_change(job=job, change=BulkChange.objects.select_related("officer", "accreditation").get(pk=change))


@job("credits.do_bulk_change")
def do_bulk_change(job: RunningJob, *, change: int) -> None:
    from credits.bulk import services

    services.do_bulk_change(job=job, change=BulkChange.objects.select_related("officer", "accreditation").get(pk=change))
