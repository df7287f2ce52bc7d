"""The only module that writes the ledger: an award with its holder and first entry, and every later entry."""

from __future__ import annotations

from datetime import date
from typing import Any

from accounts.models import User
from core.jobs import enqueue
from credits import tasks  # noqa: F401  registers the job kinds
from credits.attended import delivered_facts
from credits.award_facts import frozen_facts, taught_by
from credits.batch.snapshots import mark_stale
from credits.external.doubles import note_doubles
from credits.held_awards import LEGAL_NAME_MISSING, LICENCE_NUMBER_MISSING, PAYMENT_DISPUTED
from credits.models import Accreditation, Award, AwardEntry, AwardHolder, Board, ClosedCycle, Dossier, Licence, is_suspended
from credits.services.closed_cycles import closed_cycles_now, note_closed_cycles
from notifications.services import send_mail_once

PRINTED_FACTS = (
    "title", "units", "unit_printed", "category_split", "mode", "contact_minutes", "approval_number", "provider_number", "provider_name",
    "board_name", "approval_board_name", "instructor_name", "instructor_credentials",
)  # fmt: skip


def lock_person(person_id: int) -> None:
    """One writer of a person's credit at a time: awards, claims, licences and names. Once it is committed, their standings are worked out anew.

    Foreign keys are checked at commit, so rows just written lock nothing; without this an award written while its
    licence number or the legal name arrives would stay held.
    """
    User.objects.select_for_update(no_key=True).get(pk=person_id)
    mark_stale(person_id=person_id)


def plain_key(dossier: Dossier) -> str:
    return f"dossier:{dossier.pk}:plain"


def claim_key(dossier: Dossier, accreditation: Accreditation, licence: Licence | None) -> str:
    return f"dossier:{dossier.pk}:accreditation:{accreditation.pk}:licence:{licence.pk if licence else 'none'}"


def write_award(
    *,
    key: str,
    dossier: Dossier,
    board: Board | None,
    accreditation: Accreditation | None,
    licence: Licence | None,
    completed_on: date,
    trace: dict[str, Any],
    origin: str = Award.Origin.COMPLETION,
    supersedes: Award | None = None,
    holder: dict[str, str] | None = None,
    frozen: dict[str, Any] | None = None,
    actor: Any = None,
    reason: str = "",
) -> Award:
    """Write one award with its holder and its first entry, and settle whether it can be certified.

    `frozen` is what an earlier version printed, for one that keeps it. A key already written with the same version returns
    that award. The caller holds the lock on the person.
    """
    version = supersedes.version + 1 if supersedes else 1
    award, created = Award.objects.get_or_create(
        key=key,
        version=version,
        defaults={
            "supersedes": supersedes,
            "dossier": dossier,
            "board": board,
            "accreditation": accreditation,
            "licence": licence,
            "origin": origin,
            "completed_on": completed_on,
            "trace": trace,
            **(frozen or frozen_facts(dossier.activity, accreditation, board) | taught_by(dossier) | delivered_facts(dossier.facts, accreditation)),
        },
    )
    if created:
        AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.ISSUED, actor=actor, reason=reason, data={"origin": origin})
        AwardHolder.objects.create(award=award, user=dossier.user, **(holder or {}))
        settle(award=award, is_new=True)
        if supersedes is None:
            note_doubles(award=award)
    return award


def settle(*, award: Award, is_new: bool = False) -> None:
    """Hold a new award while something its certificate needs is missing; release it and have the certificate made when nothing is.

    An award that was once released is never held again: its certificate exists. Safe to call at any time and any number of
    times. The caller holds the lock on the person.
    """
    if award.is_original:
        return  # its paper exists since before this system
    holder = AwardHolder.objects.get(award=award)
    holder.award = award  # the caller's award shows this holder, not the one it was created with
    status = AwardEntry.STATUS_AFTER[AwardEntry.Kind(_last_entry(award).kind)]
    if holder.purged_at or not (is_new or status == Award.Status.HELD):
        return
    _complete(holder, award)
    missing = _missing(holder, award)
    if missing:
        last = _last_entry(award)
        if status != Award.Status.HELD or last.data.get("missing") != missing:
            entry = AwardEntry.objects.create(award=award, kind=AwardEntry.Kind.HELD, data={"missing": missing})
            _ask(award, holder, entry, missing)
        return
    if status == Award.Status.HELD:
        hold_or_release(award=award, kind=AwardEntry.Kind.RELEASED)
    enqueue("credits.issue_certificate", key=f"certificate:{award.pk}", args={"award": award.pk})


def hold_or_release(*, award: Award, kind: AwardEntry.Kind, actor: Any = None, reason: str = "", data: dict[str, Any] | None = None) -> AwardEntry:
    """Write that an award is held from now on, or counts again. Closed cycles it reaches are brought before a person.

    The caller holds the lock on the person.
    """
    before = closed_cycles_now(award=award, since=award.completed_on)
    entry = AwardEntry.objects.create(award=award, kind=kind, actor=actor, reason=reason, data=data or {})
    cause = ClosedCycle.Cause.HELD if kind in (AwardEntry.Kind.HELD, AwardEntry.Kind.SUSPENDED) else ClosedCycle.Cause.RELEASED
    note_closed_cycles(award=award, before=before, since=award.completed_on, cause=cause)
    return entry


def _last_entry(award: Award) -> AwardEntry:
    return award.entries.deciding().order_by("-pk")[0]


def _complete(holder: AwardHolder, award: Award) -> None:
    """Fill what the holder's record lacks from what the person has confirmed since."""
    user = holder.user
    if user is None:
        return
    filled: list[str] = []
    name = user.legal_names.filter(replaced_at__isnull=True).first() if not holder.legal_name_printed else None
    if name:
        holder.legal_name_printed = name.printed
        filled.append("legal_name_printed")
    if award.board_id and not holder.licence_number:
        licences = Licence.objects.filter(pk=award.licence_id) if award.licence_id else Licence.objects.filter(user=user, board_id=award.board_id)
        licence = licences.exclude(number="").order_by("pk").first()
        if licence:
            holder.licence_number, holder.licence_jurisdiction = licence.number, licence.jurisdiction
            filled += ["licence_number", "licence_jurisdiction"]
    if filled:
        holder.save(update_fields=[*filled, "updated_at"])


def _missing(holder: AwardHolder, award: Award) -> list[str]:
    missing = []
    if not holder.legal_name_printed:
        missing.append(LEGAL_NAME_MISSING)
    concerned = [board for board in (award.board, award.accreditation.board if award.accreditation else None) if board]
    if not holder.licence_number and any(board.needs_licence_number for board in concerned):
        missing.append(LICENCE_NUMBER_MISSING)
    if is_suspended(award.dossier_id):
        missing.append(PAYMENT_DISPUTED)
    return missing


def _ask(award: Award, holder: AwardHolder, entry: AwardEntry, missing: list[str]) -> None:
    if set(missing) <= {PAYMENT_DISPUTED}:  # the learner can give nothing; whoever took the money writes to them
        return
    send_mail_once(
        key=f"award:{award.pk}:held:{entry.pk}",
        template="credits/mail/award_held",
        context={"award": award, "needs_name": LEGAL_NAME_MISSING in missing, "needs_number": LICENCE_NUMBER_MISSING in missing},
        recipient=holder.user,
    )
