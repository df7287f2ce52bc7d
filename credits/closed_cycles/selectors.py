"""Closed cycles for the pages of a licence."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef

from credits.models import ClosedCycle
from credits.models.licences import LicenceQuerySet

SHOWN = 5


def with_closed_cycles(licences: LicenceQuerySet) -> LicenceQuerySet:
    """Adds `has_closed_cycles`, so that a licence without any costs no query."""
    return licences.annotate(has_closed_cycles=Exists(ClosedCycle.objects.filter(licence=OuterRef("pk"))))


def closed_cycles_shown(licence: Any) -> list[ClosedCycle]:
    """What the page of a licence's standing says of its closed cycles, the latest change first; `licence` from `with_closed_cycles`."""
    return list(licence.closed_cycles.select_related("award").order_by("-pk")[:SHOWN]) if licence.has_closed_cycles else []
