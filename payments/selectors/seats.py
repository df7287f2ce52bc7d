"""What a manager sees of the seats of an organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from payments import subjects
from payments.models import OrganizationSeat, SeatPool
from payments.subjects import Progress


@dataclass(frozen=True)
class SeatRow:
    """One seat, and how far its holder is: None when they have not begun, so that it can go to somebody else."""

    seat: OrganizationSeat
    progress: Progress | None


def seat_rows(pool: SeatPool) -> list[SeatRow]:
    """Every seat of `pool` with its holder's progress, in a constant number of queries.

    Once a seat's access has ended its holder's further steps are nobody's business: only a completion by then still shows.
    """
    rows = list(pool.seats.exclude(state=OrganizationSeat.State.WITHDRAWN).select_related("user", "grant"))
    subject = pool.line.subject
    progress = subjects.kind_of(subject).progress([row.user_id for row in rows if row.user_id], subject)
    return [SeatRow(row, _within_access(row, progress.get(row.user_id or 0))) for row in rows]


def _within_access(seat: OrganizationSeat, progress: Progress | None) -> Progress | None:
    grant = seat.grant
    if progress is None or grant is None or grant.phase == "live":
        return progress
    ended = grant.revoked_at or grant.expires_at
    was_done = progress.completed_on and ended and progress.completed_on <= ended.date()
    return progress if was_done else Progress(_("Access has ended"))


def organization_pools(user: Any) -> Any:
    """The pools `user` manages, with counts, the latest first."""
    return SeatPool.objects.managed_by(user).with_counts().select_related("line__order", "organization").order_by("-created_at", "-pk")
