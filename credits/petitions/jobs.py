"""Making petition packs in the background, and removing their files."""

from __future__ import annotations

from datetime import timedelta

from core.jobs import RunningJob, job, periodic
from credits.models import PetitionPack


def _say_it_failed(*, pack: int, making: int, error: str) -> None:
    from credits.petitions.services import note_failure

    note_failure(pack=PetitionPack.objects.get(pk=pack), making=making, error=error)


@job("credits.make_petition", on_dead=_say_it_failed)
def make_petition(job: RunningJob, *, pack: int, making: int) -> None:
    from credits.petitions.services import make_petition as make

    make(pack=PetitionPack.objects.get(pk=pack), making=making, report=job.report)


@job("credits.remove_petitions", forget_done=True)
def remove_petitions(job: RunningJob) -> None:
    from credits.petitions.services import remove_overdue

    remove_overdue()


periodic("credits.remove_petitions", every=timedelta(days=1))
