"""Claims: a licence put forward for a completion, judged with the approvals in force on its date."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _

from core.errors import DomainError
from credits.decisions import Decision, decide, node
from credits.models import Accreditation, Award, Claim, Dossier, Licence
from credits.prospects.values import worth_step
from credits.services.ledger import claim_key, lock_person, write_award
from credits.services.uncredited import note_decision


class NotYourCompletion(DomainError):
    code = "not_your_completion"


class LicenceArchived(DomainError):
    code = "licence_archived"


def claim_completion(*, dossier: Dossier, licence: Licence) -> Claim:
    """Put `licence` forward for a completion of the same person, at any time later. A repeat is judged anew, never awarded twice."""
    if dossier.user_id != licence.user_id:
        raise NotYourCompletion(_("A completion can only be claimed with a licence of the person who completed it."))
    if licence.is_archived:
        raise LicenceArchived(_("You archived this licence, so nothing is credited under it. Keep it up again on its page first."))
    with transaction.atomic():
        lock_person(dossier.user_id)
        dossier = Dossier.objects.select_related("activity", "user").get(pk=dossier.pk)
        return judge_claim(dossier=dossier, licence=licence)


def judge_claim(*, dossier: Dossier, licence: Licence) -> Claim:
    """Decide one claim and write its award. The caller holds the lock on the person."""
    earlier = Claim.objects.filter(dossier=dossier, licence=licence, state=Claim.State.AWARDED).select_related("award").first()
    if earlier:
        return earlier
    board = licence.board
    taken = Award.objects.filter(dossier=dossier, board=board).order_by("-version").first()
    if taken:
        return _record(dossier, licence, _already_awarded(taken, licence), None)
    if why := _not_claimable(dossier):
        return _record(dossier, licence, Decision(None, "not_claimable", why, node("award", False, _("No credit"), why, "", [])), None)
    accepted = list(board.accepts_approvals_of.values_list("pk", flat=True))
    candidates = Accreditation.objects.filter(activity=dossier.activity).select_related("board")
    decision = decide(dossier=dossier, activity=dossier.activity, board=board, accepted=accepted, candidates=candidates)
    award = None
    if decision.accreditation:
        worth = worth_step(decision.accreditation, dossier.activity)
        award = write_award(
            key=claim_key(dossier, decision.accreditation, licence),
            dossier=dossier,
            board=board,
            accreditation=decision.accreditation,
            licence=licence,
            completed_on=dossier.completed_on,
            trace=node("credit", True, dossier.activity.title, "", "", [part for part in (dossier.trace, decision.trace, worth) if part]),
        )
    return _record(dossier, licence, decision, award)


def _already_awarded(award: Award, licence: Licence) -> Decision:
    if award.status == Award.Status.REVOKED:
        why = _("Credit with %(board)s for this completion was revoked. Ask the school if you think it is due.") % {"board": licence.board.name}
    else:
        why = _("%(board)s credits a completion once, and this one was credited already.") % {"board": licence.board.name}
    return Decision(None, "already_awarded", why, node("award", False, _("No credit"), why, "", []))


def _not_claimable(dossier: Dossier) -> str:
    """Why no approval is applied to a completion by itself; "" for one that a course or a workshop recorded."""
    if dossier.is_imported:
        return _(
            "This was completed before this system was in use. It counts for what its certificate says. "
            "Ask the school if another certificate was issued for it."
        )
    if dossier.is_by_hand and not Award.objects.current().filter(dossier=dossier).exists():
        return _("What an officer had entered of this completion was taken back. Ask the school if you think credit is due.")
    return ""


def _record(dossier: Dossier, licence: Licence, decision: Decision, award: Award | None) -> Claim:
    before = Claim.objects.filter(dossier=dossier, licence=licence).values_list("code", flat=True).first() or ""
    claim, _created = Claim.objects.update_or_create(
        dossier=dossier,
        licence=licence,
        defaults={
            "state": Claim.State.AWARDED if award else Claim.State.REFUSED,
            "code": decision.code,
            "explanation": decision.explanation,
            "trace": decision.trace,
            "award": award,
        },
    )
    claim.dossier, claim.licence = dossier, licence
    note_decision(claim, before=before)
    return claim
