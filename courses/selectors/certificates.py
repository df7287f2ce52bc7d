"""What became of a completion: certificates that are there, that wait, and why."""

from __future__ import annotations

from dataclasses import dataclass

from courses.models import Completion
from credits.models import Award, Certificate


@dataclass(frozen=True)
class CompletionCertificates:
    """`ready` can be downloaded, `held` wait for something of the learner's, `failed` for the school; `is_waiting`: ask again soon."""

    ready: list[Award]
    held: list[Award]
    failed: list[Award]
    is_waiting: bool


def certificates_of_completion(completion: Completion) -> CompletionCertificates:
    """The awards of a completion by what can be done with them, in one query."""
    awards = list(Award.objects.current().filter(dossier=completion.dossier_id).select_related("board", "certificate").order_by("board__name", "pk"))
    ready, held, failed = [], [], []
    for award in awards:
        certificate: Certificate | None = getattr(award, "certificate", None)
        if award.status == Award.Status.HELD:
            held.append(award)
        elif certificate and certificate.state == Certificate.State.ISSUED:
            ready.append(award)
        elif certificate and certificate.failure:
            failed.append(award)
    return CompletionCertificates(ready, held, failed, is_waiting=len(ready) + len(held) + len(failed) < max(1, len(awards)))
