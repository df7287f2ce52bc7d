"""Making packs in the background, and removing their files."""

from __future__ import annotations

from datetime import timedelta

from core.jobs import RunningJob, job, periodic
from credits.models import AuditPack

LONGEST_S = 2 * 3600


def _say_it_failed(*, pack: int, error: str) -> None:
    from credits.audits.services import note_failure

    note_failure(pack=AuditPack.objects.get(pk=pack), error=error)


@job("credits.make_audit_pack", on_dead=_say_it_failed, time_limit_s=LONGEST_S)
def make_audit_pack(job: RunningJob, *, pack: int) -> None:
    from credits.audits.services import make_pack

    make_pack(pack=AuditPack.objects.get(pk=pack), report=job.report)


@job("credits.remove_audit_packs", forget_done=True)
def remove_audit_packs(job: RunningJob) -> None:
    from credits.audits.services import remove_overdue

    remove_overdue()


periodic("credits.remove_audit_packs", every=timedelta(hours=1))
