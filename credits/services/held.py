"""What a person tells us of themselves: the date of birth, and the credentials they hold."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from credits import days
from credits.models import BirthDate, HeldCredential
from credits.retention.holds import refuse_if_held
from credits.services.ledger import lock_person

MAX_PROOF_BYTES = 10 * 1024 * 1024
PROOF_STARTS = (b"%PDF-", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
YOUNGEST = 10  # years; below it the date is a slip of the pen


class BirthDateMistake(DomainError):
    code = "birth_date_mistake"


class CredentialMistake(DomainError):
    code = "credential_mistake"


class CredentialOnFile(DomainError):
    code = "credential_on_file"


class ProofRefused(DomainError):
    code = "proof_refused"


def keep_birth_date(*, user: Any, born_on: date) -> BirthDate:
    """Keep or correct a person's date of birth. The audit log says that it was given, never what it is."""
    today = clock.civil_date(clock.now(), user.time_zone)
    if born_on < days.FIRST or today.year - born_on.year < YOUNGEST:
        raise BirthDateMistake(_("This cannot be your date of birth. Check the year."))
    with transaction.atomic():
        lock_person(user.pk)
        row, created = BirthDate.objects.get_or_create(user=user, defaults={"born_on": born_on})
        if created or row.born_on != born_on:
            row.born_on = born_on
            row.save(update_fields=["born_on", "updated_at"])
            record_audit(actor=user, action="credits.keep_birth_date", record=user)
    return row


def purge_birth_date(*, user: Any, actor: Any, reason: str = "") -> bool:
    """Delete a person's date of birth for good. Returns whether there was one."""
    with transaction.atomic():
        lock_person(user.pk)
        refuse_if_held(user)
        deleted, _rows = BirthDate.objects.filter(user=user).delete()
        if deleted:
            record_audit(actor=actor, action="credits.purge_birth_date", record=user, reason=reason)
    return bool(deleted)


def save_credential(
    *, user: Any, credential: str, expires_on: date, begins_on: date | None = None, proof: UploadedFile | None = None, row: HeldCredential | None = None
) -> HeldCredential:
    """Put a credential on file or correct `row`. The same credential until the same day is on file once; a repeat returns it.

    Without `proof` a file that is there stays.
    """
    if begins_on and expires_on < begins_on:
        raise CredentialMistake(_("A card expires after it begins. Check both dates."))
    if not credential:
        raise CredentialMistake(_("Choose what you hold."))
    stored = _store(proof) if proof else ""
    with transaction.atomic():
        lock_person(user.pk)
        there = HeldCredential.objects.filter(user=user, credential=credential, expires_on=expires_on).first()
        if there and row and there.pk != row.pk:
            raise CredentialOnFile(_("You have this on file until the same day already. Change that line instead."))
        if row and not HeldCredential.objects.filter(pk=row.pk).exists():
            raise CredentialMistake(_("This was taken off file in the meantime. Add it again."))
        row = there or row or HeldCredential(user=user)
        row.credential, row.begins_on, row.expires_on = credential, begins_on, expires_on
        if proof and stored:
            if row.proof:
                refuse_if_held(user)
            _drop_file(row)
            row.proof.name, row.proof_name = stored, (proof.name or "proof")[:200]
        row.save()
        record_audit(actor=user, action="credits.save_credential", record=row, credential=credential)
    return row


def remove_credential(*, row: HeldCredential, actor: Any) -> None:
    """Take a credential off file, with its proof."""
    with transaction.atomic():
        lock_person(row.user_id)
        refuse_if_held(row.user)
        record_audit(actor=actor, action="credits.remove_credential", record=row, credential=row.credential)
        _drop_file(row)
        row.delete()


def _drop_file(row: HeldCredential) -> None:
    """Delete the proof that is replaced or taken away, once nothing can bring it back."""
    if row.proof:
        storage, name = row.proof.storage, str(row.proof.name)
        transaction.on_commit(lambda: storage.delete(name))


def _store(proof: UploadedFile) -> str:
    """Keep the file before the transaction, judged by its content: no network call inside one."""
    if (proof.size or 0) > MAX_PROOF_BYTES:
        raise ProofRefused(_("The file is larger than 10 MB. Save it smaller and send it again."))
    content = proof.read()
    if not content.startswith(PROOF_STARTS):
        raise ProofRefused(_("Send the proof as a PDF, or as a photo in JPEG or PNG."))
    field: Any = HeldCredential._meta.get_field("proof")
    return str(field.storage.save(field.generate_filename(None, "proof"), ContentFile(content)))
