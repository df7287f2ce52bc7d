"""Reads for the pages and the API of retention."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from credits.models import LegalHold
from credits.retention.sources import SOURCES, Source
from credits.selectors import school_today

AHEAD = timedelta(days=90)


@dataclass(frozen=True)
class SourceCounts:
    """`now` goes with the next removal, `coming` within 90 days; `held` is past its time, or will be, and a hold keeps it."""

    source: Source
    now: int
    coming: int
    held: int


def counted_sources(today: date | None = None) -> list[SourceCounts]:
    """Every kind of record with what is due; one query for each kind."""
    today = today or school_today()
    found = []
    for source in SOURCES.values():
        counts = Counter(
            "held" if is_held else "now" if due_on <= today else "coming"
            for is_held, due_on in source.due(today + AHEAD).values_list("is_held", "due_on").iterator()
        )
        found.append(SourceCounts(source, counts["now"], counts["coming"], counts["held"]))
    return found


def holds() -> QuerySet[LegalHold]:
    return LegalHold.objects.select_related("person", "activity", "board", "placed_by", "lifted_by")
