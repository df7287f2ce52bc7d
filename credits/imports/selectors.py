"""How far an import is."""

from __future__ import annotations

from core.models import Job
from credits.models import CertificateImport

VERBS = {CertificateImport.State.CHECKING: "check", CertificateImport.State.RUNNING: "run", CertificateImport.State.UNDOING: "undo"}


def progress_of(batch: CertificateImport) -> int:
    """Percent of what is being done."""
    verb = VERBS[CertificateImport.State(batch.state)]
    return Job.objects.filter(key=f"{verb}-import:{batch.pk}").values_list("progress", flat=True).first() or 0
