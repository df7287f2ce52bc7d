"""Writing a venue down, and what it means for the workshops that are planned in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from core import clock
from core.audit import record_audit
from payments.services import lock_rests
from workshops.models import Block, Venue, Workshop
from workshops.schedule.changes import Change, change_of_terms, make_known
from workshops.schedule.clocks import instant, wall
from workshops.services import BlockInput
from workshops.services.offerings import note_workshop
from workshops.signals import workshop_changed


@dataclass(frozen=True)
class Affected:
    """A coming workshop at the venue; `change` is None when nobody has to be told."""

    workshop: Workshop
    blocks: list[BlockInput]
    change: Change | None


def affected_by(venue: Venue) -> list[Affected]:
    """What saving `venue` would mean for the coming workshops in it.

    In another time zone they keep their hours by the clock on the wall. Raises DomainError when a night's clock does
    not allow one of them.
    """
    old = Venue.objects.filter(pk=venue.pk).first()
    if old is None:
        return []
    coming = Workshop.objects.filter(venue=venue, starts_at__gt=clock.now(), state__in=[Workshop.State.DRAFT, Workshop.State.PUBLISHED])
    found = []
    for workshop in coming.prefetch_related("blocks").order_by("pk"):
        workshop.venue = old
        planned = copy(workshop)
        planned.venue = venue
        blocks = [_kept(block, ZoneInfo(old.time_zone), ZoneInfo(venue.time_zone)) for block in workshop.blocks.all()]
        found.append(Affected(workshop, blocks, change_of_terms(old=workshop, new=planned, blocks=blocks)))
    return found


def told(affected: Sequence[Affected]) -> list[Affected]:
    """Those of whom people are told."""
    return [one for one in affected if one.change and one.change.seats]


def token_of(affected: Sequence[Affected]) -> str:
    """Stands for exactly these changes and people."""
    return hashlib.sha256("".join(one.change.token for one in told(affected) if one.change).encode()).hexdigest()[:20]


def _kept(block: Block, before: ZoneInfo, after: ZoneInfo) -> BlockInput:
    if before.key == after.key:
        return BlockInput(block.starts_at, block.ends_at, block.kind, block.mode, block.topic)
    (day, at, which), (until_day, until, until_which) = wall(block.starts_at, before), wall(block.ends_at, before)
    start, end = instant(day, at, after, which=which or "first"), instant(until_day, until, after, which=until_which or "first")
    return BlockInput(start, end, block.kind, block.mode, block.topic)


def save_venue(*, venue: Venue, by: Any, note: str = "") -> Venue:
    """Create or change a venue. Its workshops move along; whoever has a seat in a coming one is told of another address or clock."""
    with transaction.atomic():
        if venue.pk:
            Venue.objects.select_for_update().get(pk=venue.pk)
            subjects = [workshop.subject for workshop in Workshop.objects.filter(venue=venue)]
            lock_rests(subjects=subjects, waits=True)
            list(Workshop.objects.select_for_update().filter(venue=venue).order_by("pk"))
            lock_rests(subjects=subjects, waits=False)
        affected = affected_by(venue)
        venue.save()
        Workshop.objects.filter(venue=venue).update(lat=venue.lat, lng=venue.lng)
        record_audit(actor=by, action="workshops.save_venue", record=venue)
        for one in affected:
            _move_along(one, note, by)
    return venue


def _move_along(one: Affected, note: str, by: Any) -> None:
    workshop = Workshop.objects.select_related("venue").get(pk=one.workshop.pk)
    for block, planned in zip(Block.objects.filter(workshop=workshop), one.blocks, strict=True):
        if (block.starts_at, block.ends_at) != (planned.starts_at, planned.ends_at):
            Block.objects.filter(pk=block.pk).update(starts_at=planned.starts_at, ends_at=planned.ends_at)
    if one.blocks:
        workshop.starts_at, workshop.ends_at = one.blocks[0].starts_at, max(block.ends_at for block in one.blocks)
        workshop.save(update_fields=["starts_at", "ends_at", "updated_at"])
    if one.change:
        make_known(workshop=workshop, change=one.change, by=by, note=note)
        note_workshop(workshop=workshop)
    workshop_changed.send(sender=Workshop, workshop=workshop)
