"""Making certificates in the background."""

from core.errors import DomainError
from core.jobs import PermanentFailure, RunningJob, job
from credits.models import Award


def _say_it_failed(*, award: int, error: str) -> None:
    from credits.certificates.services import note_failure

    note_failure(award=Award.objects.get(pk=award), error=error)


@job("credits.issue_certificate", on_dead=_say_it_failed)
def issue_certificate_of(job: RunningJob, *, award: int) -> None:
    from credits.certificates.services import AwardNotCertifiable, issue_certificate

    try:
        issue_certificate(award=Award.objects.get(pk=award))
    except AwardNotCertifiable:
        return  # ended or held meanwhile; a release queues it anew
    except DomainError as refusal:
        raise PermanentFailure(refusal.message) from refusal
