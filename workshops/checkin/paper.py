"""Sign-in sheets of paper, keyed in when the day is over: the same log, the same audit, with the scan as evidence."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.audit import record_audit
from credits.external.files import Proof as PreparedFile
from credits.external.files import prepared
from workshops.errors import AttendanceRefused
from workshops.models import Attendance, Block, PaperSheet, Seat, Workshop
from workshops.roster.selectors import standing_log
from workshops.roster.services import annul_attendance, record_attendance
from workshops.roster.services.log import Proof

FROM_PAPER = gettext_noop("From the paper sheet.")
BEFORE = timedelta(hours=6)  # an arrival earlier than this before the block is a time after midnight


@dataclass(frozen=True)
class PaperLine:
    """What one line of the sheet says; `left` None where nobody signed out. Without `arrived` it gives the signature alone."""

    seat: Seat
    arrived: time | None
    left: time | None = None


def instant_at(block: Block, moment: time, zone: ZoneInfo) -> datetime:
    """The time of day `moment` as the block means it: on its first day, or after midnight on the next."""
    at = datetime.combine(block.starts_at.astimezone(zone).date(), moment, zone)
    return at + timedelta(days=1) if at < block.starts_at - BEFORE else at


def key_in_sheet(
    *,
    workshop: Workshop,
    block: Block,
    lines: Iterable[PaperLine],
    by: Any,
    token: uuid.UUID,
    note: str = "",
    scan: UploadedFile | None = None,
    replaces: bool = False,
) -> list[Attendance]:
    """Put a whole sheet into the log, or nothing of it. The same `token` again returns the same entries.

    A line without times is the signature of somebody whom a phone signed in: the arrivals nobody signed for are noted anew,
    at their own times. With `replaces`, what the log had of those people in that block is taken back first; without, such a person is refused.
    Raises AttendanceRefused naming the person, or ProofRefused about the scan.
    """
    kept = prepared(scan) if scan else None
    with transaction.atomic():
        Workshop.objects.select_for_update().get(pk=workshop.pk)
        sheet = _sheet(workshop, kept, by) if kept else None
        words = " ".join(part for part in (_(FROM_PAPER), note.strip()) if part)[:200]
        made = [entry for line in lines for entry in _enter(workshop, block, line, by=by, token=token, note=words, sheet=sheet, replaces=replaces)]
        if not made and sheet is None:
            raise AttendanceRefused(_("Enter the times of at least one person, or add the scan."), code="nothing_entered")
        record_audit(actor=by, action="workshops.key_in_sheet", record=workshop, block=block.pk, entries=len(made), sheet=sheet.pk if sheet else None)
    return made


def _enter(
    workshop: Workshop, block: Block, line: PaperLine, *, by: Any, token: uuid.UUID, note: str, sheet: PaperSheet | None, replaces: bool
) -> list[Attendance]:
    if line.arrived is None:
        return _sign(block, line.seat, by=by, token=token, note=note, sheet=sheet)
    seat, zone = line.seat, workshop.zone
    times = [("in", line.arrived), *([("out", line.left)] if line.left else [])]
    wanted = [(kind, instant_at(block, moment, zone), uuid.uuid5(token, f"{block.pk}:{seat.pk}:{kind}")) for kind, moment in times]
    if done := list(Attendance.objects.filter(nonce__in=[nonce for _kind, _at, nonce in wanted])):
        return done
    if len(wanted) == 2 and wanted[1][1] <= wanted[0][1]:
        raise AttendanceRefused(_("%(who)s: the departure must be later than the arrival.") % {"who": seat.learner}, code="left_before_arrived")
    standing = list(standing_log(seat).filter(block=block))
    if standing and not replaces:
        text = _("%(who)s has entries in this block already. Tick “replace”, or leave the line empty.") % {"who": seat.learner}
        raise AttendanceRefused(text, code="already_entered")
    try:
        for entry in standing:
            annul_attendance(entry=entry, by=by, note=_("Replaced by what the paper sheet says."), proof=Proof(sheet=sheet))
        proof = Proof(sheet=sheet, on_paper=True)
        return [record_attendance(seat=seat, block=block, kind=kind, at=at, by=by, nonce=nonce, note=note, proof=proof) for kind, at, nonce in wanted]
    except AttendanceRefused as refusal:
        raise AttendanceRefused(f"{seat.learner}: {refusal.message}", code=refusal.code) from refusal


def _sign(block: Block, seat: Seat, *, by: Any, token: uuid.UUID, note: str, sheet: PaperSheet | None) -> list[Attendance]:
    """The signature on the sheet for arrivals that a phone noted; what the phone noted is taken back for it, the time stays."""
    arrivals = {entry: uuid.uuid5(token, str(entry.nonce)) for entry in seat.attendance.filter(block=block, kind=Attendance.Kind.IN)}
    if done := list(Attendance.objects.filter(nonce__in=arrivals.values())):
        return done
    unsigned = [entry for entry in standing_log(seat).filter(block=block, kind=Attendance.Kind.IN) if not entry.is_signed]
    if not unsigned:
        raise AttendanceRefused(_("%(who)s: there is no arrival to sign for. Write the times from the sheet.") % {"who": seat.learner}, code="nothing_to_sign")
    try:
        for entry in unsigned:
            annul_attendance(entry=entry, by=by, note=_("Noted anew with the signature on the paper sheet."), proof=Proof(sheet=sheet))
        proof, kind = Proof(sheet=sheet, on_paper=True), Attendance.Kind.IN
        return [record_attendance(seat=seat, block=block, kind=kind, at=entry.at, by=by, nonce=arrivals[entry], note=note, proof=proof) for entry in unsigned]
    except AttendanceRefused as refusal:
        raise AttendanceRefused(f"{seat.learner}: {refusal.message}", code=refusal.code) from refusal


def _sheet(workshop: Workshop, kept: PreparedFile, by: Any) -> PaperSheet:
    values = {"name": kept.name, "media_type": kept.media_type.value, "content": kept.content, "size_bytes": len(kept.content), "uploaded_by": by}
    return PaperSheet.objects.get_or_create(workshop=workshop, sha256=kept.sha256, defaults=values)[0]
