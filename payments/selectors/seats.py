"""What a manager sees of the seats of an organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from payments import subjects
from payments.models import OrganizationSeat, SeatPool
from payments.subjects import Progress


@dataclass(frozen=True)
class SeatRow:
    """One seat, and how far its holder is: None when they have not begun, so that it can go to somebody else."""

    seat: OrganizationSeat
    progress: Progress | None


def seat_rows(pool: SeatPool) -> list[SeatRow]:
    """Every seat of `pool` with its holder's progress, in a constant number of queries."""
    rows = list(pool.seats.exclude(state=OrganizationSeat.State.WITHDRAWN).select_related("user"))
    subject = pool.line.subject
    progress = subjects.kind_of(subject).progress([row.user_id for row in rows if row.user_id], subject)
    return [SeatRow(row, progress.get(row.user_id or 0)) for row in rows]


def organization_pools(user: Any) -> Any:
    """The pools `user` manages, with counts, the latest first."""
    return SeatPool.objects.managed_by(user).with_counts().select_related("line__order", "organization").order_by("-created_at", "-pk")
