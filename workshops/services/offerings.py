"""Telling the credits ledger what a workshop offers, so that it can be held against the approvals."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import clock
from credits.services import end_offering, note_offering
from workshops import selectors
from workshops.models import Workshop


def workshop_facts(workshop: Workshop) -> dict[str, Any]:
    """What of a workshop is compared with the approvals."""
    return {**selectors.offered_facts(workshop, selectors.instruction_blocks(workshop)), "kind": "workshop", "pass_mark": None}


def note_workshop(*, workshop: Workshop) -> None:
    """Hand over what an announced workshop offers, or that nobody can complete it any more; called again, it changes nothing."""
    workshop = Workshop.objects.select_related("activity", "venue").get(pk=workshop.pk)
    if workshop.state != Workshop.State.PUBLISHED or workshop.ends_at is None:
        end_offering(key=workshop.subject)
        return
    day = clock.civil_date(workshop.ends_at, workshop.venue.time_zone)
    note_offering(
        key=workshop.subject,
        activity=workshop.activity,
        label=_("the workshop “%(title)s” of %(day)s") % {"title": workshop.title, "day": date_format(day, "j F Y")},
        address=reverse("workshops_desk:workshop_roster", args=[workshop.pk]),
        facts=workshop_facts(workshop),
        on=day,
    )
