"""Who was there: the append-only log, and the decision that rests on it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from core import clock
from core.audit import record_audit
from credits.services import flag_completion, record_completion
from payments.selectors import people_suspended_from
from workshops.errors import AttendanceRefused, NotComplete
from workshops.models import Attendance, Block, CheckinDevice, PaperSheet, Seat, Signature, Workshop, WorkshopCompletion
from workshops.roster.completion import evaluate
from workshops.roster.selectors import dossier_facts, log_lines, standing_log
from workshops.selectors import instruction_blocks
from workshops.services.offerings import note_workshop


@dataclass(frozen=True)
class Proof:
    """What an entry of the log rests on besides the word of who made it: the phone and its clock, a signature, a sheet of paper."""

    device: CheckinDevice | None = None
    skew_ms: int | None = None
    signature: Signature | None = None
    sheet: PaperSheet | None = None


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
                raise AttendanceRefused("This entry's number stands for another one. Reload the page and try again.", code="nonce_reused")
            return existing
        _check_open(seat, block)
        if at > clock.now():
            raise AttendanceRefused("Attendance can be recorded when it has happened, not before.", code="in_the_future")
        return Attendance.objects.create(seat=seat, block=block, kind=kind, at=at, recorded_by=by, nonce=nonce, note=note, **vars(proof or Proof()))


def _check_open(seat: Seat, block: Block) -> None:
    if block.workshop_id != seat.workshop_id:
        raise AttendanceRefused("That block belongs to another workshop.", code="other_workshop")
    seat = Seat.objects.get(pk=seat.pk)
    if seat.state != Seat.State.CONFIRMED:
        raise AttendanceRefused("This seat was cancelled. Give the person a seat first.", code="seat_cancelled")
    if WorkshopCompletion.objects.filter(seat=seat).exists():
        raise AttendanceRefused("The completion is decided; a change now is a correction of the award, by a CE officer.", code="decided")


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
            raise AttendanceRefused("This block has not ended yet. Mark it when it is over.", code="not_over")
        for line in standing:
            annul_attendance(entry=line, by=by, note=note or "Marked anew on the roster.")
        if present:
            Attendance.objects.create(seat=seat, block=block, kind="in", at=block.starts_at, recorded_by=by, note=note)
            Attendance.objects.create(seat=seat, block=block, kind="out", at=block.ends_at, recorded_by=by, note=note)


def annul_attendance(*, entry: Attendance, by: Any, note: str, nonce: uuid.UUID | None = None, proof: Proof | None = None) -> Attendance:
    """Take back one entry by a later one; the first stays in the log. A repeat returns the same annulment."""
    if not note.strip():
        raise AttendanceRefused("Say why the entry is taken back.", code="note_missing")
    with transaction.atomic():
        Workshop.objects.select_for_update().get(pk=entry.seat.workshop_id)
        if existing := Attendance.objects.filter(annuls=entry).first():
            return existing
        _check_open(entry.seat, entry.block)
        what = {"seat": entry.seat, "block": entry.block, "kind": "annul", "at": clock.now(), "annuls": entry, "recorded_by": by, "note": note}
        return Attendance.objects.create(**what, nonce=nonce or uuid.uuid4(), **vars(proof or Proof()))


def complete_seat(*, seat: Seat, by: Any) -> WorkshopCompletion:
    """Decide that the person attended, and hand the evidence to `credits`. A repeat returns the same decision.

    Raises NotComplete, with the trace's words, when a block is missing or the workshop has not ended.
    """
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update().get(pk=seat.workshop_id)
        if existing := WorkshopCompletion.objects.filter(seat=seat).first():
            return existing
        if seat.state != Seat.State.CONFIRMED:
            raise NotComplete("This seat was cancelled.", code="seat_cancelled")
        if not workshop.has_ended or workshop.ends_at is None:
            raise NotComplete("The workshop has not ended yet.", code="not_over")
        blocks = instruction_blocks(workshop)
        trace = evaluate(blocks, log_lines(seat))
        if not trace["met"]:
            raise NotComplete(f"{seat.learner}: {trace['why']} {trace['todo']}")
        zone = workshop.venue.time_zone
        dossier = record_completion(
            key=seat.key,
            user=seat.learner,
            activity=workshop.activity,
            kind="workshop",
            completed_at=workshop.ends_at,
            zone=zone,
            facts=dossier_facts(seat, decided_by=by),
            trace=trace,
        )
        completion = WorkshopCompletion.objects.create(
            seat=seat,
            completed_at=workshop.ends_at,
            completed_on=clock.civil_date(workshop.ends_at, zone),
            trace=trace,
            dossier=dossier,
            decided_by=by,
        )
        record_audit(actor=by, action="workshops.complete_seat", record=seat)
        if seat.reference and seat.learner_id in people_suspended_from(workshop.subject):
            flag_completion(key=seat.key, reason="The payment for the seat was disputed before the workshop was completed.")
    return completion


def complete_workshop(*, workshop: Workshop, by: Any) -> tuple[list[WorkshopCompletion], list[str]]:
    """Decide every seat. Returns the decisions and, for those who are not complete, why; safe to repeat."""
    decided: list[WorkshopCompletion] = []
    refused: list[str] = []
    for seat in workshop.seats.confirmed().select_related("learner"):
        try:
            decided.append(complete_seat(seat=seat, by=by))
        except NotComplete as refusal:
            refused.append(refusal.message)
    with transaction.atomic():
        locked = Workshop.objects.select_for_update().get(pk=workshop.pk)
        if locked.state == Workshop.State.PUBLISHED and locked.has_ended:
            locked.state = Workshop.State.COMPLETED
            locked.save(update_fields=["state", "updated_at"])
            record_audit(actor=by, action="workshops.complete", record=locked, decided=len(decided), refused=len(refused))
            note_workshop(workshop=locked)
    return decided, refused
