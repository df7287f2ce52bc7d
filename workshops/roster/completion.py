"""Did this person attend? Pure functions from schedule and log to minutes, segments and a trace.

Minutes are derived from the log: the overlap of each stay with each block of instruction. Meals and breaks never
count. What of it a board credits is the board's to say (`credits.attended`): most want all of it, some pay a part.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from math import ceil
from typing import Any

from django.utils.translation import gettext as _

REMOTE = "live_remote"


@dataclass(frozen=True)
class BlockFacts:
    """A block of instruction. `pauses` are the minutes of the short breaks between it and the next block of the same session."""

    pk: int
    title: str
    starts_at: datetime
    ends_at: datetime
    mode: str
    pauses: tuple[int, ...] = ()

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


@dataclass(frozen=True)
class LogLine:
    """One row of the attendance log that is not annulled."""

    block: int
    kind: str
    at: datetime


@dataclass(frozen=True)
class Stay:
    """From an arrival to the next departure; either is None where nobody entered it."""

    arrived: datetime | None
    left: datetime | None


def remotely(blocks: Iterable[BlockFacts]) -> list[BlockFacts]:
    """The blocks as somebody takes part in them who is not in the room."""
    return [replace(block, mode=REMOTE) for block in blocks]


def stays(block: BlockFacts, log: Iterable[LogLine]) -> list[Stay]:
    """What the log says of one block, in order. A repeated arrival and a repeated departure say nothing new."""
    found: list[Stay] = []
    arrived: datetime | None = None
    for line in sorted((line for line in log if line.block == block.pk), key=lambda line: (line.at, line.kind != "out")):
        if line.kind == "in":
            arrived = arrived or line.at
        elif arrived is not None:
            found.append(Stay(arrived, line.at))
            arrived = None
        elif not found:
            found.append(Stay(None, line.at))
    return [*found, Stay(arrived, None)] if arrived else found


def attended_minutes(block: BlockFacts, log: Iterable[LogLine]) -> int:
    """Whole minutes inside `block`: each arrival up to the next departure, clipped to the block.

    An arrival without a departure counts nothing: nobody has said when the person left.
    """
    seconds = 0.0
    for stay in stays(block, log):
        if stay.arrived and stay.left:
            seconds += max(0.0, (min(stay.left, block.ends_at) - max(stay.arrived, block.starts_at)).total_seconds())
    return int(seconds // 60)


def attended_facts(blocks: Sequence[BlockFacts], log: Iterable[LogLine]) -> dict[str, Any]:
    """What `credits` is told of it, as plain JSON: {is_full, segments}, a segment for each block (`credits.attended.granted_for`)."""
    lines, segments = list(log), []
    for block in blocks:
        minutes = attended_minutes(block, lines)
        late = _minutes_late(block, lines) if minutes else 0
        segments.append(
            {
                "id": str(block.pk),
                "title": block.title,
                "mode": block.mode,
                "minutes": block.minutes,
                "break_minutes": list(block.pauses),
                "attended": minutes > 0,
                "late_minutes": late,
                "early_minutes": max(0, block.minutes - minutes - late) if minutes else 0,
            }
        )
    is_full = bool(segments) and all(part["attended"] and not part["late_minutes"] and not part["early_minutes"] for part in segments)
    return {"is_full": is_full, "segments": segments}


def _minutes_late(block: BlockFacts, lines: list[LogLine]) -> int:
    counted = [stay.arrived for stay in stays(block, lines) if stay.arrived and stay.left and stay.left > block.starts_at]
    return max(0, ceil((counted[0] - block.starts_at).total_seconds() / 60)) if counted else 0


def still_possible(blocks: Iterable[BlockFacts], log: Iterable[LogLine], now: datetime) -> list[LogLine]:
    """The log as it will read if the person is in the room from now to the end of each block that is not over."""
    lines = list(log)
    found = list(lines)
    for block in blocks:
        if block.ends_at <= now:
            continue
        here = any(stay.arrived and not stay.left for stay in stays(block, lines))
        begun = any(line.block == block.pk for line in lines) or block.starts_at < now
        if not here:
            found.append(LogLine(block.pk, "in", max(now, block.starts_at) if begun else block.starts_at))
        found.append(LogLine(block.pk, "out", block.ends_at))
    return found


def so_far(blocks: Iterable[BlockFacts], log: Iterable[LogLine], now: datetime) -> list[LogLine]:
    """The log as it would read if whoever is in a block that runs left it now."""
    lines = list(log)
    running = [block for block in blocks if block.starts_at <= now < block.ends_at]
    return lines + [LogLine(block.pk, "out", now) for block in running if any(stay.arrived and not stay.left for stay in stays(block, lines))]


def evaluate(blocks: Iterable[BlockFacts], log: Iterable[LogLine]) -> dict[str, Any]:
    """The trace of one person's attendance: `{code, met, title, why, todo, children}`."""
    lines, children = list(log), []
    for block in blocks:
        minutes = attended_minutes(block, lines)
        met = minutes >= block.minutes
        children.append(
            {
                "code": f"block:{block.pk}",
                "met": met,
                "title": block.title,
                "why": _("%(minutes)s of %(all)s minutes attended.") % {"minutes": minutes, "all": block.minutes},
                "todo": "" if met else _("Record arrival and departure, or correct them with a note."),
                "children": [],
            }
        )
    met = bool(children) and all(child["met"] for child in children)
    done = sum(1 for child in children if child["met"])
    return {
        "code": "attendance",
        "met": met,
        "title": _("Attended every block of instruction"),
        "why": _("%(done)s of %(all)s blocks attended in full.") % {"done": done, "all": len(children)},
        "todo": "" if met else _("Most boards want every block; some credit a part."),
        "children": children,
    }
