"""What a change of date, hour, place or format means for the people who have seats: whom it concerns, what they are told."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from itertools import zip_longest
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import clock
from notifications.services import send_mail_once
from payments.services import MovedDay, follow_beginning, follow_zone, moved_days
from workshops.calendars.files import cancellation_for, request_for
from workshops.calendars.services import raise_sequence
from workshops.models import Seat, Venue, Workshop
from workshops.payers import payer_besides
from workshops.schedule.terms import Day, days_of, terms_of


@dataclass(frozen=True)
class Line:
    """One thing that changes, in words. An empty side did not or will not exist."""

    what: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """A change of terms that has not been made yet."""

    lines: tuple[Line, ...]
    seats: tuple[Seat, ...]  # confirmed, and held for people who are paying or were offered one
    gone: tuple[Day, ...]  # the last days of the old schedule, when the new one has fewer
    first_gone: int
    rests: tuple[MovedDay, ...] = ()  # what is still to be paid after deposits, by another day

    @property
    def rests_told(self) -> tuple[MovedDay, ...]:
        """Those that somebody pays, or is about to."""
        return tuple(rest for rest in self.rests if rest.is_told)

    @property
    def token(self) -> str:
        """Stands for exactly this change and these people; whoever confirms it has seen both."""
        parts = [*(f"{line.what}|{line.before}|{line.after}" for line in self.lines), *(str(seat.pk) for seat in self.seats)]
        parts += [f"{rest.balance.pk}|{rest.before}|{rest.after}" for rest in self.rests]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:20]


def change_of_terms(*, old: Workshop, new: Workshop, blocks: Iterable[Any] | None = None) -> Change | None:
    """What saving `new` with the schedule `blocks` would change for people with seats in `old`, as stored; None when nothing, or nobody could have one."""
    if old.state != Workshop.State.PUBLISHED:
        return None
    planned = list(new.blocks.all() if blocks is None else blocks)
    if planned and max(block.ends_at for block in planned) <= clock.now():
        return None  # the record of what has taken place is put right: nobody's plans change
    if terms_of(old) == terms_of(new, planned) and _place(old.venue) == _place(new.venue):
        return None
    before, after = days_of(old.blocks.all(), old), days_of(planned, new)
    seats = old.seats.standing().own().select_related("learner").order_by("learner__display_name", "learner__email", "pk")
    return Change(tuple(_lines(old, before, new, after)), tuple(seats), before[len(after) :], len(after) + 1, tuple(_rests(old, before, new, after)))


def _rests(old: Workshop, before: tuple[Day, ...], new: Workshop, after: tuple[Day, ...]) -> list[MovedDay]:
    """What is still to be paid follows to the new date."""
    if not before or not after:
        return []
    was, will = clock.civil_date(before[0].starts_at, old.venue.time_zone), clock.civil_date(after[0].starts_at, new.venue.time_zone)
    return moved_days(subject=old.subject, before=was, after=will, zone=new.venue.time_zone)


def _lines(old: Workshop, before: tuple[Day, ...], new: Workshop, after: tuple[Day, ...]) -> Iterable[Line]:
    many = max(len(before), len(after)) > 1
    for number, (was, will) in enumerate(zip_longest(before, after), start=1):
        if was != will or old.zone.key != new.zone.key:
            what = _("Day %(number)s") % {"number": number} if many else _("When")
            yield Line(what, day_words(was, old.zone) if was else "", day_words(will, new.zone) if will else _("does not take place"))
    if old.venue_id != new.venue_id or _place(old.venue) != _place(new.venue):
        yield Line(_("Where"), f"{old.venue.name}, {old.venue.address}", f"{new.venue.name}, {new.venue.address}")
    if old.format != new.format:
        yield Line(_("How"), old.get_format_display(), new.get_format_display())


def _place(venue: Venue) -> tuple[str, ...]:
    return (venue.street, venue.city, venue.region, venue.postal_code, venue.country, venue.time_zone)


def day_words(day: Day, zone: tzinfo) -> str:
    """“Sat, March 6, 2027, 9:00 a.m. – 5:00 p.m. CST”, on the clock of `zone`."""
    start, end = day.starts_at.astimezone(zone), day.ends_at.astimezone(zone)
    form = "g:i a T" if start.date() == end.date() else "D, N j, g:i a T"
    return f"{date_format(start, 'D, N j, Y, g:i a')} – {date_format(end, form)}"


def make_known(*, workshop: Workshop, change: Change, by: Any, note: str = "") -> None:
    """Write down that the terms changed, and the days of rests with them; tell everybody whom it concerns, with their calendars.

    Once for each change. The caller holds the locks of the rests and, after them, of the workshop's row, and has stored the new terms.
    """
    follow_beginning(moved=change.rests, by=by, reason=_("“%(title)s” has another date.") % {"title": workshop.title})
    follow_zone(subject=workshop.subject, zone=workshop.venue.time_zone)
    workshop.terms_changed_at = clock.now()
    workshop.save(update_fields=["terms_changed_at", "updated_at"])
    raise_sequence(workshop)
    key = f"workshop-moved:{workshop.pk}:{workshop.calendar_sequence}"
    told, payers = {seat.learner_id for seat in change.seats}, {}
    for seat in change.seats:
        seat.workshop = workshop
        payer = payer_besides(seat)
        words = {"workshop": workshop, "seat": seat, "lines": change.lines, "note": note, "is_paid": bool(seat.reference), "payer": payer}
        words["rests"] = _rests_of(seat.learner, change)
        if payer and seat.is_held:  # who pays decides; whom they pay for has not heard of a seat yet
            payers[payer.pk] = (payer, words | {"rests": _rests_of(payer, change)})
            continue
        attachments = [*request_for(seat), *cancellation_for(seat, days=change.gone, first=change.first_gone)] if seat.was_confirmed else []
        send_mail_once(key=f"{key}:{seat.pk}", template="workshops/mail/workshop_moved", context=words, recipient=seat.learner, attachments=attachments)
    for rest in change.rests_told:
        payer = rest.line.order.user
        if payer.pk not in payers:
            payers[payer.pk] = (payer, {"workshop": workshop, "lines": change.lines, "note": note, "rests": _rests_of(payer, change)})
    for pk, (payer, words) in payers.items():
        if pk not in told:
            send_mail_once(key=f"{key}:payer:{pk}", template="workshops/mail/workshop_moved", context=words, recipient=payer)


def _rests_of(reader: Any, change: Change) -> list[dict[str, Any]]:
    """The rests that `reader` may pay, each with whom it is for when that is somebody else: by address, the name is not theirs to learn."""
    mine = [rest for rest in change.rests_told if reader.pk in (rest.line.order.user_id, rest.line.person.pk)]
    return [{"rest": rest, "holder": "" if rest.line.person.pk == reader.pk else rest.line.person.email} for rest in mine]
