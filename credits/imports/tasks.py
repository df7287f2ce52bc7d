"""Background work of imports."""

from datetime import timedelta

from core.jobs import LONG_TIME_LIMIT_S, RunningJob, job, periodic
from credits.models import CertificateImport


def _batch(pk: int) -> CertificateImport:
    return CertificateImport.objects.select_related("officer").get(pk=pk)


def _say_it_failed(*, batch: int, error: str) -> None:
    from credits.imports import services

    services.note_failed_check(batch=_batch(batch))


@job("credits.check_import", on_dead=_say_it_failed, time_limit_s=LONG_TIME_LIMIT_S)
def check_import(job: RunningJob, *, batch: int) -> None:
    from credits.imports import services

    services.check_import(job=job, batch=_batch(batch))


@job("credits.run_import", time_limit_s=LONG_TIME_LIMIT_S)
def run_import(job: RunningJob, *, batch: int) -> None:
    from credits.imports import services

    services.run_import(job=job, batch=_batch(batch))


@job("credits.undo_import", time_limit_s=LONG_TIME_LIMIT_S)
def undo_import(job: RunningJob, *, batch: int) -> None:
    from credits.imports import services

    services.revoke_imported(job=job, batch=_batch(batch))


@job("credits.tidy_imports", forget_done=True)
def tidy_imports(job: RunningJob) -> None:
    from credits.imports import services

    services.tidy_imports()


periodic("credits.tidy_imports", every=timedelta(days=1))
