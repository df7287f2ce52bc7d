from core.jobs import RunningJob, job
from workshops.models import Workshop


@job("workshops.tidy_holds")
def tidy_holds_of_a_workshop(job: RunningJob, *, workshop: int) -> None:
    from workshops.services import tidy_holds

    tidy_holds(workshop=Workshop.objects.get(pk=workshop))
