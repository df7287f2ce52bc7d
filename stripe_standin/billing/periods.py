"""Billing periods: calendar arithmetic from an anchor, as Stripe does it. Times are Unix seconds, everything in UTC."""

import calendar
from datetime import UTC, datetime

from stripe_standin.clock import DAY_S

SECONDS = {"day": DAY_S, "week": 7 * DAY_S}
SHORTEST = {**SECONDS, "month": 28 * DAY_S, "year": 365 * DAY_S}


def boundary(anchor: int, interval: str, steps: int) -> int:
    """The moment `steps` intervals after `anchor`. Months are counted from the anchor, so 31 Jan gives 28 Feb and then 31 Mar."""
    if interval in SECONDS:
        return anchor + steps * SECONDS[interval]
    start = datetime.fromtimestamp(anchor, UTC)
    months = start.month - 1 + steps * (12 if interval == "year" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    day = min(start.day, calendar.monthrange(year, month)[1])
    return int(start.replace(year=year, month=month, day=day).timestamp())


def period_at(anchor: int, recurring: dict, moment: int) -> tuple[int, int]:
    """The period (start, end) of a price that contains `moment`, counted from `anchor` (which may lie later than `moment`)."""
    interval, count = recurring["interval"], recurring["interval_count"]
    step = (moment - anchor) // (SHORTEST[interval] * count)
    while boundary(anchor, interval, step * count) > moment:
        step -= 1
    while boundary(anchor, interval, (step + 1) * count) <= moment:
        step += 1
    return boundary(anchor, interval, step * count), boundary(anchor, interval, (step + 1) * count)


def same_length(one: dict, other: dict) -> bool:
    return (one["interval"], one["interval_count"]) == (other["interval"], other["interval_count"])
