"""What went out before a workshop, and what is to go out, for whoever looks after it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from core import clock
from notifications.models import MailMessage
from workshops.models import Seat, Workshop
from workshops.reminding.due import Kind, keys_of, moment_of, reminds


@dataclass(frozen=True)
class Written:
    """The letters of one kind for one date."""

    kind: Kind
    day: date
    people: int
    failed: int
    first_at: datetime


@dataclass(frozen=True)
class Planned:
    """Letters that go out by themselves at `at`, if nothing changes."""

    kind: Kind
    at: datetime


def letters_of(workshop: Workshop) -> QuerySet[MailMessage]:
    """Every letter before `workshop`, by the mail log, the latest first."""
    return MailMessage.objects.filter(key__startswith=keys_of(workshop)).select_related("recipient").defer("body_text").order_by("-pk")


def what_it_is(letter: MailMessage) -> tuple[date, Kind]:
    """For which date a letter was, and of which kind."""
    day, kind = letter.key.split(":")[2:4]
    return date.fromisoformat(day), Kind(kind)


def written_of(workshop: Workshop) -> list[Written]:
    """What went out, summed up; the latest date first. One query."""
    rows: dict[tuple[date, Kind], list[MailMessage]] = defaultdict(list)
    for letter in letters_of(workshop):
        rows[what_it_is(letter)].append(letter)
    return [
        Written(kind, day, len(letters), sum(one.state == MailMessage.State.FAILED for one in letters), min(one.created_at for one in letters))
        for (day, kind), letters in sorted(rows.items(), key=lambda row: (row[0][0], -list(Kind).index(row[0][1])), reverse=True)
    ]


def planned_of(workshop: Workshop) -> list[Planned]:
    """What is still to go out, the next first; nothing once its moment has come. Needs the venue."""
    if not reminds() or workshop.state != Workshop.State.PUBLISHED:
        return []
    kinds = [kind for kind in Kind if kind != Kind.JOINING or Seat.Place.REMOTE in workshop.places]
    coming = [Planned(kind, at) for kind in kinds if (at := moment_of(workshop, kind)) and at > clock.now()]
    return sorted(coming, key=lambda one: one.at)
