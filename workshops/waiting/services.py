"""Joining a waiting list, answering an offer, leaving; staff's word on the order."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from core.audit import record_audit
from core.errors import DomainError
from core.jobs import database_now
from workshops.errors import SeatRefused
from workshops.models import Seat, WaitingEntry, Workshop
from workshops.models.waiting import MOST_AT_ONCE
from workshops.services import change_seat
from workshops.services.locking import locked_workshop
from workshops.waiting import letters
from workshops.waiting.selectors import position_of
from workshops.waiting.turns import close_entry, free_places, offer_end, serve_list


class ListRefused(DomainError):
    code = "waiting_list_refused"


def join_list(*, workshop: Workshop, learner: Any, place: str = Seat.Place.ROOM, party: int = 1, by: Any = None) -> WaitingEntry:
    """Put `learner` at the end of the list for `party` seats together; whoever is on it already keeps place and position.

    Joining may come with an offer at once, when somebody offers a seat and nobody else waits. `by` is staff who put a
    person on the list. Raises ListRefused when there is nothing to wait for, with what to do instead.
    """
    with locked_workshop(workshop) as locked:
        serve_list(locked)
        if standing := locked.waiting.open().filter(learner=learner).first():
            return standing
        place = locked.place_or_only(place)
        _check_may_wait(locked, learner, place, party)
        entry = WaitingEntry.objects.create(workshop=locked, learner=learner, place=place, party=party, added_by=by)
        record_audit(actor=by or learner, action="workshops.join_list", record=entry, place=place, party=party)
        serve_list(locked)
        entry.refresh_from_db()
        if entry.is_waiting:
            letters.send_joined(locked, entry, position=position_of(entry))
        return entry


def _check_may_wait(workshop: Workshop, learner: Any, place: str, party: int) -> None:
    if not learner.is_active:
        raise ListRefused(_("This account is closed. Write to the school."), code="inactive")
    if workshop.state != Workshop.State.PUBLISHED or workshop.has_started:
        raise ListRefused(_("Registration for this workshop is closed. Look for another date."), code="not_open")
    if offer_end(workshop, database_now()) is None:
        raise ListRefused(_("This workshop begins in less than two hours: nobody is offered a seat any more. Look for another date."), code="too_late")
    if not 1 <= party <= min(MOST_AT_ONCE, workshop.capacity_of(place)):
        raise ListRefused(
            _("Ask for one to %(most)s seats; for more, write to the school.") % {"most": min(MOST_AT_ONCE, workshop.capacity_of(place))},
            code="party_too_large",
        )
    if workshop.seats.standing().filter(learner=learner).exists():
        raise ListRefused(_("You have or hold a seat in this workshop already."), code="already_seated")
    if free_places(workshop, is_tidy=True)[place] >= party:
        raise ListRefused(_("Seats are free: take one now, there is nothing to wait for."), code="not_full")


def accept_offer(*, entry: WaitingEntry) -> Seat:
    """Take the seat that an offer holds, where it needs no payment. A repeat returns the same seat.

    A seat that is paid for is taken by its order: `payments.start_order` for the same person takes the hold over. Places
    of a group are taken by `change_seat(learner=<each>, by=<whose offer it is>)`. Raises SeatRefused.
    """
    entry = WaitingEntry.objects.select_related("workshop", "learner").get(pk=entry.pk)
    if entry.state not in (WaitingEntry.State.OFFERED, WaitingEntry.State.TAKEN):
        raise SeatRefused(_("This offer is over. Join the waiting list again if you still want a seat."), code="offer_over")
    return change_seat(workshop=entry.workshop, learner=entry.learner, to="confirmed", by=entry.learner, place=entry.place)


def leave_list(*, entry: WaitingEntry, by: Any = None) -> WaitingEntry:
    """Take oneself off the list, or decline its offer; the next person is offered the seat at once. A repeat changes nothing.

    `by` is None for who comes by the link in a mail. Staff who take a person off have that person told.
    """
    with locked_workshop(entry.workshop) as locked:
        entry = locked.waiting.select_related("learner").get(pk=entry.pk)
        if entry.state in WaitingEntry.OPEN:
            if entry.seats.standing().exclude(reference=entry.reference).exists():
                raise ListRefused(_("You are paying for the seat that was offered. Cancel that order first; it lets the seat go."), code="paying")
            closing = WaitingEntry.Closing.DECLINED if entry.has_offer else WaitingEntry.Closing.LEFT
            if by is not None and by != entry.learner:
                closing = WaitingEntry.Closing.REMOVED
            close_entry(locked, entry, state=WaitingEntry.State.LEFT, closing=closing, by=by or entry.learner)
            serve_list(locked)
        return entry


def set_priority(*, entry: WaitingEntry, priority: int, by: Any, reason: str) -> WaitingEntry:
    """Let somebody wait ahead of others (or behind), with a reason that stays on record."""
    if not reason.strip():
        raise ListRefused(_("Say why: others wait longer for it, and may ask."), code="reason_needed")
    with locked_workshop(entry.workshop) as locked:
        entry = locked.waiting.select_related("learner").get(pk=entry.pk)
        if not entry.is_waiting:
            raise ListRefused(_("This person does not wait any more."), code="not_waiting")
        if entry.priority != priority:
            entry.priority = priority
            entry.save(update_fields=["priority", "updated_at"])
            record_audit(actor=by, action="workshops.set_priority", record=entry, reason=reason, priority=priority)
            serve_list(locked)
            entry.refresh_from_db()
        return entry


def tidy_lists() -> int:
    """Look at every list once: what a lost or dead job left undone is done here. Returns how many workshops were looked at."""
    waited_for = Workshop.objects.filter(waiting__state__in=WaitingEntry.OPEN).distinct().order_by("pk")
    looked_at = 0
    for workshop in waited_for:
        with locked_workshop(workshop) as locked:
            serve_list(locked)
        looked_at += 1
    return looked_at
