"""The same workshop on other days: which days, what stands in the way, and the drafts."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from django.db import transaction
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.audit import record_audit
from core.errors import DomainError
from credits.days import FIRST, LAST, MESSAGE
from workshops.booking.asking import copy_what_is_asked
from workshops.errors import ScheduleRefused
from workshops.models import Series, Workshop
from workshops.schedule.clocks import instant, wall
from workshops.services import BlockInput, save_workshop
from workshops.slugs import free_slug

How = Literal["weekly", "monthly_weekday", "monthly_day"]
MOST = 52

# What a copy has of the workshop it was made from. Dates, seats, what was announced and how to join are its own.
COPIED = (
    "title",
    "summary",
    "description",
    "prerequisites",
    "what_to_bring",
    "cancellation_policy",
    "policy_id",
    "waiver_id",
    "activity_id",
    "venue_id",
    "instructor_id",
    "instructor_name",
    "format",
    "level",
    "capacity",
    "remote_capacity",
    "is_free",
)


def following_days(first: date, *, how: How, every: int, count: int) -> list[date]:
    """`count` days after `first`: every so many weeks or months. A month without such a day is left out."""
    if how == "weekly":
        return [first + timedelta(weeks=every * number) for number in range(1, count + 1)]
    found: list[date] = []
    month = first.year * 12 + first.month - 1
    while len(found) < count and month < 9990 * 12:
        month += every
        if day := _in_month(first, *divmod(month, 12), how=how):
            found.append(day)
    return found


def _in_month(first: date, year: int, month: int, *, how: How) -> date | None:
    last = calendar.monthrange(year, month + 1)[1]
    if how == "monthly_day":
        return date(year, month + 1, first.day) if first.day <= last else None
    nth, weekday = (first.day - 1) // 7, first.weekday()
    day = 1 + (weekday - date(year, month + 1, 1).weekday()) % 7 + 7 * nth
    return date(year, month + 1, day) if day <= last else None


def first_day(workshop: Workshop) -> date:
    """The day on which `workshop` begins. Raises ScheduleRefused while it has no schedule."""
    if workshop.starts_at is None:
        raise ScheduleRefused(_("Give this workshop a schedule first; its copies get the same."), code="no_schedule")
    return workshop.starts_at.astimezone(workshop.zone).date()


def blocks_on(workshop: Workshop, day: date) -> list[BlockInput]:
    """The schedule of `workshop` by the same clock, beginning on `day`. Raises DomainError when a clock of that night does not allow it."""
    if not FIRST <= day <= LAST:
        raise ScheduleRefused(str(MESSAGE), code="not_in_our_time")
    shift, zone, found = day - first_day(workshop), workshop.zone, []
    for block in workshop.blocks.all():
        (on, at, which), (until_on, until_at, until_which) = wall(block.starts_at, zone), wall(block.ends_at, zone)
        start = instant(on + shift, at, zone, which=which or "first")
        end = instant(until_on + shift, until_at, zone, which=until_which or "first")
        found.append(BlockInput(start, end, block.kind, block.mode, block.topic))
    return found


@dataclass(frozen=True)
class PlannedDay:
    """A day on which a copy would be: what refuses it, and what one should know."""

    day: date
    refusal: str
    warnings: tuple[str, ...]


def look_at_days(workshop: Workshop, days: Sequence[date]) -> list[PlannedDay]:
    """What stands in the way of `workshop` being held again on each of `days`. One query for all."""
    plans: list[tuple[date, list[BlockInput], str]] = []
    for day in days:
        try:
            plans.append((day, blocks_on(workshop, day), ""))
        except DomainError as refusal:
            plans.append((day, [], refusal.message))
    spans = {day: (blocks[0].starts_at, max(block.ends_at for block in blocks)) for day, blocks, _refusal in plans if blocks}
    others = _others(workshop, list(spans.values()))
    return [PlannedDay(day, refusal, tuple(_warnings(workshop, spans.get(day), others))) for day, _blocks, refusal in plans]


def _others(workshop: Workshop, spans: list[tuple[datetime, datetime]]) -> list[Workshop]:
    """Workshops of the same instructor, venue or series in the time that `spans` cover."""
    if not spans:
        return []
    near = Workshop.objects.filter(starts_at__lt=max(end for _start, end in spans), ends_at__gt=min(start for start, _end in spans))
    near = near.filter(Q(instructor=workshop.instructor_id) | Q(venue=workshop.venue_id)).exclude(state=Workshop.State.CANCELLED)
    return list(near.select_related("venue"))


def _warnings(workshop: Workshop, span: tuple[datetime, datetime] | None, others: list[Workshop]) -> list[str]:
    found = []
    for other in others:
        if not span or other.starts_at is None or other.ends_at is None or other.starts_at >= span[1] or other.ends_at <= span[0]:
            continue
        words = {"title": other.title, "day": date_format(other.starts_at.astimezone(other.zone), "N j, Y")}
        if other.instructor_id == workshop.instructor_id:
            found.append(_("The instructor teaches “%(title)s” then (%(day)s).") % words)
        elif other.format != Workshop.Format.ONLINE:
            found.append(_("The venue holds “%(title)s” then (%(day)s).") % words)
    return found


def save_series(*, series: Series, by: Any) -> Series:
    """Begin a series, or change its words; staff, and whoever repeats a workshop."""
    with transaction.atomic():
        series.save()
        record_audit(actor=by, action="workshops.save_series", record=series, title=series.title)
    return series


def repeat_workshop(*, workshop: Workshop, days: Sequence[date], by: Any, series: Series | None = None, series_title: str = "") -> list[Workshop]:
    """Drafts of `workshop` on `days`, each free to be changed by itself; all of them or none.

    With several days, or a title, they and `workshop` belong to one series. A day on which the series has a date already
    gets none, so doing it twice makes each draft once. Raises ScheduleRefused when a day cannot be.
    """
    if not days:
        raise ScheduleRefused(_("Choose at least one day."), code="no_days")
    if len(days) > MOST:
        raise ScheduleRefused(_("At most %(most)s dates can be made at once.") % {"most": MOST}, code="too_many_days")
    with transaction.atomic():
        original = Workshop.objects.select_for_update(of=("self",)).select_related("venue", "series").get(pk=workshop.pk)
        series = (
            series or original.series or (save_series(series=Series(title=series_title or original.title), by=by) if series_title or len(days) > 1 else None)
        )
        if series and original.series_id is None:
            original.series = series
            original.save(update_fields=["series", "updated_at"])
        made = [copy for day in dict.fromkeys(days) if (copy := _copy(original, day, series, by))]
        record_audit(actor=by, action="workshops.repeat", record=original, made=[copy.pk for copy in made])
    return made


def _copy(original: Workshop, day: date, series: Series | None, by: Any) -> Workshop | None:
    try:
        blocks = blocks_on(original, day)
    except DomainError as refusal:
        raise ScheduleRefused(f"{date_format(day, 'N j, Y')}: {refusal.message}", code=refusal.code) from refusal
    if series and Workshop.objects.filter(series=series, starts_at=blocks[0].starts_at).exclude(state=Workshop.State.CANCELLED).exists():
        return None
    copy = Workshop(**{name: getattr(original, name) for name in COPIED}, series=series, slug=free_slug(f"{original.title} {day.isoformat()}"))
    saved = save_workshop(workshop=copy, blocks=blocks, by=by)
    copy_what_is_asked(source=original, target=saved, by=by)
    return saved
