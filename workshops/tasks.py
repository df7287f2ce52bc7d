"""Background work of workshops."""

from datetime import timedelta

from core.jobs import RunningJob, job, periodic
from workshops.alerts import jobs as alert_jobs  # noqa: F401  registers its kinds
from workshops.booking import jobs as booking_jobs  # noqa: F401  registers its kinds
from workshops.cancelling import jobs as cancelling_jobs  # noqa: F401  registers its kinds
from workshops.demand import jobs as demand_jobs  # noqa: F401  (registers its kinds)
from workshops.leaving import jobs as leaving_jobs  # noqa: F401  registers its kinds
from workshops.models import Workshop
from workshops.reminding import jobs as reminding_jobs  # noqa: F401  registers its kinds
from workshops.roster import jobs as roster_jobs  # noqa: F401  registers workshops.complete_attendance
from workshops.waiting import jobs as waiting_jobs  # noqa: F401  registers its kinds


@job("workshops.tidy_holds")
def tidy_holds_of_a_workshop(job: RunningJob, *, workshop: int) -> None:
    from workshops.services import tidy_holds

    tidy_holds(workshop=Workshop.objects.get(pk=workshop))


@job("workshops.note_offerings", forget_done=True)
def note_offerings(job: RunningJob) -> None:
    """Hand over every announced workshop once a day: those of old were never handed over."""
    from workshops.services.offerings import note_workshop

    for workshop in Workshop.objects.published().order_by("pk").iterator():
        note_workshop(workshop=workshop)


periodic("workshops.note_offerings", every=timedelta(days=1))
