"""Reads of packs for pages and the API."""

from __future__ import annotations

from django.db.models import QuerySet

from core.audit import subject_of
from core.models import AuditEntry
from credits.models import AuditPack


def packs() -> QuerySet[AuditPack]:
    """Every pack with what its row shows."""
    return AuditPack.objects.select_related("learner", "activity", "board", "requested_by", "job").prefetch_related("learner__legal_names")


def log_of(pack: AuditPack) -> list[AuditEntry]:
    """What was done with a pack, the latest first: asked for, made, downloaded, removed."""
    return list(AuditEntry.objects.filter(subject=subject_of(pack)).select_related("actor"))
