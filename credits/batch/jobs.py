"""When standings are worked out: each day, and soon after something changed that they rest on."""

from __future__ import annotations

from datetime import date, timedelta

from core.jobs import RunningJob, job, periodic


@job("credits.refresh_person", forget_done=True)
def refresh_person(job: RunningJob, *, person: int) -> None:
    from credits.batch import snapshots

    snapshots.refresh_person(person_id=person)


@job("credits.begin_day", forget_done=True)
def begin_day(job: RunningJob) -> None:
    """Hourly, because the school's day does not begin when the clock's does."""
    from credits.batch import snapshots

    snapshots.begin_day()


@job("credits.refresh_slice", forget_done=True)
def refresh_slice(job: RunningJob, *, first: int, day: str) -> None:
    from credits.batch import snapshots

    snapshots.refresh_slice(job=job, first=first, day=date.fromisoformat(day))


@job("credits.watch_rules", forget_done=True)
def watch_rules(job: RunningJob) -> None:
    from credits.batch import snapshots

    snapshots.watch_rules()


@job("credits.refresh_board", forget_done=True)
def refresh_board(job: RunningJob, *, board: str) -> None:
    from credits.batch import snapshots

    snapshots.refresh_licences_of_board(job=job, board=board)


periodic("credits.begin_day", every=timedelta(hours=1))
periodic("credits.watch_rules", every=timedelta(minutes=5))
