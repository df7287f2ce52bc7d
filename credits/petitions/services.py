"""Asking for a petition pack, making it in the background, handing it out, removing it when its time is over."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from credits.attended import is_partial
from credits.certificates.services import issue_certificate, stored_pdf
from credits.models import Award, Board, Certificate, Dossier, PetitionPack, is_suspended
from credits.petitions import jobs  # noqa: F401  registers the job kinds
from credits.petitions.answers import answers_of
from credits.petitions.book import petition_book
from credits.petitions.making import make_files
from credits.petitions.selectors import approvals_on, refusal_of
from credits.services.awards import provider_award
from credits.services.ledger import lock_person
from notifications.services import send_mail_once

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=90)
FORGOTTEN_AFTER = timedelta(days=365)
MAX_WORDS = 3000


class PetitionRefused(DomainError):
    code = "petition_refused"


class PetitionNotReady(DomainError):
    code = "petition_not_ready"


def request_petition(*, dossier: Dossier, board: Board, words: str = "") -> PetitionPack:
    """Have a pack made with which the learner asks `board` to count the completion.

    The same request returns the same pack; other words, or a pack that failed or whose file went, have it made again. The school's own
    certificate is issued for the completion if it was not. Raises PetitionRefused with what stands in the way and what to do.
    """
    words = words.strip()
    if len(words) > MAX_WORDS:
        raise PetitionRefused(_("Your own words are longer than %(n)s characters. Shorten them.") % {"n": MAX_WORDS})
    with transaction.atomic():
        lock_person(dossier.user_id)
        dossier = Dossier.objects.select_related("activity", "user").get(pk=dossier.pk)
        existing = PetitionPack.objects.select_for_update().filter(dossier=dossier, board=board).first()
        if existing and existing.words == words and (existing.is_open or existing.is_ready):
            return existing
        _check(dossier, board)
        provider_award(dossier=dossier)
        pack = existing or PetitionPack(dossier=dossier, board=board)
        pack.words, pack.state, pack.failure, pack.making = words, PetitionPack.State.WAITING, "", pack.making + 1 if existing else 1
        pack.save()
        pack.job = enqueue("credits.make_petition", key=f"petition:{pack.pk}:{pack.making}", args={"pack": pack.pk, "making": pack.making})
        pack.save(update_fields=["job", "updated_at"])
        record_audit(actor=dossier.user, action="credits.request_petition", record=pack, board=board.code)
    return pack


def _check(dossier: Dossier, board: Board) -> None:
    if Award.objects.current().filter(dossier=dossier, board=board).exists():
        raise PetitionRefused(_("%(board)s has this completion already, by an approval. No petition is needed.") % {"board": board.name})
    if is_partial(dossier.facts):
        raise PetitionRefused(_("You attended a part of it, so there is no certificate to petition with."))
    if not dossier.user.licences.on_file().filter(board=board).exists():
        raise PetitionRefused(_("Put your licence or certification of %(board)s on file first; the petition is for it.") % {"board": board.name})
    if refusal := refusal_of(petition_book().of(board.code), dossier):
        raise PetitionRefused(refusal)
    if dossier.user.legal_name is None:
        raise PetitionRefused(_("Confirm your legal name first: the certificate in the pack prints it."), code="legal_name_missing")
    own = dossier.awards.filter(board__isnull=True)
    if own.exists() and not Award.objects.current().filter(pk__in=own).exists():
        raise PetitionRefused(_("The school’s certificate for this completion was revoked, so there is nothing to petition with. Ask the school why."))
    if is_suspended(dossier.pk):
        raise PetitionRefused(_("What this completion earned is held for review while a payment is looked into. Try again when that is settled."))
    if Certificate.objects.filter(award__dossier=dossier, state=Certificate.State.SUSPENDED).exists():
        raise PetitionRefused(_("The school looks into a certificate of this completion, so its credit is held for review. Try again when that is settled."))


def make_petition(*, pack: PetitionPack, making: int, report: Callable[[int, str], None] = lambda progress, stage: None) -> PetitionPack:
    """Make the file and say that it is ready. Killed anywhere, it begins anew; run twice, it is made once; a later request replaces it."""
    pack = PetitionPack.objects.for_pages().get(pk=pack.pk)
    if not pack.is_open or pack.making != making:
        return pack
    PetitionPack.objects.filter(pk=pack.pk, making=making, state=PetitionPack.State.WAITING).update(state=PetitionPack.State.MAKING, updated_at=clock.now())
    report(5, _("Fetching the certificate"))
    try:
        certificate = _certificate(pack.dossier)
    except DomainError as refusal:
        return _failed(pack, making, refusal.message)
    made_at = clock.now().replace(microsecond=0)
    answers = answers_of(dossier=pack.dossier, board=pack.board, approvals=approvals_on(pack.dossier), words=pack.words)
    made = make_files(pack=pack, body=petition_book().of(pack.board.code), answers=answers, certificate=certificate, made_at=made_at, report=report)
    digest = hashlib.sha256(made.content).hexdigest()
    report(95, _("Storing"))
    stored = default_storage.save(f"petitions/{pack.uuid}/{digest[:16]}.zip", ContentFile(made.content))
    try:
        with transaction.atomic():
            row = PetitionPack.objects.select_for_update(of=("self",)).select_related("dossier__activity", "dossier__user", "board").get(pk=pack.pk)
            if not row.is_open or row.making != making:  # a twin was first, or other words were asked for meanwhile
                transaction.on_commit(lambda: default_storage.delete(stored))
                return row
            before = row.file_key
            row.state, row.made_at, row.expires_at, row.failure = PetitionPack.State.READY, made_at, clock.now() + KEPT_FOR, ""
            row.file_key, row.size_bytes, row.sha256, row.missing = stored, len(made.content), digest, made.missing
            row.save()
            if before and before != stored:
                transaction.on_commit(lambda: default_storage.delete(before))
            context = {"pack": row, "days": KEPT_FOR.days}
            send_mail_once(key=f"petition:{row.pk}:{making}", template="credits/mail/petition_ready", context=context, recipient=row.dossier.user)
    except BaseException:
        with suppress(OSError):
            default_storage.delete(stored)
        raise
    return row


def _certificate(dossier: Dossier) -> bytes:
    """The school's own certificate for the completion, as issued; made now when it is not there yet."""
    with transaction.atomic():
        lock_person(dossier.user_id)
        award = provider_award(dossier=dossier)
    return stored_pdf(issue_certificate(award=award))


def _failed(pack: PetitionPack, making: int, sentence: str) -> PetitionPack:
    PetitionPack.objects.filter(pk=pack.pk, making=making, state__in=[PetitionPack.State.WAITING, PetitionPack.State.MAKING]).update(
        state=PetitionPack.State.FAILED, failure=sentence, updated_at=clock.now()
    )
    pack.refresh_from_db()
    return pack


def note_failure(*, pack: PetitionPack, making: int, error: str) -> None:
    """Put a sentence on a pack whose job died."""
    logger.error("Petition %s could not be made: %s", pack.pk, error.strip().splitlines()[-1] if error.strip() else "unknown")
    _failed(pack, making, _("The pack could not be made because of a fault on our side. Staff see it among the dead jobs. Try again; your words are kept."))


def petition_file(*, pack: PetitionPack) -> bytes:
    """The ZIP. Raises PetitionNotReady when there is none to be had."""
    if not pack.is_ready:
        raise PetitionNotReady(_("This pack has no file now. Have it made again, then download it."))
    with default_storage.open(pack.file_key, "rb") as file:
        return bytes(file.read())


def remove_overdue() -> int:
    """Remove the files of every pack whose time is over; returns how many. What nobody asked for again in a year goes with its words."""
    PetitionPack.objects.forgotten(clock.now() - FORGOTTEN_AFTER).delete()
    return sum(_remove(pack) for pack in PetitionPack.objects.overdue(clock.now()))


def _remove(pack: PetitionPack) -> bool:
    with transaction.atomic():
        row = PetitionPack.objects.select_for_update().get(pk=pack.pk)
        if row.state != PetitionPack.State.READY:
            return False
        name = row.file_key
        row.state, row.file_key = PetitionPack.State.REMOVED, ""
        row.save(update_fields=["state", "file_key", "updated_at"])
        record_audit(actor=None, action="credits.remove_petition", record=row, reason=_("Its time was over."))
        transaction.on_commit(lambda: default_storage.delete(name))
    return True
