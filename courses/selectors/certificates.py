"""What became of a completion: certificates that are there, that wait, and why."""

from __future__ import annotations

from dataclasses import dataclass

from courses.models import Completion
from credits.models import Award, Certificate, Claim


@dataclass(frozen=True)
class CompletionCertificates:
    """`ready` can be downloaded, `held` wait for something of the learner's, `failed` for the school, `suspended` are looked at
    again; `is_waiting`: ask again soon; `refused` are the licences that got no credit, each with why."""

    ready: list[Award]
    held: list[Award]
    failed: list[Award]
    suspended: list[Award]
    is_waiting: bool
    refused: list[Claim]


def certificates_of_completion(completion: Completion) -> CompletionCertificates:
    """The awards of a completion by what can be done with them, and the licences that got none. Four queries."""
    awards = list(
        Award.objects.current()
        .filter(dossier=completion.dossier_id)
        .select_related("board", "certificate")
        .prefetch_related("entries")
        .order_by("board__name", "pk")
    )
    ready, held, failed, suspended = [], [], [], []
    for award in awards:
        certificate: Certificate | None = getattr(award, "certificate", None)
        if award.status == Award.Status.HELD:
            held.append(award)
        elif certificate and certificate.state == Certificate.State.ISSUED:
            ready.append(award)
        elif certificate and certificate.state == Certificate.State.SUSPENDED:
            suspended.append(award)
        elif certificate and certificate.failure:
            failed.append(award)
    refused = list(Claim.objects.filter(dossier=completion.dossier_id, state=Claim.State.REFUSED).select_related("licence__board"))
    known = len(ready) + len(held) + len(failed) + len(suspended)
    return CompletionCertificates(ready, held, failed, suspended, is_waiting=known < max(1, len(awards)), refused=refused)
