"""Did this person attend? One pure function from schedule and log to a trace.

Minutes are derived from the log: the overlap of each stay with each block of instruction. Meals and breaks never
count. Every block must be attended in full: an NCBTMB live class earns a certificate for 100 % attendance only, and
partial credit is none (CE rules 2.1, 7).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class BlockFacts:
    pk: int
    title: str
    starts_at: datetime
    ends_at: datetime
    mode: str

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


@dataclass(frozen=True)
class LogLine:
    """One row of the attendance log that is not annulled."""

    block: int
    kind: str
    at: datetime


def attended_minutes(block: BlockFacts, log: Iterable[LogLine]) -> int:
    """Whole minutes inside `block`: each arrival up to the next departure, clipped to the block.

    An arrival without a departure counts nothing: nobody has said when the person left.
    """
    seconds, arrived = 0.0, None
    for line in sorted((line for line in log if line.block == block.pk), key=lambda line: (line.at, line.kind != "out")):
        if line.kind == "in" and arrived is None:
            arrived = line.at
        elif line.kind == "out" and arrived is not None:
            stay = min(line.at, block.ends_at) - max(arrived, block.starts_at)
            seconds += max(0.0, stay.total_seconds())
            arrived = None
    return int(seconds // 60)


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
                "why": f"{minutes} of {block.minutes} minutes attended.",
                "todo": "" if met else "Record arrival and departure, or correct them with a note.",
                "children": [],
            }
        )
    met = bool(children) and all(child["met"] for child in children)
    done = sum(1 for child in children if child["met"])
    return {
        "code": "attendance",
        "met": met,
        "title": "Attended every block of instruction",
        "why": f"{done} of {len(children)} blocks attended in full.",
        "todo": "" if met else "A certificate needs every block. There is no partial credit.",
        "children": children,
    }
