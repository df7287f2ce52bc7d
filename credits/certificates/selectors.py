"""Reads for pages: a person's certificates, what failed, and the answer to a dropped file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.core.files import File

from credits.certificates.codes import read_serial
from credits.certificates.names import has_surname
from credits.models import Certificate
from credits.models.certificates import CertificateQuerySet

MAX_CHECKED_BYTES = 2_000_000


def certificates_of(user: Any) -> CertificateQuerySet:
    """The person's certificates, newest first, those still being made among them."""
    return Certificate.objects.filter(award__dossier__user=user).with_page().select_related("award").order_by("-pk")


def find_by_serial(*, serial: str, surname: str) -> Certificate | None:
    """The issued certificate with this serial whose holder's name has `surname` in it."""
    read = read_serial(serial)
    certificate = Certificate.objects.made().filter(serial=read or "-").first()
    return certificate if certificate and has_surname(certificate.search_name, surname) else None


@dataclass(frozen=True)
class FileVerdict:
    """What a dropped file is. `kind`: same, older, newer, added_to, other, too_large."""

    kind: str
    version: int | None = None


def judge_file(*, certificate: Certificate, file: File[Any], size: int) -> FileVerdict:
    """Compare a file with what was issued, byte for byte by SHA-256. The file is read once and kept nowhere."""
    if size > MAX_CHECKED_BYTES:
        return FileVerdict("too_large")
    data = file.read(MAX_CHECKED_BYTES)
    digest = hashlib.sha256(data).hexdigest()
    if digest == certificate.sha256:
        return FileVerdict("same", certificate.version)
    for other in _lineage(certificate):
        if other.sha256 == digest:
            return FileVerdict("older" if other.version < certificate.version else "newer", other.version)
    size_issued = certificate.size_bytes or 0
    if size_issued and hashlib.sha256(data[:size_issued]).hexdigest() == certificate.sha256:
        return FileVerdict("added_to", certificate.version)
    return FileVerdict("other")


def _lineage(certificate: Certificate) -> list[Certificate]:
    """The versions before and after, nearest first."""
    rows: list[Certificate] = []
    for direction in ("supersedes", "superseded_by"):
        row: Certificate | None = certificate
        while row is not None:
            row = getattr(row, direction, None)
            if row is not None and row.sha256:
                rows.append(row)
    return rows
