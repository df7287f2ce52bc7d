"""What is on the officers' list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from credits.models import OfficerTask
from credits.models.worklist import OfficerTaskQuerySet

STATES = ("open", "overdue", "settled", "all")


@dataclass(frozen=True)
class TaskFilter:
    """What a reader asked to see: one of STATES, a kind or "", words or ""."""

    state: str = "open"
    kind: str = ""
    words: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str], words: str) -> TaskFilter:
        """Whatever is not known means everything that is open."""
        state, kind = query.get("state", ""), query.get("kind", "")
        return cls(state if state in STATES else "open", kind if kind in OfficerTask.Kind.values else "", words)

    def rows(self, today: date) -> OfficerTaskQuerySet:
        rows = OfficerTask.objects.select_related("settled_by")
        match self.state:
            case "open":
                rows = rows.open()
            case "overdue":
                rows = rows.overdue(today)
            case "settled":
                rows = rows.filter(settled_at__isnull=False).order_by("-settled_at", "-pk")
        if self.kind:
            rows = rows.filter(kind=self.kind)
        if self.words:
            rows = rows.filter(Q(title__icontains=self.words) | Q(detail__icontains=self.words) | Q(note__icontains=self.words))
        return rows


def open_by_kind() -> list[tuple[str, str, int]]:
    """The kinds with something open: value, words, how many. In the order of the kinds."""
    counted = dict(OfficerTask.objects.filter(settled_at__isnull=True).order_by().values_list("kind").annotate(Count("pk")))
    return [(kind, str(OfficerTask.Kind(kind).label), counted[kind]) for kind in OfficerTask.Kind.values if kind in counted]


def task_counts(today: date) -> dict[str, int]:
    """How many are open, and how many of these are overdue."""
    return OfficerTask.objects.aggregate(
        open=Count("pk", filter=Q(settled_at__isnull=True)), overdue=Count("pk", filter=Q(settled_at__isnull=True, due_on__lt=today))
    )
