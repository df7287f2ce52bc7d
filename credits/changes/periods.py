"""When approvals end and what they leave open. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from credits.models import Accreditation, Board


@dataclass(frozen=True)
class Gap:
    """A board whose approvals leave a day uncovered; `nearest` is the approval next to it, mostly the one that ended."""

    nearest: Accreditation

    @property
    def board(self) -> Board:
        return self.nearest.board


def gap_on(rows: Iterable[Accreditation], day: date) -> list[Gap]:
    """The boards that approved the activity for other days than `day`. `rows` are its approvals, boards loaded, drafts left out."""
    by_board: dict[int, list[Accreditation]] = {}
    for row in rows:
        if row.is_as_printed:
            continue
        by_board.setdefault(row.board_id, []).append(row)
    found = []
    for mine in by_board.values():
        if not any(row.covers(day) for row in mine):
            before = [row for row in mine if row.valid_from <= day]
            nearest = max(before, key=_last) if before else min(mine, key=lambda row: row.valid_from)
            found.append(Gap(nearest))
    return found


def ends_soon(row: Accreditation, others: Sequence[Accreditation], *, today: date, within: timedelta) -> bool:
    """Whether an approval in force ends within that time and no other of the same board and mode goes on from there."""
    end = row.last_day
    if end is None or row.status != Accreditation.Status.IN_FORCE or not today <= end <= today + within:
        return False
    next_day = end + timedelta(days=1)
    return not any(other.board_id == row.board_id and other.mode == row.mode and other.covers(next_day) for other in others)


def _last(row: Accreditation) -> date:
    return row.last_day or date.max
