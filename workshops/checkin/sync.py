"""What phones send, taken into the log: in their order, each entry once, each with an answer of its own.

A nonce is answered before any rule is looked at, so that a batch may be sent again, doubled or cut in two. What cannot
simply be recorded becomes a `CheckinConflict` under the same nonce, which a person settles.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import clock
from workshops.checkin.strokes import Drawing, drawn, keep
from workshops.errors import AttendanceRefused
from workshops.models import Attendance, Block, CheckinConflict, CheckinDevice, Seat, WalkIn, Workshop
from workshops.roster.services import annul_attendance, record_attendance
from workshops.roster.services.log import Proof

AHEAD_MS = 120_000  # what measuring a clock over a bad network may be wrong by
AGREE_WITHIN = timedelta(minutes=5)  # two phones at one door
AROUND = timedelta(hours=12)  # before the first block and after the last
NOTHING = uuid.UUID(int=0)
TAKEN_BACK = "Taken back on the phone."


@dataclass(frozen=True)
class Entry:
    """One thing done on a phone. `made_ms` is by its own clock, `skew_ms` how far that was ahead of ours, None when never measured."""

    nonce: uuid.UUID
    kind: str  # in, out, annul, walk_in
    made_ms: int
    skew_ms: int | None = None
    seat: int = 0
    block: int = 0
    annuls: uuid.UUID = NOTHING
    note: str = ""
    drawing: Drawing | None = None
    on_paper: bool = False
    name: str = ""
    email: str = ""


@dataclass(frozen=True)
class Answer:
    """`state`: recorded, already (the log says so without it), conflict (a person settles it), set_aside (one did), or refused."""

    nonce: str
    state: str
    code: str = ""
    detail: str = ""


def sync_entries(*, device: CheckinDevice, entries: Iterable[Entry], skew_ms: int) -> list[Answer]:
    """Take `entries` in their order; each is committed by itself. `skew_ms` is how far the phone's clock is ahead now."""
    sent = list(entries)
    return [_take(device, entry, skew_ms, sent[place + 1 :]) for place, entry in enumerate(sent)]


def instant_of(entry: Entry, skew_ms: int) -> datetime:
    made = entry.made_ms - (skew_ms if entry.skew_ms is None else entry.skew_ms)
    return datetime.fromtimestamp(made / 1000, UTC)


def _take(device: CheckinDevice, entry: Entry, skew_ms: int, later: list[Entry]) -> Answer:
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update().get(pk=device.workshop_id)
        if repeat := _repeat(device, entry):
            return repeat
        try:
            at = instant_of(entry, skew_ms)
        except (OverflowError, ValueError, OSError):
            return _refused(entry, "odd_time", _("The time of this entry cannot be read."))
        block, is_exact = _block(workshop, entry, at)
        if entry.kind == "walk_in":
            WalkIn.objects.create(
                workshop=workshop,
                device=device,
                nonce=entry.nonce,
                block=block,
                at=at,
                skew_ms=entry.skew_ms,
                name=entry.name,
                email=entry.email,
                note=entry.note,
            )
            return Answer(str(entry.nonce), "recorded")
        if entry.kind == "annul":
            return _take_back(device, entry)
        seat = Seat.objects.select_related("learner", "completion", "workshop__venue").filter(pk=entry.seat, workshop=workshop).first()
        if seat is None:
            return _refused(entry, "no_such_seat", _("This workshop has no such seat. Note the person as a walk-in."))
        return _sign(device, workshop, entry, seat, block, at, _doubt(workshop, entry, at, skew_ms, is_exact), later)


def _repeat(device: CheckinDevice, entry: Entry) -> Answer | None:
    """The answer to a nonce that was taken before."""
    nonce = str(entry.nonce)
    reused = _refused(entry, "nonce_reused", _("This entry’s number stands for another one. Make the entry again."))
    if line := Attendance.objects.filter(nonce=entry.nonce).first():
        is_same = line.kind == entry.kind and (line.seat_id == entry.seat or entry.kind == "annul")
        return Answer(nonce, "recorded") if is_same else reused
    if walk_in := WalkIn.objects.filter(nonce=entry.nonce).first():
        return Answer(nonce, "recorded") if entry.kind == "walk_in" and walk_in.workshop_id == device.workshop_id else reused
    if conflict := CheckinConflict.objects.filter(nonce=entry.nonce).first():
        if conflict.kind != entry.kind or (entry.kind != "annul" and conflict.seat_id != entry.seat):
            return reused
        return Answer(nonce, "set_aside" if conflict.settlement else "conflict", conflict.code, conflict.detail)
    return None


def _refused(entry: Entry, code: str, detail: str) -> Answer:
    return Answer(str(entry.nonce), "refused", code, detail)


def _block(workshop: Workshop, entry: Entry, at: datetime) -> tuple[Block, bool]:
    """The block an entry names; the one nearest to its time, and False, when the schedule has no such block any more."""
    blocks = [block for block in workshop.blocks.all() if block.counts]
    if named := next((block for block in blocks if block.pk == entry.block), None):
        return named, True
    return min(blocks, key=lambda block: max(block.starts_at - at, at - block.ends_at)), False


def _doubt(workshop: Workshop, entry: Entry, at: datetime, skew_ms: int, is_exact: bool) -> tuple[str, str] | None:
    """What about the time or the block a person has to look at."""
    if not is_exact:
        return "schedule_changed", _("The schedule changed after this phone was prepared. Check which block is meant.")
    if entry.skew_ms is not None and abs(skew_ms - entry.skew_ms) > AHEAD_MS:
        return "clock_changed", _("The phone’s clock was set anew after this entry. Check its time.")
    if at > clock.now() + timedelta(milliseconds=AHEAD_MS):
        return "in_the_future", _("By our clock this has not happened yet. Check its time.")
    if workshop.starts_at and workshop.ends_at and not workshop.starts_at - AROUND <= at <= workshop.ends_at + AROUND:
        return "other_day", _("This lies on another day than the workshop. Check the phone’s clock.")
    return None


def _sign(
    device: CheckinDevice, workshop: Workshop, entry: Entry, seat: Seat, block: Block, at: datetime, doubt: tuple[str, str] | None, later: list[Entry]
) -> Answer:
    at = at if doubt else min(at, clock.now())
    is_open = seat.state == Seat.State.CONFIRMED and not hasattr(seat, "completion")  # if not, the log refuses and says why
    drawing, on_paper = entry.drawing, entry.on_paper
    if doubt is None and is_open and (rival := rival_of(seat, block, entry.kind, at, before_out=_left_at(device, entry, later))):
        if abs(rival.at - at) > AGREE_WITHIN:
            zone = seat.workshop.venue.time_zone
            doubt = "other_device", _("Another entry says %(time)s. Choose which of the two is right.") % {"time": _clock_time(rival.at, zone)}
        elif _adds_to(rival, entry, at):
            # Both saw the person, so the longer stay stands; and a signature is worth more than none, whichever phone it was drawn on.
            at = min(at, rival.at) if entry.kind == "in" else max(at, rival.at)
            note = _("Noted twice; the longer stay, or the one signed for, stands.")
            drawing = drawing or drawn(rival)
            on_paper = drawing is None and (on_paper or rival.awaits_paper)
            try:
                annul_attendance(entry=rival, by=device.enrolled_by, note=note, proof=Proof(device=device))
            except AttendanceRefused as refusal:
                doubt = refusal.code, refusal.message
        else:
            return Answer(str(entry.nonce), "already", "agrees", _("Somebody else noted this already."))
    if doubt is None:
        try:
            with transaction.atomic():  # a refusal leaves no signature behind
                proof = Proof(device=device, skew_ms=entry.skew_ms, signature=keep(drawing) if drawing else None, on_paper=on_paper)
                record_attendance(seat=seat, block=block, kind=entry.kind, at=at, by=device.enrolled_by, nonce=entry.nonce, note=entry.note, proof=proof)
            return Answer(str(entry.nonce), "recorded")
        except AttendanceRefused as refusal:
            doubt = refusal.code, refusal.message
    return _conflict(device, entry, seat, block, at, *doubt)


def _adds_to(rival: Attendance, entry: Entry, at: datetime) -> bool:
    """Whether `entry` says more than the entry of another phone about the same arrival or leaving: a longer stay, or a signature.

    What was keyed in from paper is signed for its own time, which gives way to a drawing alone.
    """
    if entry.drawing and not rival.signature_id:
        return True
    is_keyed_in = rival.is_signed and not rival.signature_id
    return not is_keyed_in and (at < rival.at if entry.kind == "in" else at > rival.at)


def _conflict(device: CheckinDevice, entry: Entry, seat: Seat, block: Block, at: datetime, code: str, detail: str) -> Answer:
    CheckinConflict.objects.create(
        device=device,
        nonce=entry.nonce,
        seat=seat,
        block=block,
        kind=entry.kind,
        at=at,
        skew_ms=entry.skew_ms,
        annuls=None if entry.annuls == NOTHING else entry.annuls,
        note=entry.note,
        signature=keep(entry.drawing) if entry.drawing else None,
        on_paper=entry.on_paper,
        code=code,
        detail=detail,
    )
    return Answer(str(entry.nonce), "conflict", code, detail)


def rival_of(seat: Seat, block: Block, kind: str, at: datetime, *, before_out: datetime | None = None) -> Attendance | None:
    """The standing entry that says the same of another time: in while in, or out while out.

    `before_out` is when the same phone says the person left again: an arrival after that is another stay, no rival.
    """
    lines = list(
        Attendance.objects.filter(seat=seat, block=block, annulled_by__isnull=True)
        .exclude(kind=Attendance.Kind.ANNUL)
        .select_related("block", "seat", "signature")
        .order_by("at", "pk")
    )
    before = next((line for line in reversed(lines) if line.at <= at), None)
    after = next((line for line in lines if line.at > at), None)
    if before is not None and before.kind == kind:
        return before
    if after is not None and after.kind == kind and not (kind == "in" and before_out is not None and before_out <= after.at):
        return after
    return None


def _left_at(device: CheckinDevice, entry: Entry, later: list[Entry]) -> datetime | None:
    """When, by the rest of the same batch, the person of an arrival left that block again."""
    for other in later:
        if entry.kind == "in" and other.kind == "out" and (other.seat, other.block) == (entry.seat, entry.block):
            return instant_of(other, other.skew_ms or entry.skew_ms or 0)
    return None


def _clock_time(at: datetime, zone: str) -> str:
    return date_format(at.astimezone(ZoneInfo(zone)), "g:i a")


def _take_back(device: CheckinDevice, entry: Entry) -> Answer:
    """Annul what the phone names: a line of the log, or what still waits for a person. What is gone already needs nothing."""
    line = Attendance.objects.select_related("seat", "block").filter(nonce=entry.annuls, seat__workshop=device.workshop_id).exclude(kind="annul").first()
    if line is not None:
        try:
            with transaction.atomic():
                made = annul_attendance(
                    entry=line, by=device.enrolled_by, note=entry.note or TAKEN_BACK, nonce=entry.nonce, proof=Proof(device=device, skew_ms=entry.skew_ms)
                )
        except AttendanceRefused as refusal:
            return _conflict(device, entry, line.seat, line.block, clock.now(), refusal.code, refusal.message)
        return Answer(str(entry.nonce), "recorded" if made.nonce == entry.nonce else "already", "" if made.nonce == entry.nonce else "gone")
    waiting = CheckinConflict.objects.filter(nonce=entry.annuls, device__workshop=device.workshop_id, settlement="").first()
    if waiting is not None:
        waiting.settlement, waiting.settled_at, waiting.settled_by = "set_aside", clock.now(), device.enrolled_by
        waiting.settled_note = entry.note or TAKEN_BACK
        waiting.save(update_fields=["settlement", "settled_at", "settled_by", "settled_note", "updated_at"])
    WalkIn.objects.filter(nonce=entry.annuls, workshop=device.workshop_id, state="open").update(
        state="set_aside", settled_at=clock.now(), settled_by=device.enrolled_by
    )
    return Answer(str(entry.nonce), "already", "gone", _("There was nothing left to take back."))
