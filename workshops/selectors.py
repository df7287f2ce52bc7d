"""Reads that are not one QuerySet: cards, seats, what a workshop offers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core.clock import civil_date
from credits.prospects.offers import Offer, Prospect
from credits.prospects.prospector import Prospector
from credits.selectors import hours_by_board
from credits.transcripts.sources import InProgress
from payments.selectors import offers_for
from workshops.models import Block, Seat, Workshop, WorkshopQuerySet
from workshops.near.geo import away_words
from workshops.roster.completion import BlockFacts


@dataclass(frozen=True)
class WorkshopCard:
    """A workshop as lists show it. `away` only where a place was given."""

    workshop: Workshop
    hours: list[dict[str, Any]]
    offers: list[Any]
    prospects: tuple[Prospect, ...]
    free: int
    away: str = ""


def workshop_cards(workshops: Iterable[Workshop], prospector: Prospector, *, unit: str = "mi") -> list[WorkshopCard]:
    """`workshops` with venue, activity and blocks loaded and `with_seats_taken`; those of a search have `distance_km`, told in `unit`. Five queries at most."""
    rows = list(workshops)
    hours = hours_by_board([row.activity for row in rows])
    offers = offers_for([row.subject for row in rows if not row.is_free])
    prospects = prospector.prospects([offer for row in rows if (offer := offer_of(row))])
    return [
        WorkshopCard(
            workshop=row,
            hours=hours.get(row.activity_id, []),
            offers=offers.get(row.subject, []),
            prospects=prospects.get(row.subject, ()),
            free=row.seats_free,
            away="" if (km := getattr(row, "distance_km", None)) is None else away_words(km, unit),
        )
        for row in rows
    ]


def offer_of(workshop: Workshop) -> Offer | None:
    """What attending a workshop would be compared with the approvals by, from its venue and blocks as loaded; None without dates."""
    if workshop.ends_at is None:
        return None
    offered = offered_facts(workshop, instruction_blocks(workshop))
    day = civil_date(workshop.ends_at, workshop.venue.time_zone)
    return Offer(workshop.subject, workshop.activity, day, ends_at=workshop.ends_at, **offered)


def workshops_taught(user: Any, *, most: int) -> list[Workshop]:
    """What whoever teaches has before them: workshops to come, running, or to be decided, the nearest first. One query."""
    return list(Workshop.objects.filter(instructor=user).select_related("venue").with_seats_taken().at_hand()[:most])


def coming_workshops(user: Any) -> list[Seat]:
    """The seats a person holds in workshops that are not over, soonest first, each with what `offer_of` reads. Two queries."""
    return list(Seat.objects.coming_for(user).select_related("workshop__activity").prefetch_related("workshop__blocks"))


def workshops_booked(user: Any) -> list[InProgress]:
    """What `coming_workshops` finds, as a transcript shows it."""
    seats = coming_workshops(user)
    return [InProgress(seat.workshop.title, _("Booked"), seat.workshop.get_absolute_url(), offer_of(seat.workshop)) for seat in seats]


def seat_of(workshop: Workshop, user: Any) -> Seat | None:
    """The seat `user` has, or holds while paying for it; None when they have none, or their hold is over."""
    return workshop.seats.standing().own().filter(learner_id=user.pk).first()


def search_workshops(words: str) -> WorkshopQuerySet:
    """Coming workshops in whose title, summary or town every word stands."""
    found = Workshop.objects.coming().select_related("venue", "activity").prefetch_related("blocks").with_seats_taken()
    for word in words.split():
        found = found.filter(Q(title__icontains=word) | Q(summary__icontains=word) | Q(venue__city__icontains=word) | Q(instructor_name__icontains=word))
    return found


def instruction_blocks(workshop: Workshop) -> list[BlockFacts]:
    """The blocks that count, each with the short breaks between it and the next of its session."""
    found: list[BlockFacts] = []
    pauses: list[int] = []
    for block in workshop.blocks.all():
        if block.counts:
            if found and pauses:
                found[-1] = replace(found[-1], pauses=tuple(pauses))
            found.append(block_facts(block, workshop.zone))
            pauses = []
        elif block.kind == Block.Kind.BREAK:
            pauses.append(block.minutes)
        else:
            pauses = []
    return found


def block_facts(block: Block, zone: ZoneInfo) -> BlockFacts:
    start, end = block.starts_at.astimezone(zone), block.ends_at.astimezone(zone)
    times = f"{date_format(start, 'D, N j, Y, g:i a')} – {date_format(end, 'g:i a')}"
    title = f"{times} {block.topic or block.get_mode_display()}".strip()
    return BlockFacts(pk=block.pk, title=title, starts_at=block.starts_at, ends_at=block.ends_at, mode=block.mode)


def offered_facts(workshop: Workshop, blocks: Iterable[BlockFacts]) -> dict[str, Any]:
    """What credits compares with the boards' approvals: the instruction of `blocks`, announced as it is."""
    minutes: dict[str, int] = defaultdict(int)
    for block in blocks:
        minutes[block.mode] += block.minutes
    return {"title": workshop.title, "instructor": workshop.instructor_name, "minutes": dict(minutes)}
