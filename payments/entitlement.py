"""Until when a membership opens the library: facts of its row alone, never what happened to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

# A renewal takes its way: Stripe keeps the invoice as a draft for an hour, charges it, and tells us; a webhook may come
# hours late. For that long a membership that will renew is not closed at the second its period (or trial) ends. What
# the charge came to is known well before: refused, it is "past due", and the grace counts from the same moment.
RENEWAL_SLACK = timedelta(days=1)


class MembershipFacts(Protocol):
    """The columns of payments.Subscription that decide."""

    status: str
    paid_through: datetime | None
    trial_end: datetime | None
    cancel_at: datetime | None
    paused_at: datetime | None
    ended_at: datetime | None
    taken_back_through: datetime | None
    is_paid_back: bool


def library_open_until(row: MembershipFacts, grace: timedelta) -> datetime | None:
    """The end of what `row` opens, which may lie in the past; None when it opens nothing.

    Only a period that was paid or a trial opens anything, and one that was taken back (a refund that closed it) does not.
    """
    end = row.trial_end if row.status == "trialing" else row.paid_through
    if end is None or (row.taken_back_through and end <= row.taken_back_through):
        return None
    if row.status in ("trialing", "active"):
        return end + RENEWAL_SLACK if _renews(row, end) else end
    if row.status == "past_due":
        return end if row.paused_at else end + grace
    if row.status == "canceled" and row.is_paid_back and row.ended_at:
        return min(end, row.ended_at)
    # Paused, unpaid or over: what was paid for is kept to its end. One that never was paid for has no such end.
    return end


def _renews(row: MembershipFacts, end: datetime) -> bool:
    return row.paused_at is None and (row.cancel_at is None or row.cancel_at > end)
