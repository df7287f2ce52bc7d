"""What people took their seats for: the days and hours, the place, and how one is there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from workshops.models import Workshop


@dataclass(frozen=True)
class Day:
    """One civil day of a schedule, in the venue's zone: from its first to its last minute."""

    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Terms:
    venue: int
    format: str
    days: tuple[Day, ...]


def days_of(blocks: Iterable[Any], workshop: Workshop) -> tuple[Day, ...]:
    """The civil days on which `blocks` (rows or inputs) begin, first to last. A block across midnight belongs to the day it begins on."""
    days: dict[date, list[Any]] = {}
    for block in sorted(blocks, key=lambda block: block.starts_at):
        days.setdefault(block.starts_at.astimezone(workshop.zone).date(), []).append(block)
    return tuple(Day(of_day[0].starts_at, max(block.ends_at for block in of_day)) for of_day in days.values())


def terms_of(workshop: Workshop, blocks: Iterable[Any] | None = None) -> Terms:
    """The terms as stored, or as they would be with the schedule `blocks`."""
    return Terms(workshop.venue_id, workshop.format, days_of(workshop.blocks.all() if blocks is None else blocks, workshop))
