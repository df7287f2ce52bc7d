"""The roster of a workshop: who has a seat, what the log says of them, and what a dossier keeps of it."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from accounts.models import LegalName
from core import clock
from core.models import Job
from credits.prospects.attendance import BoardHours, approvals_of, hours_of
from credits.rulebook import known
from credits.selectors import activity_facts
from payments.models import Balance, OrderLine
from payments.selectors import owed_for, paid_lines_of, people_suspended_from
from workshops.checkin.evidence import entry_facts
from workshops.checkin.signers import signers
from workshops.leaving.terms import words_for
from workshops.models import Attendance, AttendanceCorrection, AttendeeMessage, Seat, SeatOutcome, WaitingEntry, Workshop, WorkshopCompletion
from workshops.roster.completion import BlockFacts, LogLine, attended_facts, attended_minutes, evaluate, remotely, so_far, still_possible
from workshops.roster.gaps import Gap, gaps_of, is_here, signature_gap
from workshops.selectors import instruction_blocks, offered_facts


def standing_log(seat: Seat) -> QuerySet[Attendance]:
    """Arrivals and departures that nobody annulled."""
    return seat.attendance.exclude(kind=Attendance.Kind.ANNUL).filter(annulled_by__isnull=True).order_by("at", "pk")


def log_lines(seat: Seat) -> list[LogLine]:
    return [LogLine(block=line.block_id, kind=line.kind, at=line.at) for line in standing_log(seat)]


def blocks_of(seat: Seat) -> list[BlockFacts]:
    """The instruction as the holder of this seat takes part in it."""
    blocks = instruction_blocks(seat.workshop)
    return remotely(blocks) if seat.place == Seat.Place.REMOTE else blocks


def credit_facts(seat: Seat, blocks: list[BlockFacts], lines: list[LogLine]) -> dict[str, Any]:
    """What `credits` judges an attendance by: what was offered to the holder of this seat, and what of it they attended."""
    return {"offered": offered_facts(seat.workshop, blocks), "attended": attended_facts(blocks, lines)}


@dataclass(frozen=True)
class RosterCell:
    """One person in one block. `is_here`: arrived and not left."""

    block: BlockFacts
    minutes: int
    full: bool
    entries: list[Attendance]
    standing: list[Attendance]
    gaps: list[Gap]
    is_here: bool
    is_over: bool
    has_begun: bool


@dataclass(frozen=True)
class RosterRow:
    """One person. `hours` are what boards would grant if they left now, `possible` if they stay to the end; the same once it is over."""

    seat: Seat
    cells: list[RosterCell]
    trace: dict[str, Any]
    completion: WorkshopCompletion | None
    paid: OrderLine | None
    is_disputed: bool
    balance: Balance | None
    outcome: SeatOutcome | None
    correction: AttendanceCorrection | None
    minutes: int
    gaps: list[Gap]
    hours: list[BoardHours]
    possible: list[BoardHours]
    last_entry: int

    @property
    def state(self) -> str:
        """By the log as it stands: booked until somebody came, then partial or full; no_show once it was decided so."""
        if self.trace["met"]:
            return SeatOutcome.State.FULL
        return SeatOutcome.State.PARTIAL if any(cell.standing for cell in self.cells) else SeatOutcome.State.NO_SHOW

    @property
    def is_here(self) -> bool:
        return any(cell.is_here and not cell.is_over for cell in self.cells)

    @property
    def lines(self) -> list[HoursLine]:
        """So far and still possible, board by board."""
        return [HoursLine(now, possible) for now, possible in zip(self.hours, self.possible, strict=True)]

    @property
    def to_settle(self) -> list[Gap]:
        """What can still be mended: somebody is called back, asked when they left, or signs."""
        return [gap for gap in self.gaps if gap.code in ("not_here", "away", "no_departure", "no_arrival", "unsigned", "on_paper")]


@dataclass(frozen=True)
class HoursLine:
    now: BoardHours
    possible: BoardHours

    @property
    def is_at_risk(self) -> bool:
        """Whether less than all is left to earn."""
        return not self.possible.is_full


@dataclass(frozen=True)
class Roster:
    workshop: Workshop
    blocks: list[BlockFacts]
    rows: list[RosterRow]
    now: datetime

    @property
    def runs(self) -> bool:
        """From an hour before the first block to the end of the last: while it changes by itself."""
        starts, ends = self.workshop.starts_at, self.workshop.ends_at
        return starts is not None and ends is not None and starts - timedelta(hours=1) <= self.now < ends

    @property
    def here(self) -> int:
        return sum(row.is_here for row in self.rows)

    @property
    def running_block(self) -> BlockFacts | None:
        return next((block for block in self.blocks if block.starts_at <= self.now < block.ends_at), None)

    @property
    def alarms(self) -> list[RosterRow]:
        """Whoever is missing something now that can still be mended."""
        return [row for row in self.rows if row.completion is None and row.to_settle]

    @property
    def open_rows(self) -> list[RosterRow]:
        return [row for row in self.rows if row.completion is None]

    @property
    def state_counts(self) -> dict[str, int]:
        return {state: sum(row.state == state for row in self.rows) for state in SeatOutcome.State.values}


def roster(workshop: Workshop, *, only: Seat | None = None) -> Roster:
    """Everyone with a seat: minutes, gaps and hours per board, live. Twelve queries at most, whatever the size. `workshop` has venue, activity and blocks."""
    now, blocks = clock.now(), instruction_blocks(workshop)
    seats = list(workshop.seats.confirmed().select_related("learner", "completion").filter(**({"pk": only.pk} if only else {})))
    entries: dict[int, list[Attendance]] = defaultdict(list)
    annulled: set[int | None] = set()
    for entry in Attendance.objects.filter(seat__in=seats).order_by("at", "pk"):
        entries[entry.seat_id].append(entry)
        annulled.add(entry.annuls_id)
    outcomes = {row.seat_id: row for row in SeatOutcome.objects.current().filter(seat__in=seats).select_related("decided_by")}
    corrections = {
        row.seat_id: row for row in AttendanceCorrection.objects.filter(seat__in=seats, state=AttendanceCorrection.State.OPEN).select_related("block")
    }
    owed = owed_for(workshop.subject)
    paid, disputed = paid_lines_of(workshop.subject), people_suspended_from(workshop.subject)
    approvals = approvals_of(workshop.activity, day=clock.civil_date(workshop.ends_at, workshop.venue.time_zone)) if workshop.ends_at and seats else []
    rules, rows, asked = known(), [], signers(workshop, seats)
    for seat in seats:
        seat.workshop = workshop
        mine = entries[seat.pk]
        own = remotely(blocks) if seat.place == Seat.Place.REMOTE else blocks
        standing = [entry for entry in mine if entry.kind != Attendance.Kind.ANNUL and entry.pk not in annulled]
        lines = [LogLine(entry.block_id, entry.kind, entry.at) for entry in standing]
        gaps = gaps_of(own, lines, zone=workshop.zone, now=now) + (_signature_gaps(own, standing, workshop.zone, now) if asked.includes(seat) else [])
        rows.append(
            RosterRow(
                seat=seat,
                cells=[_cell(block, so_far(own, lines, now), mine, gaps, now, is_here(block, lines)) for block in own],
                trace=evaluate(own, lines),
                completion=getattr(seat, "completion", None),
                paid=paid.get((seat.reference, seat.learner_id)),
                is_disputed=seat.learner_id in disputed,
                balance=owed.get(seat.learner_id),
                outcome=outcomes.get(seat.pk),
                correction=corrections.get(seat.pk),
                minutes=sum(attended_minutes(block, lines) for block in own),
                gaps=gaps,
                hours=hours_of(credit_facts(seat, own, so_far(own, lines, now)), approvals, rules=rules),
                possible=hours_of(credit_facts(seat, own, still_possible(own, lines, now)), approvals, rules=rules),
                last_entry=max((entry.pk for entry in mine), default=0),
            )
        )
    return Roster(workshop, blocks, rows, now)


def _cell(block: BlockFacts, lines: list[LogLine], entries: list[Attendance], gaps: list[Gap], now: datetime, here: bool) -> RosterCell:
    """`lines` are those so far: whoever is in the room has been there until now."""
    minutes, own = attended_minutes(block, lines), [entry for entry in entries if entry.block_id == block.pk]
    annulled = {entry.annuls_id for entry in own}
    return RosterCell(
        block=block,
        minutes=minutes,
        full=minutes >= block.minutes,
        entries=own,
        standing=[entry for entry in own if entry.kind != Attendance.Kind.ANNUL and entry.pk not in annulled],
        gaps=[gap for gap in gaps if gap.block == block.pk],
        is_here=here,
        is_over=block.ends_at <= now,
        has_begun=block.starts_at <= now,
    )


def _signature_gaps(blocks: list[BlockFacts], standing: list[Attendance], zone: ZoneInfo, now: datetime) -> list[Gap]:
    """One for each block where a phone signed somebody in who has not signed; `standing` is what nobody took back.

    Only a phone asks for signatures: whoever marks people on the desk has them on paper, or looks after that.
    """
    unsigned: dict[int, list[Attendance]] = defaultdict(list)
    for entry in standing:
        if entry.kind == Attendance.Kind.IN and entry.device_id and not entry.is_signed:
            unsigned[entry.block_id].append(entry)
    found = [
        (block, next((entry for entry in unsigned[block.pk] if not entry.awaits_paper), unsigned[block.pk][0])) for block in blocks if block.pk in unsigned
    ]
    return [signature_gap(block, arrived=entry.at, awaits_paper=entry.awaits_paper, zone=zone, now=now) for block, entry in found]


def fingerprint(found: Roster) -> str:
    """Of everything a decision rests on: another one means that somebody entered something since."""
    said = [[row.seat.pk, row.state, row.minutes, row.last_entry, row.outcome.pk if row.outcome else 0] for row in found.rows]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def completion_job(workshop: Workshop) -> Job | None:
    """The job that decides the attendance of `workshop`, the latest when it was decided more than once."""
    return Job.objects.filter(key__startswith=f"complete-attendance:{workshop.pk}:").order_by("-pk").first()


def dossier_facts(seat: Seat, *, decided_by: Any) -> dict[str, Any]:
    """What an audit will ask about this attendance, as plain JSON: schedule, log, venue and instructor as of now."""
    workshop, venue = seat.workshop, seat.workshop.venue
    lines = log_lines(seat)
    blocks = blocks_of(seat)
    return {
        **credit_facts(seat, blocks, lines),
        "place": seat.place,
        "workshop": {
            "id": workshop.pk,
            "title": workshop.title,
            "summary": workshop.summary,
            "description": workshop.description,
            "prerequisites": workshop.prerequisites,
            "cancellation_policy": "\n".join([*words_for(workshop), workshop.cancellation_policy]).strip(),
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
                **entry_facts(entry),
            }
            for entry in seat.attendance.select_related("recorded_by", "device", "sheet").defer("sheet__content")
        ],
        "minutes": {str(block.pk): attended_minutes(block, lines) for block in blocks},
    }


@dataclass(frozen=True)
class OwnAttendance:
    """What a learner sees of themselves. `here_since` while they are signed in to a block that runs."""

    row: RosterRow
    here_since: datetime | None
    runs: bool
    corrections: list[AttendanceCorrection]

    @property
    def may_ask(self) -> bool:
        return self.row.seat.workshop.has_started and not any(asked.state == AttendanceCorrection.State.OPEN for asked in self.corrections)


def own_attendance(seat: Seat) -> OwnAttendance:
    """`seat` is confirmed and comes with its workshop, venue, activity and blocks."""
    found = roster(seat.workshop, only=seat)
    row = found.rows[0]
    arrivals = [entry.at for cell in row.cells if cell.is_here and not cell.is_over for entry in cell.standing if entry.kind == Attendance.Kind.IN]
    corrections = list(seat.corrections.select_related("block", "answered_by"))
    return OwnAttendance(row, max(arrivals, default=None), found.runs, corrections)


def people_for(workshop: Workshop, audience: str, chosen: Iterable[Seat] = ()) -> list[Any]:
    """The users whom a message to `audience` reaches, by name. `chosen` are the seats ticked, for that audience alone."""
    kinds = AttendeeMessage.Audience
    seats = workshop.seats.confirmed().select_related("learner")
    if audience == kinds.WAITING:
        people = [entry.learner for entry in WaitingEntry.objects.filter(workshop=workshop).open().select_related("learner")]
    elif audience == kinds.CHOSEN:
        people = [seat.learner for seat in chosen]
    elif audience == kinds.ABSENT:
        present = Attendance.objects.filter(seat__workshop=workshop, kind=Attendance.Kind.IN, annulled_by__isnull=True).values("seat")
        people = [seat.learner for seat in seats.exclude(pk__in=present)]
    else:
        place = {kinds.ROOM: {"place": Seat.Place.ROOM}, kinds.REMOTE: {"place": Seat.Place.REMOTE}}.get(kinds(audience), {})
        people = [seat.learner for seat in seats.filter(**place)]
    return sorted({person.pk: person for person in people if person.is_active}.values(), key=lambda person: str(person).casefold())


def legal_names(seats: Iterable[Seat]) -> dict[int, str]:
    """The confirmed names of those who hold `seats`, by user. One query."""
    names = LegalName.objects.filter(user__in=[seat.learner_id for seat in seats], replaced_at__isnull=True)
    return {name.user_id: name.printed for name in names}
