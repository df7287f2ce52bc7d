"""Flagging what a completion earned when the money for it is questioned or went back. Nothing earned is ever deleted."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import Role, User
from core import clock
from core.audit import record_audit
from credits.certificates.services import request_certificate, resume_certificate, suspend_certificate
from credits.held_awards import PAYMENT_DISPUTED
from credits.models import Award, AwardEntry, Certificate, CompletionFlag, Dossier
from credits.services.ledger import lock_person, settle
from credits.services.officers import require_officer
from credits.services.reviews import TRIED, Preview, follow_reviews, preview
from notifications.services import send_mail_once


def flag_completion(*, key: str, reason: str, suspends: bool = True) -> CompletionFlag | None:
    """Flag what the completion `key` earned; None when there is no such completion. A repeat returns the standing flag.

    With `suspends` its valid certificates are suspended, those still to be made are held, and its awards count nowhere until `unflag_completion`.
    Without, everything stays as it is. CE officers are told either way.
    """
    with transaction.atomic():
        dossier = _locked(key)
        if dossier is None:
            return None
        if standing := CompletionFlag.objects.standing().filter(dossier=dossier, suspends=suspends).first():
            return standing
        flag = CompletionFlag.objects.create(dossier=dossier, suspends=suspends, reason=reason)
        record_audit(actor=None, action="credits.flag_completion", record=flag, reason=reason, dossier=dossier.pk, suspends=suspends)
        awards = _awards(dossier)
        for award in awards:
            AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.FLAGGED, reason=reason, data={"flag": flag.pk, "suspends": suspends})
        if suspends:
            follow_reviews(awards=awards, reason=reason)
            for award in awards:
                _suspend(award, flag, reason)
        _tell_officers(flag)
    return flag


def unflag_completion(*, key: str, reason: str) -> CompletionFlag | None:
    """End the suspension of what the completion `key` earned; None when it is not flagged.

    Only certificates that the flag suspended are resumed: what an officer suspended for another reason stays suspended.
    """
    with transaction.atomic():
        dossier = _locked(key)
        flag = CompletionFlag.objects.suspending().filter(dossier=dossier).first() if dossier else None
        if flag:
            _lift(flag, actor=None, reason=reason)
    return flag


def lift_flag(*, flag: CompletionFlag, officer: Any, reason: str) -> CompletionFlag:
    """A CE officer has decided that what was earned stands. Lifting again changes nothing."""
    require_officer(officer, reason)
    with transaction.atomic():
        lock_person(flag.dossier.user_id)
        flag = CompletionFlag.objects.select_related("dossier").get(pk=flag.pk)
        if flag.is_standing:
            _lift(flag, actor=officer, reason=reason)
    return flag


def preview_lift(*, flag: CompletionFlag, officer: Any) -> Preview:
    """What `lift_flag` would do."""
    return preview(person_id=flag.dossier.user_id, change=lambda: lift_flag(flag=flag, officer=officer, reason=TRIED))


def _locked(key: str) -> Dossier | None:
    dossier = Dossier.objects.select_related("user", "activity").filter(key=key).first()
    if dossier:
        lock_person(dossier.user_id)
    return dossier


def _awards(dossier: Dossier) -> list[Award]:
    return list(Award.objects.current().filter(dossier=dossier).select_related("board", "accreditation__board").order_by("pk"))


def _suspend(award: Award, flag: CompletionFlag, reason: str) -> None:
    certificate = Certificate.objects.select_for_update().filter(award=award).first()
    if certificate and certificate.state == Certificate.State.ISSUED:
        suspend_certificate(certificate=certificate, actor=None, reason=reason)
        flag.suspended.add(certificate)
    elif certificate is None or certificate.state == Certificate.State.PENDING:
        if award.status == Award.Status.HELD:
            settle(award=award)  # it waits for one thing more
        else:
            AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.HELD, reason=reason, data={"missing": [PAYMENT_DISPUTED]})


def _lift(flag: CompletionFlag, *, actor: Any, reason: str) -> None:
    flag.lifted_at, flag.lifted_by, flag.lift_reason = clock.now(), actor, reason
    flag.save(update_fields=["lifted_at", "lifted_by", "lift_reason", "updated_at"])
    record_audit(actor=actor, action="credits.lift_flag", record=flag, reason=reason, dossier=flag.dossier_id)
    for award in _awards(flag.dossier):
        AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.UNFLAGGED, actor=actor, reason=reason, data={"flag": flag.pk})
    for certificate in flag.suspended.filter(state=Certificate.State.SUSPENDED):
        resume_certificate(certificate=certificate, actor=actor, reason=reason)
    for award in _awards(flag.dossier):
        if flag.suspends and award.status == Award.Status.HELD:
            settle(award=award)
            if Award.objects.with_status().get(pk=award.pk).status == Award.Status.ACTIVE:
                request_certificate(award=award)  # the first try may have died while it was held
    follow_reviews(awards=_awards(flag.dossier), actor=actor, reason=reason)


def _tell_officers(flag: CompletionFlag) -> None:
    """Each CE officer, or the school when there is none."""
    context = {"flag": flag, "dossier": flag.dossier, "serials": list(_serials(flag.dossier))}
    officers = User.objects.filter(is_active=True, role_assignments__role=Role.CE_OFFICER).distinct()
    for officer in officers:
        send_mail_once(key=f"flag:{flag.pk}:{officer.pk}", template="credits/mail/officer_flag", context=context, recipient=officer)
    if not officers:
        send_mail_once(key=f"flag:{flag.pk}", template="credits/mail/officer_flag", context=context, to_address=settings.SCHOOL_EMAIL)


def _serials(dossier: Dossier) -> list[str]:
    return list(Certificate.objects.made().filter(award__dossier=dossier).order_by("pk").values_list("serial", flat=True))
