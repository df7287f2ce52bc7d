"""The roster of a workshop: who has a seat, what the log says of them, and what a dossier keeps of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from credits.selectors import activity_facts
from payments.models import OrderLine
from payments.selectors import paid_lines_of, people_suspended_from
from workshops.models import Attendance, Seat, Workshop, WorkshopCompletion
from workshops.roster.completion import BlockFacts, LogLine, attended_minutes, evaluate
from workshops.selectors import instruction_blocks, offered_facts


def standing_log(seat: Seat) -> QuerySet[Attendance]:
    """Arrivals and departures that nobody annulled."""
    return seat.attendance.exclude(kind=Attendance.Kind.ANNUL).filter(annulled_by__isnull=True).order_by("at", "pk")


def log_lines(seat: Seat) -> list[LogLine]:
    return [LogLine(block=line.block_id, kind=line.kind, at=line.at) for line in standing_log(seat)]


@dataclass(frozen=True)
class RosterCell:
    block: BlockFacts
    minutes: int
    full: bool
    entries: list[Attendance]


@dataclass(frozen=True)
class RosterRow:
    seat: Seat
    cells: list[RosterCell]
    trace: dict[str, Any]
    completion: WorkshopCompletion | None
    paid: OrderLine | None
    is_disputed: bool


def roster(workshop: Workshop) -> tuple[list[BlockFacts], list[RosterRow]]:
    """Everyone with a seat, their minutes per block, and what completion still lacks. Six queries, whatever the size."""
    blocks = instruction_blocks(workshop)
    seats = list(workshop.seats.confirmed().select_related("learner", "completion"))
    entries: dict[int, list[Attendance]] = defaultdict(list)
    annulled: set[int | None] = set()
    for entry in Attendance.objects.filter(seat__in=seats).order_by("at", "pk"):
        entries[entry.seat_id].append(entry)
        annulled.add(entry.annuls_id)
    rows, paid, disputed = [], paid_lines_of(workshop.subject), people_suspended_from(workshop.subject)
    for seat in seats:
        mine = entries[seat.pk]
        lines = [LogLine(e.block_id, e.kind, e.at) for e in mine if e.kind != Attendance.Kind.ANNUL and e.pk not in annulled]
        cells = []
        for block in blocks:
            minutes = attended_minutes(block, lines)
            cells.append(RosterCell(block, minutes, minutes >= block.minutes, [e for e in mine if e.block_id == block.pk]))
        line = paid.get((seat.reference, seat.learner_id))
        rows.append(RosterRow(seat, cells, evaluate(blocks, lines), getattr(seat, "completion", None), line, seat.learner_id in disputed))
    return blocks, rows


def dossier_facts(seat: Seat, *, decided_by: Any) -> dict[str, Any]:
    """What an audit will ask about this attendance, as plain JSON: schedule, log, venue and instructor as of now."""
    workshop, venue = seat.workshop, seat.workshop.venue
    lines = log_lines(seat)
    blocks = instruction_blocks(workshop)
    return {
        "offered": offered_facts(workshop, blocks),
        "workshop": {
            "id": workshop.pk,
            "title": workshop.title,
            "summary": workshop.summary,
            "description": workshop.description,
            "prerequisites": workshop.prerequisites,
            "cancellation_policy": workshop.cancellation_policy,
        },
        "learner": {"legal_name": seat.learner.legal_name.printed if seat.learner.legal_name else ""},
        "activity": activity_facts(workshop.activity),
        "roster": {"seats": workshop.seats.confirmed().count(), "capacity": workshop.capacity, "decided_by": str(decided_by)},
        "evaluation_submitted": False,  # a workshop asks for none
        "location": venue.address,
        "venue": {"name": venue.name, "address": venue.address, "time_zone": venue.time_zone},
        "instructor": {"name": workshop.instructor_name, "user": workshop.instructor_id, "account": str(workshop.instructor)},
        "schedule": [
            {
                "block": block.pk,
                "kind": block.kind,
                "mode": block.mode,
                "topic": block.topic,
                "starts_at": block.starts_at.isoformat(),
                "ends_at": block.ends_at.isoformat(),
                "minutes": block.minutes,
            }
            for block in workshop.blocks.all()
        ],
        "attendance": [
            {
                "block": entry.block_id,
                "kind": entry.kind,
                "at": entry.at.isoformat(),
                "recorded_at": entry.recorded_at.isoformat(),
                "recorded_by": entry.recorded_by_id,
                "recorded_by_name": str(entry.recorded_by),
                "annuls": entry.annuls_id,
                "note": entry.note,
            }
            for entry in seat.attendance.select_related("recorded_by")
        ],
        "minutes": {str(block.pk): attended_minutes(block, lines) for block in blocks},
    }
