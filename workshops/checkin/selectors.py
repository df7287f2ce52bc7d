"""What a phone takes along into a room without network, and what the desk sees of phones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core import clock
from workshops.booking.tickets import ticket_code, ticket_hash
from workshops.checkin.signers import signers
from workshops.models import Attendance, Block, CheckinConflict, CheckinDevice, PaperSheet, Seat, WalkIn, Workshop


def milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def phone_roster(device: CheckinDevice) -> dict[str, Any]:
    """The whole of what a phone needs offline. Tickets stand as hashes; no licence, nothing about money. Ten queries at most."""
    workshop = device.workshop
    seats = list(workshop.seats.confirmed().select_related("learner", "completion"))
    asked = signers(workshop, seats)
    return {
        "server_ms": milliseconds(clock.now()),
        "device": {"name": device.name, "expires_ms": milliseconds(device.expires_at)},
        "workshop": {
            "id": workshop.pk,
            "title": workshop.title,
            "zone": workshop.venue.time_zone,
            "place": f"{workshop.venue.name}, {workshop.venue.town}",
            "starts_ms": milliseconds(workshop.starts_at) if workshop.starts_at else None,
            "ends_ms": milliseconds(workshop.ends_at) if workshop.ends_at else None,
            "is_cancelled": workshop.state == Workshop.State.CANCELLED,
            "signature_boards": list(asked.boards),
        },
        "blocks": [
            {"id": block.pk, "starts_ms": milliseconds(block.starts_at), "ends_ms": milliseconds(block.ends_at), "topic": block.topic}
            for block in workshop.blocks.all()
            if block.counts
        ],
        "seats": [
            {
                "id": seat.pk,
                "name": str(seat.learner),
                "is_remote": seat.place == Seat.Place.REMOTE,
                "ticket": ticket_hash(ticket_code(seat)),
                "signs": asked.includes(seat),
                "is_decided": hasattr(seat, "completion"),
            }
            for seat in sorted(seats, key=lambda seat: (str(seat.learner).casefold(), seat.pk))
        ],
        "log": [
            {
                "nonce": str(line.nonce),
                "seat": line.seat_id,
                "block": line.block_id,
                "kind": line.kind,
                "at_ms": milliseconds(line.at),
                "is_signed": line.is_signed,
                "on_paper": line.awaits_paper,
                "source": line.device.name if line.device else "",
            }
            for line in Attendance.objects.filter(seat__in=seats, annulled_by__isnull=True)
            .exclude(kind=Attendance.Kind.ANNUL)
            .select_related("device")
            .order_by("at", "pk")
        ],
        "conflicts": [
            {
                "nonce": str(row.nonce),
                "seat": row.seat_id,
                "name": str(row.seat.learner),
                "block": row.block_id,
                "kind": row.kind,
                "at_ms": milliseconds(row.at),
                "code": row.code,
                "detail": row.detail,
            }
            for row in open_conflicts(workshop)
        ],
        "walk_ins": [
            {"nonce": str(row.nonce), "name": row.name, "note": row.note, "at_ms": milliseconds(row.at)}
            for row in workshop.walk_ins.filter(state=WalkIn.State.OPEN)
        ],
    }


def open_conflicts(workshop: Workshop) -> list[CheckinConflict]:
    rows = CheckinConflict.objects.filter(device__workshop=workshop, settlement=CheckinConflict.Settlement.OPEN)
    return list(rows.select_related("device__workshop__venue", "seat__learner", "block"))


def doors_waiting() -> list[int]:
    """The workshop of each person who came without a seat and each entry of a phone that waits for a decision, the oldest first. Two queries."""
    walk_ins = WalkIn.objects.filter(state=WalkIn.State.OPEN).order_by("at", "pk").values_list("workshop", flat=True)
    entries = CheckinConflict.objects.filter(settlement=CheckinConflict.Settlement.OPEN).values_list("device__workshop", flat=True)
    return [*walk_ins, *entries]


def waits_at_the_door(workshop: Workshop) -> int:
    """How many people without a seat and entries of phones wait for a decision. Two queries."""
    entries = CheckinConflict.objects.filter(device__workshop=workshop, settlement=CheckinConflict.Settlement.OPEN)
    return workshop.walk_ins.filter(state=WalkIn.State.OPEN).count() + entries.count()


@dataclass(frozen=True)
class CheckinDesk:
    """What the desk shows of check-in at one workshop."""

    devices: list[CheckinDevice]
    conflicts: list[CheckinConflict]
    walk_ins: list[WalkIn]
    sheets: list[PaperSheet]
    blocks: list[Block]
    signature_boards: tuple[str, ...]


def checkin_desk(workshop: Workshop) -> CheckinDesk:
    """`workshop` has its venue, activity and blocks loaded. Eight queries, whatever the size."""
    return CheckinDesk(
        devices=list(workshop.devices.select_related("enrolled_by", "revoked_by")),
        conflicts=open_conflicts(workshop),
        walk_ins=list(workshop.walk_ins.filter(state=WalkIn.State.OPEN).select_related("device", "block")),
        sheets=list(workshop.paper_sheets.listed().select_related("uploaded_by")),
        blocks=[block for block in workshop.blocks.all() if block.counts],
        signature_boards=signers(workshop, list(workshop.seats.confirmed())).boards,
    )
