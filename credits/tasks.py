"""Background work of the ledger."""

from core.jobs import RunningJob, job
from credits.models import Award, Dossier


@job("credits.award_completion")
def award_completion_of(job: RunningJob, *, dossier: int) -> None:
    from credits.services import award_completion

    award_completion(dossier=Dossier.objects.get(pk=dossier))


@job("credits.issue_certificate")
def issue_certificate_of(job: RunningJob, *, award: int) -> None:
    from credits.certificates.services import issue_certificate

    issue_certificate(award=Award.objects.get(pk=award))
