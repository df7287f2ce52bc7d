"""Background work of registering."""

from core.jobs import RunningJob, job
from workshops.models import Seat, WaiverVersion


@job("workshops.greet_guest")
def greet_guest(job: RunningJob, *, seat: int) -> None:
    """Write to somebody whose seat another person paid for."""
    from workshops.booking.services import greet

    greet(seat=Seat.objects.select_related("workshop", "learner").get(pk=seat))


@job("workshops.ask_for_new_waiver")
def ask_for_new_waiver(job: RunningJob, *, version: int) -> None:
    from workshops.booking.asking import write_of_version

    write_of_version(version=WaiverVersion.objects.get(pk=version))
