"""Issuing certificates, and what may happen to them afterwards.

Issuing is one path with a commit after each step, so that a crash anywhere is continued, never repeated:
reserve serial, token and status place → set and sign → freeze the bytes in the row (the first to do so wins) →
write them to storage under a name made of their hash, read them back → mark issued and write the mail.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue, retry
from core.models import Job
from credits.certificates import tasks  # noqa: F401  registers the job kind
from credits.certificates.codes import new_serial, new_token
from credits.certificates.credential import credential_jwt
from credits.certificates.keys import signing_key
from credits.certificates.names import search_words
from credits.certificates.render import engine, render_pdf, sha256
from credits.certificates.sheet import sheet_of
from credits.certificates.signature import sign_pdf
from credits.certificates.snapshot import snapshot_of
from credits.certificates.status import free_place
from credits.models import Award, Certificate, RevocationReason
from credits.stored_files import delete_when_committed
from notifications.services import send_mail_once

logger = logging.getLogger(__name__)


class AwardNotCertifiable(DomainError):
    """The award is held, replaced or revoked: nothing is to be made from it."""

    code = "award_not_certifiable"


class CertificateFinal(DomainError):
    """The certificate is in a state that allows no such change."""

    code = "certificate_final"


class StoredFileDamaged(RuntimeError):
    """Storage does not hold the bytes that were issued."""


def request_certificate(*, award: Award) -> Job:
    """Have the award's certificate made in the background; a failed attempt is tried again."""
    with transaction.atomic():
        row = enqueue("credits.issue_certificate", key=f"certificate:{award.pk}", args={"award": award.pk})
        if row.state == Job.State.DEAD:
            retry(row)
    return row


def issue_certificate(*, award: Award) -> Certificate:
    """The award's certificate, made now unless it was made before. Continues where a crashed attempt stopped.

    Raises AwardNotCertifiable, or a DomainError that says what is missing; that sentence is also kept on the row.
    """
    certificate = _reserve(award)
    if certificate.is_made:
        return certificate
    if not certificate.sha256:
        try:
            certificate = _make(certificate)
        except DomainError as refusal:
            Certificate.objects.filter(pk=certificate.pk, sha256="").update(failure=refusal.message, updated_at=clock.now())
            raise
    store_bytes(certificate)
    return _finish(certificate)


def note_failure(*, award: Award, error: str) -> None:
    """Put a sentence on a certificate whose job died, unless it has one."""
    sentence = _("The certificate could not be made because of a fault on our side. We have been told and will repair it.")
    logger.error("No certificate for award %s: %s", award.pk, error.strip().splitlines()[-1] if error.strip() else "unknown")
    Certificate.objects.filter(award=award, state=Certificate.State.PENDING, failure="").update(failure=sentence, updated_at=clock.now())


def supersede_certificate(*, old: Certificate, award: Award) -> Job:
    """Have a new version made from `award`, the correction of `old`'s award. `old` is replaced at the moment the new one is issued."""
    if award.supersedes_id != old.award_id:
        raise ValueError(f"Award {award.pk} does not correct award {old.award_id}.")
    return request_certificate(award=award)


def revoke_certificate(*, certificate: Certificate, reason_class: str, at: datetime | None = None, actor: Any = None) -> Certificate:
    """Revoke for good. Calling it again changes nothing; a replaced certificate stays replaced."""
    reason = RevocationReason(reason_class)
    with transaction.atomic():
        row = Certificate.objects.select_for_update().get(pk=certificate.pk)
        if row.state in (Certificate.State.REVOKED, Certificate.State.SUPERSEDED):
            return row
        row.state, row.revoked_at, row.reason_class, row.staged = Certificate.State.REVOKED, at or clock.now(), reason, None
        row.save(update_fields=["state", "revoked_at", "reason_class", "staged", "updated_at"])
        record_audit(actor=actor, action="credits.revoke_certificate", record=row, reason_class=str(reason))
    return row


def suspend_certificate(*, certificate: Certificate, actor: Any, reason: str) -> Certificate:
    """Say publicly that the certificate is under review. Calling it again changes nothing.

    The caller sees to the award: `credits.services.reviews`.
    """
    with transaction.atomic():
        row = Certificate.objects.select_for_update().get(pk=certificate.pk)
        if row.state == Certificate.State.SUSPENDED:
            return row
        if row.state != Certificate.State.ISSUED:
            raise CertificateFinal(_("Only a valid certificate can be suspended; this one is: %(state)s.") % {"state": row.get_state_display().lower()})
        row.state, row.suspended_at = Certificate.State.SUSPENDED, clock.now()
        row.save(update_fields=["state", "suspended_at", "updated_at"])
        record_audit(actor=actor, action="credits.suspend_certificate", record=row, reason=reason)
    return row


def resume_certificate(*, certificate: Certificate, actor: Any, reason: str) -> Certificate:
    """End a suspension. Calling it again changes nothing. The caller sees to the award, as in `suspend_certificate`."""
    with transaction.atomic():
        row = Certificate.objects.select_for_update().get(pk=certificate.pk)
        if row.state == Certificate.State.ISSUED:
            return row
        if row.state != Certificate.State.SUSPENDED:
            raise CertificateFinal(_("Only a suspended certificate can be resumed; this one is: %(state)s.") % {"state": row.get_state_display().lower()})
        row.state, row.suspended_at = Certificate.State.ISSUED, None
        row.save(update_fields=["state", "suspended_at", "updated_at"])
        record_audit(actor=actor, action="credits.resume_certificate", record=row, reason=reason)
    return row


def set_status_only(*, certificate: Certificate, is_status_only: bool, actor: Any) -> Certificate:
    """Whether the public page shows the certificate's facts or only whether it is valid."""
    with transaction.atomic():
        row = Certificate.objects.select_for_update().get(pk=certificate.pk)
        if row.is_status_only != is_status_only:
            row.is_status_only = is_status_only
            row.save(update_fields=["is_status_only", "updated_at"])
            record_audit(actor=actor, action="credits.set_certificate_page", record=row, is_status_only=is_status_only)
    return row


def purge_certificate(*, certificate: Certificate, actor: Any, reason: str) -> Certificate:
    """Remove the personal data of an ended retention: facts, credential and file go, the row with its hash and status stays."""
    with transaction.atomic():
        row = Certificate.objects.select_for_update().get(pk=certificate.pk)
        if row.purged_at:
            return row
        row.snapshot, row.search_name, row.credential_jwt, row.staged, row.purged_at = {}, "", "", None, clock.now()
        row.save(update_fields=["snapshot", "search_name", "credential_jwt", "staged", "purged_at", "updated_at"])
        record_audit(actor=actor, action="credits.purge_certificate", record=row, reason=reason)
        delete_when_committed(row.file_key)
    return row


def stored_pdf(certificate: Certificate) -> bytes:
    """The issued bytes. Raises StoredFileDamaged when storage holds others, or none."""
    try:
        with default_storage.open(certificate.file_key, "rb") as file:
            data = bytes(file.read())
    except OSError as error:
        raise StoredFileDamaged(f"{certificate.file_key} cannot be read: {error}") from error
    if sha256(data) != certificate.sha256:
        raise StoredFileDamaged(f"{certificate.file_key} does not have the SHA-256 that was issued.")
    return data


def render_again(certificate: Certificate) -> bytes:
    """For audits only: the unsigned page from the frozen facts. Its SHA-256 is `unsigned_sha256` under the same engine."""
    return render_pdf(
        sheet=sheet_of(certificate.snapshot), credential=certificate.credential_jwt, made_at=datetime.fromisoformat(certificate.snapshot["issued_at"])
    )


def _reserve(award: Award) -> Certificate:
    """The row that holds serial, token and status place; made once for each award."""
    existing = Certificate.objects.select_related("supersedes").filter(award=award).first()
    if existing and existing.is_made:
        return existing
    if award.status != Award.Status.ACTIVE:
        raise AwardNotCertifiable(_("This award is %(status)s; no certificate is made from it.") % {"status": award.status_label.lower()})
    if award.is_original:
        raise AwardNotCertifiable(_("Its certificate was issued before this system; no other is made. Correct the award if a new one is due."))
    if existing:
        return existing
    old = Certificate.objects.filter(award=award.supersedes_id).first() if award.supersedes_id else None
    for _attempt in range(20):
        status_list, index = free_place()
        values = {"version": award.version, "supersedes": old, "serial": new_serial(), "token": new_token()}
        try:
            with transaction.atomic():
                return Certificate.objects.create(award=award, status_list=status_list, status_list_index=index, **values)
        except IntegrityError:  # a twin was first, or a random value is taken
            twin = Certificate.objects.select_related("supersedes").filter(award=award).first()
            if twin:
                return twin
    raise RuntimeError("No free serial, token or status place was found in twenty tries.")


def _make(certificate: Certificate) -> Certificate:
    """Set, sign and freeze. Of two at once the first commit wins, and the other's bytes are thrown away."""
    award = Award.objects.select_related("dossier", "board", "accreditation__board", "holder").get(pk=certificate.award_id)
    issued_at = clock.now().replace(microsecond=0)
    key = signing_key()
    snapshot = snapshot_of(award, certificate=certificate, issued_at=issued_at)
    jwt = credential_jwt(snapshot=snapshot, certificate=certificate, list_number=certificate.status_list.number, issued_at=issued_at, key=key)
    unsigned = render_pdf(sheet=sheet_of(snapshot), credential=jwt, made_at=issued_at)
    pdf = sign_pdf(unsigned, key=key, school=snapshot["provider_name"])
    with transaction.atomic():
        row = Certificate.objects.select_for_update().get(pk=certificate.pk)
        if row.sha256 or row.state != Certificate.State.PENDING:
            return row
        digest = sha256(pdf)
        row.snapshot, row.engine, row.search_name = snapshot, engine(), search_words(snapshot["name"])
        row.credential_jwt, row.signing_key = jwt, key.row
        row.unsigned_sha256, row.sha256, row.size_bytes, row.staged = sha256(unsigned), digest, len(pdf), pdf
        row.file_key = f"certificates/{issued_at:%Y}/{row.serial}-{digest[:16]}.pdf"
        row.issued_at, row.failure = issued_at, ""
        row.save(update_fields=list(_FROZEN_WITH_BYTES))
    return row


_FROZEN_WITH_BYTES = (
    "snapshot", "engine", "search_name", "credential_jwt", "signing_key", "unsigned_sha256", "sha256", "size_bytes", "staged", "file_key",
    "issued_at", "failure", "updated_at",
)  # fmt: skip


def store_bytes(certificate: Certificate) -> None:
    """Put the frozen bytes into storage and read them back. Any number of writers write the same bytes to the same name."""
    if certificate.staged is None:
        return
    if default_storage.exists(certificate.file_key):
        try:
            stored_pdf(certificate)
            return
        except StoredFileDamaged:  # a write that a crash cut short
            default_storage.delete(certificate.file_key)
    saved_as = default_storage.save(certificate.file_key, ContentFile(bytes(certificate.staged)))
    if saved_as != certificate.file_key:  # a twin was writing the same bytes
        default_storage.delete(saved_as)
    stored_pdf(certificate)


def _finish(certificate: Certificate) -> Certificate:
    """Mark issued, replace the version before, write the mail: one commit."""
    with transaction.atomic():
        pks = [pk for pk in (certificate.pk, certificate.supersedes_id) if pk]
        rows = {row.pk: row for row in Certificate.objects.select_for_update(of=("self",)).filter(pk__in=pks).defer("staged", "credential_jwt").order_by("pk")}
        row = rows[certificate.pk]
        if row.state != Certificate.State.PENDING:
            return row
        award = Award.objects.select_related("dossier__user").get(pk=row.award_id)
        if award.status != Award.Status.ACTIVE:  # it ended while the certificate was being made
            raise AwardNotCertifiable(_("This award is %(status)s; no certificate is made from it.") % {"status": award.status_label.lower()})
        old = rows.get(row.supersedes_id or 0)
        row.state, row.staged = Certificate.State.ISSUED, None
        row.is_status_only = bool(old and old.is_status_only)  # the page of the old version links to this one's
        row.save(update_fields=["state", "staged", "is_status_only", "updated_at"])
        if old and old.state in (Certificate.State.ISSUED, Certificate.State.SUSPENDED):
            old.state, old.superseded_at = Certificate.State.SUPERSEDED, clock.now()
            old.save(update_fields=["state", "superseded_at", "updated_at"])
        record_audit(actor=None, action="credits.issue_certificate", record=row, award=award.pk, sha256=row.sha256)
        context = {"certificate": row, "snapshot": row.snapshot, "replaces": old if old and old.is_made else None}
        send_mail_once(key=f"certificate:{row.pk}:issued", template="credits/mail/certificate_issued", context=context, recipient=award.dossier.user)
    return row
