"""What only a CE officer does to the ledger: issue by hand, correct, revoke. Each is audited and tells the learner."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.names import NameRefused, clean_name
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from credits.attended import granted_for
from credits.certificates.services import revoke_certificate
from credits.decisions import node, preflight, step
from credits.models import Accreditation, Activity, Award, AwardEntry, AwardHolder, Certificate, ClosedCycle, Dossier, Licence, RevocationReason
from credits.prospects.values import worth_step
from credits.services.closed_cycles import closed_cycles_now, note_closed_cycles
from credits.services.completions import keep_dossier
from credits.services.gates import NotAnOfficer as NotAnOfficer  # raised by the verbs here
from credits.services.gates import ReasonNeeded as ReasonNeeded
from credits.services.gates import require_officer as require_officer
from credits.services.ledger import PRINTED_FACTS, claim_key, lock_person, plain_key, write_award
from notifications.services import send_mail_once

PRINTED_NAME_LENGTH = 250
CORRECTABLE = ("legal_name", "licence_number", "licence_jurisdiction", "completed_on", "accreditation")


class NotCovered(DomainError):
    code = "not_covered"


class AwardEnded(DomainError):
    code = "award_ended"


class NothingToCorrect(DomainError):
    code = "nothing_to_correct"


def issue_award_by_hand(
    *,
    officer: Any,
    user: Any,
    activity: Activity,
    accreditation: Accreditation | None,
    completed_on: date,
    zone: str,
    reason: str,
    facts: dict[str, Any],
    licence: Licence | None = None,
) -> Award:
    """Award a completion the system did not see. The same person, activity, approval and day again returns the award,
    unless that was revoked: then it is credited anew.

    `licence` is the one it counts under; without it, the person's first licence with the approval's board, if any.
    """
    require_officer(officer, reason)
    if accreditation and accreditation.activity_id != activity.pk:
        raise NotCovered(_("The approval is of another activity. Choose one of this activity's approvals."))
    if accreditation and not accreditation.covers(completed_on):
        raise NotCovered(_("The approval does not cover %(day)s. Choose the one that was in force, or correct the date.") % {"day": completed_on.isoformat()})
    board = accreditation.board if accreditation else None
    if licence and (accreditation is None or licence.user_id != user.pk):
        raise NotCovered(_("The licence must be the learner's own, and needs an approval to count under."))
    if licence and board and licence.board_id != board.pk:
        if not licence.board.accepts_approvals_of.filter(pk=board.pk).exists():
            raise NotCovered(_("%(board)s does not accept this approval.") % {"board": licence.board.name})
        board = licence.board
    key = (
        f"{Dossier.BY_HAND}{user.pk}:{activity.pk}:{accreditation.pk if accreditation else 'plain'}:{board.pk if board else 'plain'}:{completed_on.isoformat()}"
    )
    with transaction.atomic():
        lock_person(user.pk)
        earlier = Award.objects.filter(dossier__key__in=_keys_used(key)).order_by("-pk").first()
        if earlier and earlier.status != Award.Status.REVOKED:
            return earlier
        if earlier:  # a revoked award stays as it is; the completion may be credited anew
            key = f"{key}:{len(_keys_used(key)) + 1}"
        dossier, _created = keep_dossier(
            key=key,
            user=user,
            activity=activity,
            kind=activity.kind,
            completed_at=datetime.combine(completed_on, time(12), ZoneInfo(zone)),
            zone=zone,
            facts={**facts, "by_hand": {"officer": officer.pk, "reason": reason}},
            trace=node("by_hand", True, _("Confirmed by a CE officer"), "", "", []),
        )
        if accreditation and (differences := preflight(dossier=dossier, activity=activity, accreditation=accreditation)):
            raise NotCovered(" ".join(differences))
        if licence is None and board:
            licence = Licence.objects.filter(user=user, board=board).on_file().order_by("pk").first()
        by_hand = step("by_hand", True, _("Confirmed by a CE officer"), "")
        worth = worth_step(accreditation, activity) if accreditation else None
        award = write_award(
            key=claim_key(dossier, accreditation, licence) if accreditation else plain_key(dossier),
            dossier=dossier,
            board=board,
            accreditation=accreditation,
            licence=licence,
            completed_on=completed_on,
            trace=node("award", True, _("Issued by hand"), "", "", [part for part in (by_hand, worth) if part]),
            origin=Award.Origin.BY_HAND,
            actor=officer,
            reason=reason,
        )
        record_audit(actor=officer, action="credits.issue_award_by_hand", record=award, reason=reason, learner=user.pk)
        _tell(award, "issued", {"award": award})
    return award


def _keys_used(key: str) -> list[str]:
    """The dossiers made by hand for one completion: `key` first, then a numbered one after each revocation."""
    return list(Dossier.objects.filter(Q(key=key) | Q(key__startswith=f"{key}:")).values_list("key", flat=True))


def _name_to_print(text: str) -> str:
    """A whole name by the rules that its owner's own confirmation is held to. Raises NameRefused."""
    name = clean_name(text, max_length=PRINTED_NAME_LENGTH)
    if not name:
        raise NameRefused(_("A certificate needs a name. Enter it as on the licence."))
    return name


def correct_award(*, officer: Any, award: Award, reason: str, changes: dict[str, Any]) -> Award:
    """Write a new version of the award that supersedes it, with `changes` out of CORRECTABLE; its certificate follows.

    The same correction sent twice returns the version the first made. An award that has ended otherwise is refused.
    """
    require_officer(officer, reason)
    unknown = set(changes) - set(CORRECTABLE)
    if unknown:
        raise ValueError(f"Not correctable: {', '.join(sorted(unknown))}")
    with transaction.atomic():
        award = _locked(award)
        later = Award.objects.filter(supersedes=award).first()
        wanted = {name: str(getattr(value, "pk", value)) for name, value in changes.items()}
        if later:
            ended = award.entries.get(kind=AwardEntry.Kind.SUPERSEDED)
            if ended.data.get("changes") == wanted and ended.reason == reason:
                return later
        _refuse_ended(award)
        holder = award.holder
        printed = {
            "legal_name_printed": _name_to_print(changes["legal_name"]) if "legal_name" in changes else holder.legal_name_printed,
            "licence_number": " ".join(changes.get("licence_number", holder.licence_number).split()),
            "licence_jurisdiction": changes.get("licence_jurisdiction", holder.licence_jurisdiction),
        }
        completed_on = changes.get("completed_on", award.completed_on)
        accreditation = changes.get("accreditation", award.accreditation)
        same_holder = all(getattr(holder, name) == value for name, value in printed.items())
        if same_holder and completed_on == award.completed_on and accreditation == award.accreditation:
            raise NothingToCorrect(_("Nothing would change. Enter what the certificate should say instead."))
        if accreditation != award.accreditation or completed_on != award.completed_on:
            _check_cover(award, accreditation, completed_on)
        since = min(award.completed_on, completed_on)
        before = closed_cycles_now(award=award, since=since)
        AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.SUPERSEDED, actor=officer, reason=reason, data={"changes": wanted})
        successor = write_award(
            key=award.key,
            dossier=award.dossier,
            board=award.board,
            accreditation=accreditation,
            licence=award.licence,
            completed_on=completed_on,
            trace=node("correction", True, _("Corrected by a CE officer"), "", "", [award.trace] if award.trace else []),
            origin=award.origin,
            supersedes=award,
            holder=printed,
            frozen={name: getattr(award, name) for name in PRINTED_FACTS} if accreditation == award.accreditation else None,
            actor=officer,
            reason=reason,
        )
        record_audit(actor=officer, action="credits.correct_award", record=award, reason=reason, fields=sorted(changes), successor=successor.pk)
        closed = note_closed_cycles(award=award, before=before, since=since, cause=ClosedCycle.Cause.CORRECTED)
        _tell(successor, "corrected", {"award": successor, "closed": closed})
        _review_reports(award)
    return successor


def _check_cover(award: Award, accreditation: Accreditation | None, completed_on: date) -> None:
    if award.is_plain != (accreditation is None):
        raise NotCovered(_("A plain certificate can not become a board's credit by correction, nor the other way round. Issue the right one by hand."))
    if accreditation is None or award.board is None:
        return
    if accreditation.activity_id != award.dossier.activity_id:
        raise NotCovered(_("The approval is of another activity. Choose one of this activity's approvals."))
    accepted = {award.board_id, *award.board.accepts_approvals_of.values_list("pk", flat=True)}
    if accreditation.board_id not in accepted:
        raise NotCovered(_("The approval is not one that counts for this award's board. Revoke the award and issue the right one."))
    if not accreditation.covers(completed_on):
        raise NotCovered(_("The approval does not cover %(day)s.") % {"day": completed_on.isoformat()})
    granted = granted_for(award.dossier.facts, accreditation)
    if not granted.units:
        raise NotCovered(granted.sentence)


def revoke_award(*, officer: Any, award: Award, reason_class: str, reason: str) -> Award:
    """End an award. `reason_class` is public, `reason` stays inside. Revoking again changes nothing."""
    require_officer(officer, reason)
    reason_class = RevocationReason(reason_class)
    with transaction.atomic():
        award = _locked(award)
        if award.status == Award.Status.REVOKED:
            return award
        _refuse_ended(award)
        before = closed_cycles_now(award=award, since=award.completed_on)
        entry = AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.REVOKED, actor=officer, reason=reason, data={"reason_class": str(reason_class)})
        for certificate in Certificate.objects.filter(award=award):
            revoke_certificate(certificate=certificate, reason_class=reason_class, at=entry.at, actor=officer)
        record_audit(actor=officer, action="credits.revoke_award", record=award, reason=reason, reason_class=str(reason_class))
        closed = note_closed_cycles(award=award, before=before, since=award.completed_on, cause=ClosedCycle.Cause.REVOKED)
        _tell(award, "revoked", {"award": award, "entry": entry, "reason_class": reason_class.label, "closed": closed})
        _review_reports(award)
    return award


def _review_reports(award: Award) -> None:
    """What a regulator was told of an award that has ended may have to be mended."""
    enqueue("credits.review_reports", key=f"reports:award:{award.pk}:ended")


def _locked(award: Award) -> Award:
    """The award afresh, with its person locked: one officer at a time changes what somebody earned."""
    lock_person(award.dossier.user_id)
    return Award.objects.select_related("dossier__activity", "dossier__user", "board", "accreditation__board", "licence", "holder").get(pk=award.pk)


def _refuse_ended(award: Award) -> None:
    if award.status == Award.Status.SUPERSEDED:
        raise AwardEnded(_("This award was corrected already. Open its latest version instead."))
    if award.status == Award.Status.REVOKED:
        raise AwardEnded(_("This award was revoked. Issue a new one by hand if the learner is due credit."))


def _tell(award: Award, what: str, context: dict[str, Any]) -> None:
    holder = AwardHolder.objects.select_related("user").get(award=award)
    if holder.user:
        send_mail_once(key=f"award:{award.pk}:{what}", template=f"credits/mail/award_{what}", context=context, recipient=holder.user)
