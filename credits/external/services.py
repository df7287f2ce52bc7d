"""Typing in credit earned elsewhere, and deciding about it. Nothing is changed in place: a correction is a new version."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Role
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from credits import days
from credits.categories import category_names
from credits.external.choices import is_whole
from credits.external.closed_cycles import watched_closed_cycles
from credits.external.doubles import settle_doubles
from credits.external.files import Proof, prepared
from credits.external.rows import plain
from credits.models import Board, DeliveryMode, Dossier, ExternalCredit, ExternalEntry, ExternalProof, LegalHold, Licence, OfficerTask
from credits.retention.holds import pass_gate, refuse_if_held
from credits.selectors import school_today
from credits.services.ledger import lock_person
from credits.services.worklist import raise_task, settle_task
from credits.stored_files import delete_when_committed
from notifications.services import send_mail_once

MAX_PROOFS = 5
MAX_OPEN = 60  # that one person has waiting at once
MAX_VERSIONS = 50
REVIEW_WITHIN = timedelta(days=7)
REVIEWERS = (Role.CE_OFFICER, Role.STAFF)
Kind, Status = ExternalEntry.Kind, ExternalCredit.Status


class ExternalMistake(DomainError):
    """What was typed in can not be; the message says which field and what to do."""

    code = "external_mistake"


class ExternalOnFile(DomainError):
    code = "external_on_file"


class ExternalEnded(DomainError):
    code = "external_ended"


class NotAReviewer(DomainError):
    code = "not_a_reviewer"


class NoteNeeded(DomainError):
    code = "note_needed"


class TooManyOpen(DomainError):
    code = "too_many_open"


@dataclass(frozen=True)
class Facts:
    """What the holder says of the credit. Units are the board's own."""

    title: str
    provider_name: str
    completed_on: date
    units: Decimal
    mode: str
    provider_number: str = ""
    category_split: list[dict[str, str]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    hands_on_percent: int | None = None
    approval_board: Board | None = None
    approval_number: str = ""

    @property
    def values(self) -> dict[str, Any]:
        return dict(vars(self))


def submit_external(
    *, user: Any, board: Board, facts: Facts, proofs: Sequence[UploadedFile] = (), keep: Iterable[ExternalProof] = (), note: str = ""
) -> ExternalCredit:
    """Put a credit earned elsewhere on record, pending until somebody at the school accepts its proof.

    `keep` are proofs already on file that prove this too. The same facts again return what is waiting or accepted.
    """
    with _stored(proofs) as sent, transaction.atomic():
        lock_person(user.pk)
        if twin := _twin(user, board, facts):
            return twin
        if not Licence.objects.visible_to(user).on_file().filter(board=board).exists():
            raise ExternalMistake(_("You have no licence of that board on file. Put the licence on file first."))
        _check(user, facts)
        if ExternalCredit.objects.visible_to(user).with_status_of(Status.WAITING, Status.ASKED).count() >= MAX_OPEN:
            raise TooManyOpen(_("%(count)s of your credits wait for review. Send more once some are decided.") % {"count": MAX_OPEN})
        return _write(user=user, board=board, key=uuid.uuid4(), facts=facts, files=sent, keep=keep, note=note, old=None)


def correct_external(
    *, credit: ExternalCredit, actor: Any, facts: Facts, proofs: Sequence[UploadedFile] = (), keep: Iterable[ExternalProof] | None = None, note: str = ""
) -> ExternalCredit:
    """Send a new version of one's own credit, or the answer to a question about it. It waits for review again.

    Proofs of the version before stay unless `keep` says which of them do. A version that says nothing new returns `credit`.
    """
    with _stored(proofs) as sent, transaction.atomic():
        credit = _locked(credit)
        _refuse_ended(credit)
        files = list(credit.proofs.all())
        kept = files if keep is None else [proof for proof in files if proof in set(keep)]
        is_same = all(getattr(credit, name) == value for name, value in facts.values.items())
        if is_same and not sent.files and not note and kept == files:
            return credit
        if credit.version >= MAX_VERSIONS:
            raise ExternalMistake(_("This was corrected too often. Withdraw it and type it in anew."))
        twin = _twin(credit.user, credit.board, facts)
        if twin and twin.key != credit.key:
            raise ExternalOnFile(_("You have this on record already: the same board, day and title. Change that one instead."))
        _check(credit.user, facts)
        with watched_closed_cycles(credit):
            return _write(user=credit.user, board=credit.board, key=credit.key, facts=facts, files=sent, keep=kept, note=note, old=credit)


def withdraw_external(*, credit: ExternalCredit, actor: Any) -> ExternalCredit:
    """Take one's own credit off the record. Its proofs go too, unless it was accepted once, they prove something else or a hold keeps them."""
    with transaction.atomic():
        credit = _locked(credit)
        if credit.status == Status.WITHDRAWN:
            return credit
        _refuse_ended(credit)
        with watched_closed_cycles(credit):
            _enter(credit, Kind.WITHDRAWN, actor)
        settle_task(key=task_key(credit), note=_("The holder withdrew it."))
        settle_doubles(credit=credit, note=_("The holder withdrew it."))
        pass_gate()
        is_held = LegalHold.objects.on_person(credit.user).exists() or LegalHold.objects.standing().filter(board=credit.board_id).exists()
        if not is_held and not ExternalEntry.objects.filter(credit__key=credit.key, kind=Kind.ACCEPTED).exists():
            for proof in ExternalProof.objects.filter(credits__key=credit.key, purged_at__isnull=True).distinct():
                if not _still_needed(proof):
                    purge_proof(proof=proof, actor=actor, reason=_("Withdrawn by its holder before it was ever accepted."))
        return _fresh(credit)


def review_external(*, credit: ExternalCredit, reviewer: Any, decision: str, note: str = "") -> ExternalCredit:
    """Accept, refuse or ask about the newest version. The holder is told by mail. The same decision again changes nothing.

    A decision may be taken back by another one. Raises NotAReviewer, NoteNeeded, ExternalEnded.
    """
    decision, note = Kind(decision), note.strip()
    if not reviewer.has_role(*REVIEWERS):
        raise NotAReviewer(_("Only staff and CE officers decide about this. Ask one of them."))
    if reviewer.pk == credit.user_id:
        raise NotAReviewer(_("This is your own credit. Somebody else at the school has to look at it."))
    if decision not in (Kind.ACCEPTED, Kind.REFUSED, Kind.ASKED):
        raise ExternalMistake(_("Choose to accept it, not to accept it, or to ask for more."))
    if not note and decision != Kind.ACCEPTED:
        raise NoteNeeded(_("Write what the holder should know: what is wrong, or what is missing."))
    with transaction.atomic():
        credit = _locked(credit)
        last = credit.last_entry
        if last and (last.kind, last.note) == (decision, note):
            return credit
        _refuse_ended(credit)
        if decision == Kind.ACCEPTED:
            _refuse_second(credit)
        with watched_closed_cycles(credit):
            entry = _enter(credit, decision, reviewer, note)
        settle_task(key=task_key(credit), note=str(entry.get_kind_display()))
        settle_doubles(credit=credit, note=str(entry.get_kind_display()))
        context = {"credit": credit, "entry": entry, "status": ExternalEntry.STATUS_AFTER[decision]}
        send_mail_once(key=f"external-entry:{entry.pk}", template="credits/mail/external_reviewed", context=context, recipient=credit.user)
        return _fresh(credit)


def purge_proof(*, proof: ExternalProof, actor: Any, reason: str) -> ExternalProof:
    """Delete the file of a proof for good; its hash and size stay. Calling it again changes nothing. Raises UnderHold."""
    with transaction.atomic():
        pass_gate()
        proof = ExternalProof.objects.select_for_update().get(pk=proof.pk)
        if proof.purged_at:
            return proof
        refuse_if_held(proof.user)
        delete_when_committed(str(proof.file.name))
        proof.file, proof.name, proof.purged_at = "", "", clock.now()
        proof.save(update_fields=["file", "name", "purged_at", "updated_at"])
        record_audit(actor=actor, action="credits.purge_external_proof", record=proof, reason=reason)
    return proof


def task_key(credit: ExternalCredit) -> str:
    return f"external-credit:{credit.pk}"


def _still_needed(proof: ExternalProof) -> bool:
    """Whether a credit that stands, or was accepted once, rests on the proof."""
    accepted = ExternalEntry.objects.filter(credit__proofs=proof, kind=Kind.ACCEPTED).exists()
    ended = (Kind.WITHDRAWN, Kind.SUPERSEDED)
    return accepted or proof.credits.exclude(entries__kind__in=ended).exists()


def _locked(credit: ExternalCredit) -> ExternalCredit:
    """The credit afresh, with its person locked: one writer at a time."""
    lock_person(credit.user_id)
    return _fresh(credit)


def _fresh(credit: ExternalCredit) -> ExternalCredit:
    return ExternalCredit.objects.for_lists().get(pk=credit.pk)


def _refuse_ended(credit: ExternalCredit) -> None:
    if credit.status == Status.SUPERSEDED:
        raise ExternalEnded(_("A newer version was sent in meanwhile. Look at that one."))
    if credit.status == Status.WITHDRAWN:
        raise ExternalEnded(_("This was withdrawn. Type it in anew if it should count after all."))


def _enter(credit: ExternalCredit, kind: ExternalEntry.Kind, actor: Any, note: str = "") -> ExternalEntry:
    entry = ExternalEntry.objects.create(credit=credit, kind=kind, actor=actor, note=note)
    record_audit(actor=actor, action=f"credits.external_{kind}", record=credit, reason=note)
    return entry


def _twin(user: Any, board: Board, facts: Facts | ExternalCredit, *statuses: str) -> ExternalCredit | None:
    """Another that the person has on record of the same board, day, title and provider; without `statuses`, neither withdrawn nor refused."""
    standing = ExternalCredit.objects.visible_to(user).with_status_of(*(statuses or (Status.WAITING, Status.ASKED, Status.ACCEPTED)))
    same_day = standing.filter(board=board, completed_on=facts.completed_on)
    own = facts.key if isinstance(facts, ExternalCredit) else None
    said = (plain(facts.title), plain(facts.provider_name))
    return next((row for row in same_day if (plain(row.title), plain(row.provider_name)) == said and row.key != own), None)


def _refuse_second(credit: ExternalCredit) -> None:
    """One that was refused may have been sent in again and accepted since: taking the refusal back would count it twice."""
    if _twin(credit.user, credit.board, credit, Status.ACCEPTED):
        raise ExternalOnFile(_("The same is accepted already, sent in another time. It counts once: leave this one as it is."))


def _check(user: Any, facts: Facts) -> None:
    today = clock.civil_date(clock.now(), user.time_zone)
    if not days.FIRST <= facts.completed_on <= today:
        raise ExternalMistake(_("Give the day you completed it. It can not be later than today."))
    if facts.units <= 0:
        raise ExternalMistake(_("Give how much it earned, as the certificate says."))
    if facts.mode not in DeliveryMode.values:
        raise ExternalMistake(_("Choose how it was taught."))
    if any(part["category"] not in category_names() or is_whole(part["category"]) for part in facts.category_split):
        raise ExternalMistake(_("Choose the topics from those the boards’ rules know."))
    if any(label not in category_names() or not is_whole(label) for label in facts.labels):
        raise ExternalMistake(_("Choose what holds for it from what the boards’ rules know."))
    if any(Decimal(part["units"]) <= 0 for part in facts.category_split) or sum(Decimal(part["units"]) for part in facts.category_split) > facts.units:
        raise ExternalMistake(_("The topics add up to more than the whole. Give each only its part."))
    ours = Dossier.objects.visible_to(user).filter(completed_on=facts.completed_on).select_related("activity")
    if any(plain(dossier.activity.title) == plain(facts.title) for dossier in ours):
        day = date_format(facts.completed_on, "F j, Y")
        raise ExternalOnFile(_("You completed this with us on %(day)s: it is on your record by itself, and counts once.") % {"day": day})


def _write(
    *, user: Any, board: Board, key: uuid.UUID, facts: Facts, files: _Sent, keep: Iterable[ExternalProof], note: str, old: ExternalCredit | None
) -> ExternalCredit:
    kept = [proof for proof in keep if proof.user_id == user.pk and proof.purged_at is None]
    if not 0 < len(kept) + len(files.files) <= MAX_PROOFS:
        raise ExternalMistake(
            _("Send the proof: the certificate as a PDF or a photo of it.")
            if not kept and not files.files
            else _("Send at most %(count)s files for one credit. Put several pages into one PDF.") % {"count": MAX_PROOFS}
        )
    version = old.version + 1 if old else 1
    credit = ExternalCredit.objects.create(
        user=user, board=board, key=key, version=version, supersedes=old, unit_printed=board.unit_printed or board.unit_plural, **facts.values
    )
    credit.proofs.set({proof.pk for proof in kept} | {proof.pk for proof in files.rows(user)})
    if old:
        _enter(old, Kind.SUPERSEDED, user)
        settle_task(key=task_key(old), note=_("The holder sent a newer version."))
        settle_doubles(credit=old, note=_("The holder sent a newer version."))
    _enter(credit, Kind.SUBMITTED, user, note.strip())
    raise_task(
        kind=OfficerTask.Kind.EXTERNAL_REVIEW,
        key=task_key(credit),
        title=_("%(title)s, for %(board)s") % {"title": credit.title, "board": board.name},
        detail=_("%(units)s %(unit)s earned elsewhere. Look at the proof and accept it, ask for more, or say why not.")
        % {"units": credit.units_shown, "unit": credit.unit_printed},
        address=reverse("credits_desk:external_review", args=[credit.pk]),
        due_on=school_today() + REVIEW_WITHIN,
    )
    return credit


@dataclass
class _Sent:
    """Files that are in storage already, and become rows, or are taken out again."""

    files: list[tuple[Proof, str]]
    used: set[str] = field(default_factory=set)

    def rows(self, user: Any) -> Iterator[ExternalProof]:
        """One row per content: what the person sent before is not kept twice. Expects the person locked."""
        for proof, stored in self.files:
            digest = proof.sha256
            row = ExternalProof.objects.filter(user=user, sha256=digest, purged_at__isnull=True).first()
            if row is None:
                self.used.add(stored)
                row = ExternalProof(user=user, name=proof.name, media_type=proof.media_type, size_bytes=len(proof.content), sha256=digest)
                row.file.name = stored
                row.save()
            yield row


@contextmanager
def _stored(uploads: Sequence[UploadedFile]) -> Iterator[_Sent]:
    """Judge the files and keep them before the transaction: no network call inside one. What no row names in the end is deleted."""
    if len(uploads) > MAX_PROOFS:
        raise ExternalMistake(_("Send at most %(count)s files for one credit. Put several pages into one PDF.") % {"count": MAX_PROOFS})
    proofs = [prepared(upload) for upload in uploads]
    file_field: Any = ExternalProof._meta.get_field("file")
    sent = _Sent([])
    try:
        for proof in proofs:
            sent.files.append((proof, str(file_field.storage.save(file_field.generate_filename(None, "proof"), ContentFile(proof.content)))))
        yield sent
    except BaseException:
        sent.used.clear()
        raise
    finally:
        for _proof, stored in sent.files:
            if stored not in sent.used:
                file_field.storage.delete(stored)
