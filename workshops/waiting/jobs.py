"""Background work of waiting lists."""

from datetime import timedelta

from core.jobs import RunningJob, job, periodic


@job("workshops.tidy_lists", forget_done=True)
def tidy_waiting_lists(job: RunningJob) -> None:
    """Offers are made when seats change and when holds end; this finds what a lost job left undone."""
    from workshops.waiting.services import tidy_lists

    tidy_lists()


periodic("workshops.tidy_lists", every=timedelta(minutes=10))
