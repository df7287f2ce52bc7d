"""Reads of waiting lists: where somebody stands, what their page shows, what staff see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from workshops.models import WaitingEntry, Workshop
from workshops.waiting.turns import turns_of


def open_entry(workshop: Workshop, user: Any) -> WaitingEntry | None:
    """Where `user` waits for this workshop, or has an offer; None for everybody else."""
    return workshop.waiting.open_of(user).first()


def position_of(entry: WaitingEntry) -> int:
    """Where it stands now: see `with_position`."""
    return WaitingEntry.objects.with_position().get(pk=entry.pk).position


def waits_of(user: Any) -> list[WaitingEntry]:
    """Where a person waits, each with `position`, those with an offer first, then soonest. One query."""
    found = WaitingEntry.objects.open_of(user).with_position().select_related("workshop__venue")
    return list(found.order_by(F("offer_until").asc(nulls_last=True), "workshop__starts_at", "pk"))


@dataclass(frozen=True)
class WaitingPanel:
    """What the workshop's page says to its viewer. `position` is 0 for who has an offer or does not wait."""

    entry: WaitingEntry | None
    position: int
    waiting: int


def waiting_panel(workshop: Workshop, user: Any) -> WaitingPanel:
    """Two queries, one for a stranger."""
    entry = workshop.waiting.open_of(user).with_position().first()
    waiting = workshop.waiting.filter(state=WaitingEntry.State.WAITING).count()
    return WaitingPanel(entry, entry.position if entry else 0, waiting)


@dataclass(frozen=True)
class ListRow:
    """One person on the list as staff see them: where, since when, and why there is no offer (or until when there is one)."""

    entry: WaitingEntry
    position: int
    why: str
    is_paying: bool = False


def list_rows(workshop: Workshop) -> list[ListRow]:
    """Everybody on the list: those with an offer first, then in turn. A constant number of queries, but for who may register yet."""
    paying = set(workshop.seats.held().exclude(reference__startswith="offer:").filter(offer__isnull=False).values_list("offer", flat=True))
    offered = workshop.waiting.filter(state=WaitingEntry.State.OFFERED).select_related("learner").order_by("offer_until", "pk")
    rows = [ListRow(entry, 0, "", is_paying=entry.pk in paying) for entry in offered]
    counted: dict[str, int] = {}
    for turn in turns_of(workshop):
        counted[turn.entry.place] = counted.get(turn.entry.place, 0) + 1
        why = _("Is offered a seat at the next look, within ten minutes.") if turn.is_offer else turn.sentence
        rows.append(ListRow(turn.entry, counted[turn.entry.place], why))
    return rows
