"""Asking for a pack, making it in the background, handing it out, removing it when its time is over."""

from __future__ import annotations

import logging
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from core.models import Job
from credits.audits import jobs  # noqa: F401  registers the job kinds
from credits.audits.making import file_digest, make_file
from credits.audits.scope import dossiers_within
from credits.models import Activity, AuditPack, Board
from credits.services.ledger import lock_person
from credits.services.officers import require_officer
from credits.stored_files import delete_when_committed
from notifications.services import send_mail_once

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=14)


class PackMistake(DomainError):
    code = "audit_pack_mistake"


class PackEmpty(DomainError):
    code = "audit_pack_empty"


class PackNotReady(DomainError):
    code = "audit_pack_not_ready"


def request_pack(
    *,
    officer: Any,
    purpose: str,
    learner: Any = None,
    activity: Activity | None = None,
    board: Board | None = None,
    first_day: date | None = None,
    last_day: date | None = None,
) -> AuditPack:
    """Have a pack made. The same request while the first is unfinished returns the first.

    Raises NotAnOfficer, ReasonNeeded, PackMistake when it is about nothing or its period ends before it begins, PackEmpty.
    """
    purpose = " ".join(purpose.split())[:300]
    require_officer(officer, purpose)
    if not (learner or activity or board or first_day or last_day):
        raise PackMistake(_("Say what the pack is about: a learner, an activity, a board or a period."))
    if first_day and last_day and last_day < first_day:
        raise PackMistake(_("The period ends before it begins. Check both days."))
    values = {"learner": learner, "activity": activity, "board": board, "first_day": first_day, "last_day": last_day, "purpose": purpose}
    wanted = AuditPack(requested_by=officer, **values)
    with transaction.atomic():
        lock_person(officer.pk)  # a double click asks once
        if existing := AuditPack.objects.unfinished().filter(requested_by=officer, **values).first():
            return existing
        if not dossiers_within(wanted).exists():
            raise PackEmpty(_("No completion lies within that. Widen the period, or leave out the board: it is shown only what counts for it."))
        wanted.save()
        record_audit(actor=officer, action="credits.request_audit_pack", record=wanted, reason=purpose)
        _queue(wanted)
    return wanted


def make_again(*, pack: AuditPack, officer: Any) -> AuditPack:
    """Make a pack whose file was removed, or that failed, from what is on record now. One that is ready or under way stays."""
    require_officer(officer, pack.purpose)
    with transaction.atomic():
        pack = AuditPack.objects.select_for_update().get(pk=pack.pk)
        if pack.state not in (AuditPack.State.FAILED, AuditPack.State.REMOVED):
            return pack
        pack.state, pack.failure, pack.removed_at = AuditPack.State.WAITING, "", None
        pack.save(update_fields=["state", "failure", "removed_at", "updated_at"])
        record_audit(actor=officer, action="credits.remake_audit_pack", record=pack, reason=pack.purpose)
        _queue(pack)
    return pack


def _queue(pack: AuditPack) -> None:
    # Each making has its own job: the number of the makings that came before is part of the key.
    before = Job.objects.filter(key__startswith=f"audit-pack:{pack.pk}:").count()
    pack.job = enqueue("credits.make_audit_pack", key=f"audit-pack:{pack.pk}:{before + 1}", args={"pack": pack.pk})
    pack.save(update_fields=["job", "updated_at"])


def make_pack(*, pack: AuditPack, report: Callable[[int, str], None] = lambda progress, stage: None) -> AuditPack:
    """Make the file, check it, store it, say that it is ready. Killed anywhere, it begins anew; run twice, it is made once."""
    pack = AuditPack.objects.select_related("learner", "activity", "board", "requested_by").get(pk=pack.pk)
    if not pack.is_open:
        return pack
    AuditPack.objects.filter(pk=pack.pk, state=AuditPack.State.WAITING).update(state=AuditPack.State.MAKING, updated_at=clock.now())
    made_at = clock.now().replace(microsecond=0)
    with tempfile.TemporaryDirectory(dir=_work_folder()) as folder:
        path = Path(folder) / "pack.zip"
        making = make_file(pack, path, made_at=made_at, report=report)
        size, digest = path.stat().st_size, file_digest(path)
        report(98, _("Storing"))
        with path.open("rb") as file:
            stored = default_storage.save(f"audit-packs/{pack.uuid}/{digest[:16]}.zip", File(file))
    try:
        with transaction.atomic():
            row = AuditPack.objects.select_for_update().get(pk=pack.pk)
            if not row.is_open:  # a twin was first; its file is the pack
                delete_when_committed(stored)
                return row
            row.state, row.made_at, row.expires_at, row.failure = AuditPack.State.READY, made_at, clock.now() + KEPT_FOR, ""
            row.file_key, row.size_bytes, row.sha256, row.signing_key = stored, size, digest, making.key.row
            row.completion_count, row.file_count = making.completions, making.writer.file_count
            row.save()
            record_audit(actor=None, action="credits.make_audit_pack", record=row, sha256=digest, completions=making.completions)
            context = {"pack": row, "notes": making.notes, "days": KEPT_FOR.days}
            send_mail_once(key=f"audit-pack:{row.pk}:{digest}", template="credits/mail/audit_pack_ready", context=context, recipient=row.requested_by)
    except BaseException:
        with suppress(OSError):
            default_storage.delete(stored)
        raise
    return row


def _work_folder() -> Path:
    """A folder of this machine for files under way; what a killed run leaves there goes with the daily sweep of the work folder."""
    root = Path(settings.WORK_DIR) / "audits"
    root.mkdir(parents=True, exist_ok=True)
    os.chmod(root, 0o700)
    return root


def note_failure(*, pack: AuditPack, error: str) -> None:
    """Put a sentence on a pack whose job died."""
    logger.error("Audit pack %s could not be made: %s", pack.pk, error.strip().splitlines()[-1] if error.strip() else "unknown")
    sentence = _("The pack could not be made because of a fault on our side. Staff see it among the dead jobs. Try again; nothing that was asked is lost.")
    AuditPack.objects.unfinished().filter(pk=pack.pk).update(state=AuditPack.State.FAILED, failure=sentence, updated_at=clock.now())


def hand_out(*, pack: AuditPack, officer: Any) -> AuditPack:
    """Note that `officer` downloads the pack, and return it. Raises PackNotReady when there is no file to be had."""
    with transaction.atomic():
        pack = AuditPack.objects.select_for_update().get(pk=pack.pk)
        if not pack.is_ready:
            raise PackNotReady(_("This pack has no file now. Have it made again, then download it."))
        record_audit(actor=officer, action="credits.download_audit_pack", record=pack, reason=pack.purpose, sha256=pack.sha256)
    return pack


def remove_pack(*, pack: AuditPack, officer: Any = None) -> AuditPack:
    """Delete a ready pack's file. What was asked, who had it and its hash stay on record. A repeat changes nothing."""
    with transaction.atomic():
        row = AuditPack.objects.select_for_update().get(pk=pack.pk)
        if row.state != AuditPack.State.READY:
            return row
        name = row.file_key
        row.state, row.file_key, row.removed_at = AuditPack.State.REMOVED, "", clock.now()
        row.save(update_fields=["state", "file_key", "removed_at", "updated_at"])
        record_audit(actor=officer, action="credits.remove_audit_pack", record=row, reason="" if officer else _("Its time was over."))
        delete_when_committed(name)
    return row


def remove_overdue() -> int:
    """Remove the files of every pack whose time is over; returns how many."""
    return sum(remove_pack(pack=pack).state == AuditPack.State.REMOVED for pack in AuditPack.objects.overdue(clock.now()))
