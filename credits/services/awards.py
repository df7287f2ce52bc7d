"""From a completion to its awards, and releasing what was held."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from credits.attended import is_partial
from credits.decisions import node
from credits.models import Award, Claim, Dossier, Licence
from credits.services.claims import judge_claim
from credits.services.ledger import lock_person, plain_key, settle, write_award
from notifications.services import send_mail_once


def award_completion(*, dossier: Dossier) -> list[Award]:
    """Make the awards of a completion: one for each licence that was on file, or the provider's plain one when none counts.

    Of what was attended in part there is no plain one: it would say that the whole was completed. Running it again makes nothing twice.
    """
    with transaction.atomic():
        lock_person(dossier.user_id)
        dossier = Dossier.objects.select_related("activity", "user").get(pk=dossier.pk)
        on_file = Licence.objects.filter(user=dossier.user).on_file_at(dossier.created_at).select_related("board").order_by("pk")
        claims = [judge_claim(dossier=dossier, licence=licence) for licence in on_file]
        awards = [claim.award for claim in claims if claim.award]
        if not awards and not is_partial(dossier.facts):
            awards = [provider_award(dossier=dossier)]
        refused = [claim for claim in claims if claim.state == Claim.State.REFUSED]
        if refused:
            send_mail_once(
                key=f"dossier:{dossier.pk}:refused-claims",
                template="credits/mail/claims_refused",
                context={"dossier": dossier, "claims": refused},
                recipient=dossier.user,
            )
    return awards


def provider_award(*, dossier: Dossier) -> Award:
    """The school's own award for a completion, without a board's units; the one that stands when there is one. The caller holds the lock on the person."""
    if standing := Award.objects.current().filter(dossier=dossier, board__isnull=True).first():
        return standing
    trace = node("award", True, _("The provider's own certificate"), _("No licence on file is credited for this completion."), "", [])
    return write_award(key=plain_key(dossier), dossier=dossier, board=None, accreditation=None, licence=None, completed_on=dossier.completed_on, trace=trace)


def settle_holds_of(*, user: Any) -> int:
    """Look at a person's held awards again, after they gave what was missing. Returns how many were looked at."""
    with transaction.atomic():
        lock_person(user.pk)
        held = list(Award.objects.filter(holder__user=user).held().select_related("board", "accreditation__board").order_by("pk"))
        for award in held:
            settle(award=award)
    return len(held)
