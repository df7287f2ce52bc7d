"""Who was there: the append-only log."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from workshops.errors import AttendanceRefused
from workshops.models import Attendance, Block, CheckinDevice, PaperSheet, Seat, Signature, Workshop, WorkshopCompletion
from workshops.roster.selectors import standing_log


@dataclass(frozen=True)
class Proof:
    """What an entry of the log rests on besides the word of who made it: the phone and its clock, a signature, a sheet of paper.

    `on_paper`: the signature is on the sheet, whether it was keyed in or a phone says that it will be.
    """

    device: CheckinDevice | None = None
    skew_ms: int | None = None
    signature: Signature | None = None
    sheet: PaperSheet | None = None
    on_paper: bool = False


def record_attendance(
    *, seat: Seat, block: Block, kind: str, at: datetime, by: Any, nonce: uuid.UUID | None = None, note: str = "", proof: Proof | None = None
) -> Attendance:
    """Append an arrival or a departure. The same `nonce` again returns the first row.

    Raises AttendanceRefused when the seat is cancelled, the block is another workshop's, or the decision has fallen.
    """
    nonce = nonce or uuid.uuid4()
    with transaction.atomic():
        Workshop.objects.select_for_update().get(pk=seat.workshop_id)
        if existing := Attendance.objects.filter(nonce=nonce).first():
            if (existing.seat_id, existing.block_id, existing.kind) != (seat.pk, block.pk, kind):
                raise AttendanceRefused(_("This entry's number stands for another one. Reload the page and try again."), code="nonce_reused")
            return existing
        _check_open(seat, block)
        if at > clock.now():
            raise AttendanceRefused(_("Attendance can be recorded when it has happened, not before."), code="in_the_future")
        return Attendance.objects.create(seat=seat, block=block, kind=kind, at=at, recorded_by=by, nonce=nonce, note=note, **vars(proof or Proof()))


def _check_open(seat: Seat, block: Block) -> None:
    if block.workshop_id != seat.workshop_id:
        raise AttendanceRefused(_("That block belongs to another workshop."), code="other_workshop")
    seat = Seat.objects.get(pk=seat.pk)
    if seat.state != Seat.State.CONFIRMED:
        raise AttendanceRefused(_("This seat was cancelled. Give the person a seat first."), code="seat_cancelled")
    if WorkshopCompletion.objects.filter(seat=seat).exists():
        raise AttendanceRefused(_("The completion is decided; a change now is a correction of the award, by a CE officer."), code="decided")


def mark_block(*, seat: Seat, block: Block, present: bool, by: Any, note: str = "") -> None:
    """Make the log say that the person attended the whole block, or none of it. A repeat changes nothing.

    Raises AttendanceRefused while the block is still running: nobody can have attended what has not happened.
    """
    with transaction.atomic():
        Workshop.objects.select_for_update().get(pk=seat.workshop_id)
        standing = list(standing_log(seat).filter(block=block))
        whole = [(line.kind, line.at) for line in standing] == [("in", block.starts_at), ("out", block.ends_at)]
        if (present and whole) or (not present and not standing):
            return
        _check_open(seat, block)
        if block.ends_at > clock.now():
            raise AttendanceRefused(_("This block has not ended yet. Mark it when it is over."), code="not_over")
        for line in standing:
            annul_attendance(entry=line, by=by, note=note or "Marked anew on the roster.")
        if present:
            Attendance.objects.create(seat=seat, block=block, kind="in", at=block.starts_at, recorded_by=by, note=note)
            Attendance.objects.create(seat=seat, block=block, kind="out", at=block.ends_at, recorded_by=by, note=note)


def mark_rest(*, workshop: Workshop, block: Block, by: Any) -> int:
    """Note that everyone attended the whole block of whom the log says nothing in it; what was noted stays. Returns how many that were.

    Raises AttendanceRefused while the block is still running.
    """
    with transaction.atomic():
        Workshop.objects.select_for_update().get(pk=workshop.pk)
        noted = Attendance.objects.filter(block=block, annulled_by__isnull=True).exclude(kind=Attendance.Kind.ANNUL).values("seat")
        seats = list(workshop.seats.confirmed().filter(completion__isnull=True).exclude(pk__in=noted))
        for seat in seats:
            mark_block(seat=seat, block=block, present=True, by=by)
    return len(seats)


def annul_attendance(*, entry: Attendance, by: Any, note: str, nonce: uuid.UUID | None = None, proof: Proof | None = None) -> Attendance:
    """Take back one entry by a later one; the first stays in the log. A repeat returns the same annulment."""
    if not note.strip():
        raise AttendanceRefused(_("Say why the entry is taken back."), code="note_missing")
    with transaction.atomic():
        Workshop.objects.select_for_update().get(pk=entry.seat.workshop_id)
        if existing := Attendance.objects.filter(annuls=entry).first():
            return existing
        _check_open(entry.seat, entry.block)
        what = {"seat": entry.seat, "block": entry.block, "kind": "annul", "at": clock.now(), "annuls": entry, "recorded_by": by, "note": note}
        return Attendance.objects.create(**what, nonce=nonce or uuid.uuid4(), **vars(proof or Proof()))
