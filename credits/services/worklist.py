"""Putting something on the CE officers' list of things to do, and taking it off."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction

from core import clock
from core.audit import record_audit
from credits.models import OfficerTask
from credits.services.gates import require_officer


def raise_task(*, kind: OfficerTask.Kind, key: str, title: str, detail: str = "", address: str = "", due_on: date | None = None) -> OfficerTask:
    """Put one thing on the list. The same `key` is one task: an open one takes the new words, a settled one stays settled."""
    words = {"title": title[:250], "detail": detail, "address": address, "due_on": due_on}
    task, created = OfficerTask.objects.get_or_create(key=key, defaults={"kind": kind, **words})
    if not created and any(getattr(task, name) != value for name, value in words.items()):
        OfficerTask.objects.filter(pk=task.pk, settled_at__isnull=True).update(**words, updated_at=clock.now())
        task.refresh_from_db()
    return task


def settle_task(*, key: str, note: str, by: Any = None) -> OfficerTask | None:
    """What the task asks for came to pass, by itself or by an act of `by`; None when there is no open task of that key."""
    with transaction.atomic():
        task = OfficerTask.objects.select_for_update().filter(key=key, settled_at__isnull=True).first()
        return _settle(task, by=by, note=note) if task else None


def settle_task_by_hand(*, task: OfficerTask, officer: Any, note: str) -> OfficerTask:
    """A CE officer did it, or decided that nothing is to be done; `note` says which. Settling again changes nothing."""
    require_officer(officer, note)
    with transaction.atomic():
        task = OfficerTask.objects.select_for_update().get(pk=task.pk)
        return _settle(task, by=officer, note=note) if task.is_open else task


def _settle(task: OfficerTask, *, by: Any, note: str) -> OfficerTask:
    task.settled_at, task.settled_by, task.note = clock.now(), by, note
    task.save(update_fields=["settled_at", "settled_by", "note", "updated_at"])
    record_audit(actor=by, action="credits.settle_task", record=task, reason=note, key=task.key)
    return task
