"""Which awards a bulk change may be about, and what happens to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from core.models import Job
from credits.models import BulkChange
from credits.models.awards import Award, AwardQuerySet


@dataclass(frozen=True)
class AwardFilter:
    """What an officer narrows awards by. Nothing chosen means every award that stands."""

    words: str = ""
    board: str = ""
    activity: int | None = None
    first: date | None = None
    last: date | None = None

    @classmethod
    def of(cls, query: Mapping[str, Any], words: str) -> AwardFilter:
        """Whatever can not be read is left out."""
        activity = query.get("activity", "")
        known = int(activity) if activity.isdecimal() and len(activity) < 10 else None
        return cls(words, query.get("board", ""), known, _day(query, "first"), _day(query, "last"))

    def rows(self) -> AwardQuerySet:
        rows = Award.objects.current()
        if self.board:
            rows = rows.filter(board__code=self.board)
        if self.activity is not None:
            rows = rows.filter(dossier__activity=self.activity)
        if self.first:
            rows = rows.filter(completed_on__gte=self.first)
        if self.last:
            rows = rows.filter(completed_on__lte=self.last)
        if self.words:
            about = Q(dossier__user__email__icontains=self.words) | Q(holder__legal_name_printed__icontains=self.words)
            rows = rows.filter(about | Q(title__icontains=self.words) | Q(certificate__serial__iexact=self.words))
        return rows

    @property
    def is_narrow(self) -> bool:
        """Whether anything was chosen: all awards of the school at once are nobody's wish."""
        return bool(self.words or self.board or self.activity is not None or self.first or self.last)


def _day(query: Mapping[str, Any], name: str) -> date | None:
    try:
        return date.fromisoformat(query.get(name, ""))
    except ValueError:
        return None


def progress_of(change: BulkChange) -> int:
    """Percent of what is being tried or done."""
    verb = "try" if change.state == BulkChange.State.TRYING else "do"
    return Job.objects.filter(key=f"{verb}-bulk-change:{change.pk}").values_list("progress", flat=True).first() or 0
