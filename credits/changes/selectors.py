"""What is offered under an activity, held against each of its approvals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from credits.changes.differences import Difference, differences
from credits.changes.periods import Gap, gap_on
from credits.models import Accreditation, Activity, Offering


@dataclass(frozen=True)
class Comparison:
    """One approval that covers the day, and how what is offered differs from it."""

    accreditation: Accreditation
    differences: tuple[Difference, ...]

    @property
    def stops_credit(self) -> bool:
        return any(part.stops_credit for part in self.differences)

    @property
    def is_to_file(self) -> bool:
        return any(part.is_to_file for part in self.differences)


@dataclass(frozen=True)
class OfferingView:
    offering: Offering
    comparisons: tuple[Comparison, ...]
    gaps: tuple[Gap, ...]


def to_file(activity: Activity, facts: dict[str, Any], *, day: date) -> list[str]:
    """What a board would have to hear of if this were offered for `day`, in sentences; for who writes a course or a workshop. One query."""
    rows = activity.accreditations.exclude(status=Accreditation.Status.DRAFT).select_related("board")
    found = [part.sentence for row in rows if row.covers(day) for part in _compared(facts, activity, row).differences if part.is_to_file]
    return list(dict.fromkeys(found))


def offerings_of(activity: Activity, *, today: date) -> list[OfferingView]:
    """What people can still complete, the next day first. Two queries."""
    rows = list(activity.accreditations.exclude(status=Accreditation.Status.DRAFT).select_related("board"))
    coming = [offering for offering in activity.offerings.live() if offering.on is None or offering.on >= today]
    return [_view(offering, activity, rows, offering.on or today) for offering in coming]


def _view(offering: Offering, activity: Activity, rows: Sequence[Accreditation], day: date) -> OfferingView:
    return OfferingView(offering, tuple(_compared(offering.facts, activity, row) for row in rows if row.covers(day)), tuple(gap_on(rows, day)))


def _compared(facts: dict[str, Any], activity: Activity, row: Accreditation) -> Comparison:
    return Comparison(row, tuple(differences(offered=facts, kind=facts.get("kind", activity.kind), activity=activity, accreditation=row)))


def comparison_of(offering: Offering, accreditation: Accreditation) -> Comparison:
    return _compared(offering.facts, offering.activity, accreditation)
