"""Certificates issued before this system: the paper's own bytes, kept and verifiable like any other."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from core.audit import record_audit
from credits.certificates.codes import new_serial, new_token
from credits.certificates.names import search_words
from credits.certificates.render import sha256
from credits.certificates.services import store_bytes
from credits.certificates.status import free_place
from credits.models import Award, Certificate

FORMAT = 1


def keep_original(*, award: Award, pdf: bytes, number: str, issued_on: date) -> Certificate:
    """Reserve the certificate of an imported award, with the original's bytes; `publish_original` makes it valid.

    Runs in the transaction that writes the award. A second call returns the first row.
    """
    existing = Certificate.objects.filter(award=award).first()
    if existing:
        return existing
    issued_at = datetime.combine(issued_on, time(12), ZoneInfo(award.dossier.zone))
    status_list, place = free_place()
    certificate = Certificate(award=award, status_list=status_list, status_list_index=place, version=1, serial=new_serial(), token=new_token())
    digest = sha256(pdf)
    certificate.snapshot = _snapshot(award, certificate, number=number, issued_at=issued_at)
    certificate.engine = {"original": True}
    certificate.search_name = search_words(award.holder.legal_name_printed)
    certificate.sha256, certificate.size_bytes, certificate.staged, certificate.issued_at = digest, len(pdf), pdf, issued_at
    certificate.file_key = f"certificates/{issued_at:%Y}/{certificate.serial}-{digest[:16]}.pdf"
    certificate.save()
    return certificate


def publish_original(*, certificate: Certificate) -> Certificate:
    """Put the bytes into storage, read them back and say that the certificate is valid. A second call changes nothing."""
    store_bytes(certificate)
    with transaction.atomic():
        row = Certificate.objects.select_for_update().get(pk=certificate.pk)
        if row.state == Certificate.State.PENDING:
            row.state, row.staged = Certificate.State.ISSUED, None
            row.save(update_fields=["state", "staged", "updated_at"])
            record_audit(actor=None, action="credits.keep_original_certificate", record=row, award=row.award_id, sha256=row.sha256)
    return row


def _snapshot(award: Award, certificate: Certificate, *, number: str, issued_at: datetime) -> dict[str, Any]:
    """What the public page shows: what the file said the paper says."""
    printed = {
        name: getattr(award, name)
        for name in ("title", "mode", "unit_printed", "approval_number", "provider_name", "provider_number", "instructor_credentials", "is_plain")
    }
    return printed | {
        "format": FORMAT,
        "is_original": True,
        "original_number": number,
        "kind": "completion",
        "heading": "Certificate",
        "name": award.holder.legal_name_printed,
        "licence": None,
        "units": award.units_shown,
        "split": [{"category": part["name"], "units": part["units"]} for part in award.split_shown],
        "minutes": award.contact_minutes,
        "board": award.board_name,
        "approval_board": award.approval_board_name,
        "approval_board_url": "",
        "provider_contact": settings.SCHOOL_EMAIL,
        "completed_on": award.completed_on.isoformat(),
        "zone": award.dossier.zone,
        "dates": [],
        "course_type": award.get_mode_display(),
        "location": "",
        "verification": "",
        "instructor": award.instructor_name,
        "serial": certificate.serial,
        "token": certificate.token,
        "verify_url": certificate.public_url,
        "version": 1,
        "replaces": "",
        "issued_at": issued_at.isoformat(),
        "issued_on": issued_at.date().isoformat(),
    }
