"""Order among siblings: rows with a `position` under a deferred unique constraint."""

from __future__ import annotations

from typing import Any

from django.db.models import Max, QuerySet


def next_place(siblings: QuerySet[Any]) -> int:
    return (siblings.aggregate(last=Max("position"))["last"] or 0) + 1


def move(row: Any, siblings: QuerySet[Any], by: int) -> None:
    """Swap `row` with the neighbour above (`by` -1) or below (+1). At the edge nothing happens. The caller holds the version's lock."""
    ordered = list(siblings.order_by("position"))
    here = next(index for index, sibling in enumerate(ordered) if sibling.pk == row.pk)
    there = here + by
    if not 0 <= there < len(ordered):
        return
    mine, other = ordered[here], ordered[there]
    mine.position, other.position = other.position, mine.position
    type(row).objects.bulk_update([mine, other], ["position"])
