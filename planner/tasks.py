"""Background work of the planner."""

from datetime import timedelta

from core.jobs import RunningJob, job, periodic
from planner.models import Route


# A number is asked for once, so what was answered may be forgotten.
@job("planner.look_again", forget_done=True)
def look_again_at(job: RunningJob, *, route: int, number: int) -> None:
    from planner.services import look_again

    found = Route.objects.select_related("user").filter(pk=route).first()
    if found is not None:
        look_again(route=found, number=number)


@job("planner.hear_news", forget_done=True)
def hear_news(job: RunningJob, *, routes: list[int]) -> None:
    """Outside the transaction of whoever had the news, so that no lock of theirs waits for a route's."""
    from planner.services import ask_to_look

    ask_to_look(Route.objects.filter(pk__in=routes))


@job("planner.look_at_all", forget_done=True)
def look_at_all(job: RunningJob) -> None:
    """Prices, free seats and the calendar change without anybody's news."""
    from planner.services import ask_for_all

    ask_for_all()


periodic("planner.look_at_all", every=timedelta(hours=6))
