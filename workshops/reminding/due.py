"""Who is to be reminded of a workshop now. A letter is due from its moment on until the workshop begins; decision 0039."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from core import clock
from notifications.models import MailMessage
from workshops.calendars.services import confirmation_keys
from workshops.models import Seat, Workshop
from workshops.schedule.page import JOIN_SHOWN_BEFORE

KEY = "workshop-reminder:"


class Kind(models.TextChoices):
    """What is written before a workshop. The last goes to remote seats alone, and says all again."""

    SEAT = "seat", _("Some days before, to everybody with a seat")
    JOINING = "joining", _("The day before, to everybody who joins online")
    INSTRUCTOR = "instructor", _("Some days before, to whoever teaches")


@dataclass(frozen=True)
class Due:
    """One letter to the holder of `seat`."""

    seat: Seat
    kind: Kind

    @property
    def key(self) -> str:
        return key_of(self.seat.workshop, self.kind, self.seat.pk)


def key_of(workshop: Workshop, kind: Kind, reader: int) -> str:
    """What makes a letter one: the date (by the venue's calendar), the kind and the seat, or who teaches. Another date is written of anew."""
    if workshop.starts_at is None:
        raise ValueError("Nobody is reminded of a workshop without dates.")
    day = clock.civil_date(workshop.starts_at, workshop.venue.time_zone)
    return f"{keys_of(workshop)}{day:%Y-%m-%d}:{kind}:{reader}"


def keys_of(workshop: Workshop) -> str:
    """How the keys of all letters about `workshop` begin."""
    return f"{KEY}{workshop.pk}:"


def reminds() -> bool:
    """Whether the school writes before workshops at all."""
    return bool(settings.WORKSHOP_REMINDER_DAYS > 0)


def before_seats() -> timedelta:
    return timedelta(days=settings.WORKSHOP_REMINDER_DAYS)


def coming_soon() -> QuerySet[Workshop]:
    """The announced workshops that have not begun and of which a moment may have come. None where the school reminds nobody."""
    if not reminds():
        return Workshop.objects.none()
    until = clock.now() + max(before_seats(), JOIN_SHOWN_BEFORE)
    return Workshop.objects.coming().filter(starts_at__lte=until).select_related("venue", "instructor").order_by("starts_at", "pk")


def is_due(workshop: Workshop, kind: Kind) -> bool:
    """Whether letters of this kind are written about `workshop` now: from their moment until it begins, while it takes place."""
    moment = moment_of(workshop, kind)
    if not reminds() or moment is None or workshop.state != Workshop.State.PUBLISHED:
        return False
    return moment <= clock.now() and not workshop.has_started


def moment_of(workshop: Workshop, kind: Kind) -> datetime | None:
    """From when on a letter of this kind is due; None for a workshop without dates."""
    before = JOIN_SHOWN_BEFORE if kind == Kind.JOINING else before_seats()
    return workshop.starts_at - before if workshop.starts_at else None


def is_remote(seat: Seat) -> bool:
    return seat.place == Seat.Place.REMOTE or seat.workshop.format == Workshop.Format.ONLINE


def letters_due(workshop: Workshop, seats: Collection[int] | None = None) -> list[Due]:
    """What is to be written now to the holders of all confirmed seats of `workshop`, or of `seats`. Three queries.

    Whose confirmation was written after the moment knows all of it from there, unless day, hour or place changed since.
    Once the day before has come, whoever joins online gets that letter alone: it says everything the first one does.
    """
    if not any(is_due(workshop, kind) for kind in (Kind.SEAT, Kind.JOINING)):
        return []
    rows = workshop.seats.confirmed().filter(learner__is_active=True).select_related("learner")
    found = list(rows if seats is None else rows.filter(pk__in=seats))
    heard = _heard_at(found)
    due = []
    for seat in found:
        seat.workshop = workshop
        kind = _kind_now(seat)
        if kind and not _knows(seat, kind, heard[seat.pk]):
            due.append(Due(seat, kind))
    written = set(MailMessage.objects.filter(key__in=[one.key for one in due]).values_list("key", flat=True))
    return [one for one in due if one.key not in written]


def instructor_is_due(workshop: Workshop) -> bool:
    """Whether whoever teaches `workshop` is to be written to now. One query."""
    if not is_due(workshop, Kind.INSTRUCTOR) or not workshop.instructor.is_active:
        return False
    return not MailMessage.objects.filter(key=key_of(workshop, Kind.INSTRUCTOR, workshop.instructor_id)).exists()


def _kind_now(seat: Seat) -> Kind | None:
    kinds = (Kind.JOINING, Kind.SEAT) if is_remote(seat) else (Kind.SEAT,)
    return next((kind for kind in kinds if is_due(seat.workshop, kind)), None)


def _knows(seat: Seat, kind: Kind, heard_at: datetime) -> bool:
    moment, changed_at = moment_of(seat.workshop, kind), seat.workshop.terms_changed_at
    return moment is not None and heard_at >= moment and not (changed_at and changed_at > heard_at)


def _heard_at(seats: list[Seat]) -> dict[int, datetime]:
    """When the holder of each seat was told of it: a seat may be held, and paid, for long before it is theirs. One query."""
    keys = {key: seat.pk for seat in seats for key in confirmation_keys(seat)}
    told = {keys[key]: at for key, at in MailMessage.objects.filter(key__in=keys).values_list("key", "created_at")}
    return {seat.pk: told.get(seat.pk, seat.created_at) for seat in seats}
