"""People settle what phones could not: entries in conflict, and who came without a seat."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from workshops.checkin.sync import NOTHING, rival_of
from workshops.errors import AttendanceRefused, SeatRefused
from workshops.models import Attendance, CheckinConflict, Seat, WalkIn, Workshop
from workshops.roster.services import annul_attendance, record_attendance
from workshops.roster.services.log import Proof
from workshops.services import change_seat


def record_conflict(*, conflict: CheckinConflict, by: Any, note: str, at: datetime | None = None) -> CheckinConflict:
    """Put an entry into the log after all, at the time it has or at `at`; what it contradicts is taken back. A repeat changes nothing.

    Raises AttendanceRefused while the log does not take it (the seat is cancelled, the completion decided, the time to come).
    """
    with transaction.atomic():
        conflict = _locked(conflict)
        if conflict.settlement:
            return conflict
        why = note.strip() or _("Settled after a conflict.")
        if conflict.kind == CheckinConflict.Kind.ANNUL:
            line = Attendance.objects.select_related("seat", "block").get(nonce=conflict.annuls or NOTHING)
            annul_attendance(entry=line, by=by, note=why, nonce=conflict.nonce, proof=Proof(device=conflict.device, skew_ms=conflict.skew_ms))
        else:
            moment = at or conflict.at
            if rival := rival_of(conflict.seat, conflict.block, conflict.kind, moment):
                annul_attendance(entry=rival, by=by, note=why)
            proof = Proof(device=conflict.device, skew_ms=conflict.skew_ms, signature=conflict.signature, on_paper=conflict.on_paper)
            record_attendance(
                seat=conflict.seat,
                block=conflict.block,
                kind=conflict.kind,
                at=moment,
                by=by,
                nonce=conflict.nonce,
                note=note.strip() or conflict.note,
                proof=proof,
            )
        return _settle(conflict, CheckinConflict.Settlement.RECORDED, by, note)


def set_conflict_aside(*, conflict: CheckinConflict, by: Any, note: str) -> CheckinConflict:
    """Leave an entry out of the log, with the reason. It is kept. A repeat changes nothing."""
    if not note.strip():
        raise AttendanceRefused(_("Say why the entry is set aside."), code="note_missing")
    with transaction.atomic():
        conflict = _locked(conflict)
        return conflict if conflict.settlement else _settle(conflict, CheckinConflict.Settlement.SET_ASIDE, by, note)


def _locked(conflict: CheckinConflict) -> CheckinConflict:
    Workshop.objects.select_for_update().get(pk=conflict.device.workshop_id)
    return CheckinConflict.objects.select_related("device", "seat__learner", "seat__workshop__venue", "block", "signature").get(pk=conflict.pk)


def _settle(conflict: CheckinConflict, settlement: str, by: Any, note: str) -> CheckinConflict:
    conflict.settlement, conflict.settled_at, conflict.settled_by, conflict.settled_note = settlement, clock.now(), by, note.strip()[:200]
    conflict.save(update_fields=["settlement", "settled_at", "settled_by", "settled_note", "updated_at"])
    record_audit(actor=by, action="workshops.settle_conflict", record=conflict, reason=note.strip(), settlement=str(settlement), code=conflict.code)
    return conflict


def seat_walk_in(*, walk_in: WalkIn, learner: Any, by: Any) -> Seat:
    """Give a person who came without one a seat, and note that they arrived when the phone says. A repeat returns the same seat.

    Raises WorkshopFull or SeatRefused as giving any seat does. The seat stays when the arrival cannot be noted.
    """
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update().get(pk=walk_in.workshop_id)
        walk_in = WalkIn.objects.select_related("seat", "block", "device").get(pk=walk_in.pk)
        if walk_in.state != WalkIn.State.OPEN:
            if walk_in.seat is None:
                raise SeatRefused(_("This note was set aside. Give the seat on the roster."), code="set_aside")
            return walk_in.seat
        seat = change_seat(workshop=workshop, learner=learner, to="confirmed", by=by)
        if rival_of(seat, walk_in.block, "in", walk_in.at) is None:
            note = _("Came without a seat.")
            proof = Proof(device=walk_in.device, skew_ms=walk_in.skew_ms)
            at = min(walk_in.at, clock.now())
            record_attendance(seat=seat, block=walk_in.block, kind="in", at=at, by=by, nonce=uuid.uuid5(walk_in.nonce, "in"), note=note, proof=proof)
        walk_in.state, walk_in.seat, walk_in.settled_at, walk_in.settled_by = WalkIn.State.SEATED, seat, clock.now(), by
        walk_in.save(update_fields=["state", "seat", "settled_at", "settled_by", "updated_at"])
        record_audit(actor=by, action="workshops.seat_walk_in", record=walk_in, seat=seat.pk)
    return seat


def set_walk_in_aside(*, walk_in: WalkIn, by: Any) -> WalkIn:
    """Nothing more is to be done about a person who came without a seat. A repeat changes nothing."""
    with transaction.atomic():
        walk_in = WalkIn.objects.select_for_update().get(pk=walk_in.pk)
        if walk_in.state == WalkIn.State.OPEN:
            walk_in.state, walk_in.settled_at, walk_in.settled_by = WalkIn.State.SET_ASIDE, clock.now(), by
            walk_in.save(update_fields=["state", "settled_at", "settled_by", "updated_at"])
            record_audit(actor=by, action="workshops.set_walk_in_aside", record=walk_in)
    return walk_in
