"""Background work of calling off."""

from core.jobs import RunningJob, job
from workshops.models import CallOff


@job("workshops.work_off")
def work_off_a_workshop(job: RunningJob, *, call_off: int) -> None:
    from workshops.cancelling.services import work_off

    work_off(call_off=CallOff.objects.select_related("workshop", "by", "to").get(pk=call_off), report=job.report)
