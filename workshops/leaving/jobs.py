"""Background work of seats that go over to somebody else."""

from core.jobs import RunningJob, job
from workshops.models import Seat


@job("workshops.refund_resold_seat")
def refund_a_resold_seat(job: RunningJob, *, seat: int) -> None:
    from workshops.leaving.services import refund_resold_seat

    refund_resold_seat(seat=Seat.objects.select_related("workshop__venue", "learner").get(pk=seat))
