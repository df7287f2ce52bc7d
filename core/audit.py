"""Writing to the audit log."""

from __future__ import annotations

from typing import Any

from django.db import models

from core.models import AuditEntry


def subject_of(record: models.Model) -> str:
    return f"{record._meta.label}:{record.pk}"


def record_audit(*, actor: Any, action: str, record: models.Model, reason: str = "", **details: Any) -> AuditEntry:
    """Note that `actor` (None for the system) did `action` to `record`. Call inside the transaction that does it."""
    return AuditEntry.objects.create(actor=actor, action=action, subject=subject_of(record), reason=reason, details=details)
