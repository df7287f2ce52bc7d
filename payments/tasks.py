from core.jobs import RunningJob, job
from payments.models import AccessGrant


@job("payments.announce_access")
def announce_grant(job: RunningJob, *, grant: int) -> None:
    from payments.services import announce_access

    announce_access(grant=AccessGrant.objects.select_related("user").get(pk=grant))


@job("payments.sync_prices")
def sync_prices(job: RunningJob) -> None:
    from payments.services import sync_prices

    sync_prices()
