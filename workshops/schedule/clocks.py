"""From the clock on the venue's wall to an instant, also in the nights in which clocks are changed."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from core.errors import DomainError


class NoSuchTime(DomainError):
    """The clock jumps over this time."""

    code = "no_such_time"


class TimeComesTwice(DomainError):
    """The clock shows this time twice, and nobody has said which is meant."""

    code = "time_comes_twice"


def instant(day: date, at: time, zone: ZoneInfo, *, which: str = "") -> datetime:
    """The instant, in UTC, at which the clock in `zone` shows `at` on `day`.

    `which` ("first" or "second") tells the two apart when clocks are set back. Raises NoSuchTime, or TimeComesTwice
    when it is needed and missing.
    """
    first = datetime.combine(day, at, zone)
    second = first.replace(fold=1)
    words = {"day": date_format(day, "l, F j, Y"), "time": time_format(at, "g:i a"), "zone": zone.key}
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != first.replace(tzinfo=None):
        earlier, later = (time_format(moved.astimezone(UTC).astimezone(zone).time(), "g:i a") for moved in (second, first))
        sentence = _("On %(day)s clocks in %(zone)s are set forward, so there is no %(time)s. Enter %(earlier)s or %(later)s, or another time.")
        raise NoSuchTime(sentence % {**words, "earlier": earlier, "later": later})
    if which not in ("first", "second"):
        raise TimeComesTwice(
            _("On %(day)s clocks in %(zone)s are set back, so %(time)s comes twice. Choose below whether the first or the second is meant.") % words
        )
    return (first if which == "first" else second).astimezone(UTC)


def wall(moment: datetime, zone: ZoneInfo) -> tuple[date, time, str]:
    """The inverse: day and time on the wall, and which of two when the clock shows it twice."""
    local = moment.astimezone(zone)
    naive = local.replace(tzinfo=None, fold=0)
    comes_twice = naive.replace(tzinfo=zone).utcoffset() != naive.replace(tzinfo=zone, fold=1).utcoffset()
    return local.date(), local.time().replace(fold=0), ("second" if local.fold else "first") if comes_twice else ""
