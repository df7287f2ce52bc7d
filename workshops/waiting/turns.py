"""Whose turn it is: what is free goes to the waiting list before anybody else can take it.

`serve_list` runs under the workshop's lock whenever seats may have changed, before and after what the caller does. After
it, a place that is still free is one that nobody on the list can be served with. `plan_offers` is its arithmetic, and the
one that a preview shows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core.audit import record_audit
from core.jobs import database_now, enqueue
from workshops.models import Seat, WaitingEntry, Workshop
from workshops.services.opening import may_register
from workshops.signals import seat_changed
from workshops.waiting import letters

OFFER_LASTS = timedelta(hours=24)
# An offer ends an hour before the workshop begins at the latest, and leaves an hour at least to answer.
ENDS_BEFORE_START = timedelta(hours=1)
SHORTEST_OFFER = timedelta(hours=1)


@dataclass(frozen=True)
class Turn:
    """What the next look at the list would do for one entry: an offer, or why there is none."""

    entry: WaitingEntry
    is_offer: bool
    code: str  # "offer", "closed", "too_late", "inactive", "seated", "not_open", "full" or "too_few"
    sentence: str
    of_room: int = 0  # how many of its places are free ones; the rest are seats that their holders offer


def offer_end(workshop: Workshop, now: datetime) -> datetime | None:
    """Until when an offer made now holds its seat; None when it is too late for offers."""
    if workshop.starts_at is None:
        return None
    until = min(now + OFFER_LASTS, workshop.starts_at - ENDS_BEFORE_START)
    return until if until - now >= SHORTEST_OFFER else None


def plan_offers(
    workshop: Workshop, entries: Iterable[WaitingEntry], *, free: Mapping[str, int], for_resale: Mapping[str, int], seated: Collection[int], now: datetime
) -> list[Turn]:
    """For each waiting entry, in turn, whether it is offered seats now. Reads nothing but who may register.

    Who cannot be served (a group that is larger than what is free) is passed over and keeps their place.
    """
    left, offered = dict(free), dict(for_resale)
    turns = []
    for entry in entries:
        room, resale = max(0, left.get(entry.place, 0)), offered.get(entry.place, 0)
        if not room + resale:  # said first: to ask of everybody on a long list whether they may register takes a query each
            code, sentence = "full", _("No seat is free.")
        else:
            code, sentence = _obstacle(workshop, entry, seated, now)
            if not code and room + resale < entry.party:
                code, sentence = "too_few", _too_few(entry, room + resale)
        if code:
            turns.append(Turn(entry, is_offer=False, code=code, sentence=sentence))
            continue
        of_room = min(room, entry.party)
        left[entry.place], offered[entry.place] = room - of_room, resale - (entry.party - of_room)
        turns.append(Turn(entry, is_offer=True, code="offer", sentence=_("Is offered a seat."), of_room=of_room))
    return turns


def _too_few(entry: WaitingEntry, available: int) -> str:
    return _("%(free)s free, and the group needs %(party)s together: it comes first once there are enough.") % {"free": available, "party": entry.party}


def _obstacle(workshop: Workshop, entry: WaitingEntry, seated: Collection[int], now: datetime) -> tuple[str, str]:
    """Why nobody could serve this entry, however many seats were free."""
    if workshop.state != Workshop.State.PUBLISHED:
        return "closed", _("Registration is closed.")
    if offer_end(workshop, now) is None:
        return "too_late", _("The workshop begins in less than two hours, so no offers are made any more.")
    if not entry.learner.is_active:
        return "inactive", _("The account is closed.")
    if entry.learner_id in seated:
        return "seated", _("Has or holds a seat already.")
    if not (opening := may_register(workshop, entry.learner)).is_open:
        return "not_open", opening.sentence
    return "", ""


def turns_of(workshop: Workshop, *, free: Mapping[str, int] | None = None) -> list[Turn]:
    """`plan_offers` for the list as it stands; with `free`, as if so many seats were free."""
    entries = list(workshop.waiting.filter(state=WaitingEntry.State.WAITING).select_related("learner").in_turn())
    if not entries:
        return []
    seated = set(workshop.seats.standing().values_list("learner_id", flat=True))
    free = free_places(workshop) if free is None else free
    return plan_offers(workshop, entries, free=free, for_resale=_count(offered_seats(workshop)), seated=seated, now=database_now())


def free_places(workshop: Workshop, *, is_tidy: bool = False) -> dict[str, int]:
    """How many seats of each place are free; below 0 where more are taken than there are.

    `is_tidy` is for who holds the lock and has let go of what was over: a hold that ends in this very moment still counts,
    so that nobody slips in between the list and its seat.
    """
    taken = _count(workshop.seats.claimed() if is_tidy else workshop.seats.taken())
    return {place: workshop.capacity_of(place) - taken.get(place, 0) for place in workshop.places}


def offered_seats(workshop: Workshop) -> list[Seat]:
    """Seats that their holders offer and that are not held for anybody yet, in the order in which they go."""
    spoken_for = workshop.seats.filter(state=Seat.State.HELD, replaces__isnull=False).values("replaces")
    return list(workshop.seats.for_resale().exclude(pk__in=spoken_for))


def _count(seats: Iterable[Seat]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for seat in seats:
        counted[seat.place] = counted.get(seat.place, 0) + 1
    return counted


def serve_list(workshop: Workshop) -> int:
    """Let go of holds that are over, close offers that ran out, and offer what is free to who is next.

    Returns how many holds were let go and offers made. The caller holds the workshop's lock. A repeat changes nothing.
    """
    changed = workshop.seats.lapsed().update(state=Seat.State.CANCELLED, cancelled_at=Now(), updated_at=Now())
    if not workshop.waiting.open().exists():
        return changed
    _close_what_is_over(workshop)
    free = free_places(workshop, is_tidy=True)
    if not any(seats > 0 for seats in free.values()) and not offered_seats(workshop):
        return changed
    for turn in turns_of(workshop, free=free):
        if turn.is_offer:
            _offer(workshop, turn)
            changed += 1
    return changed


def _close_what_is_over(workshop: Workshop) -> None:
    now = database_now()
    if workshop.state != Workshop.State.PUBLISHED or workshop.has_started:
        ended = workshop.state == Workshop.State.CANCELLED
        closing = WaitingEntry.Closing.CALLED_OFF if ended else WaitingEntry.Closing.BEGUN
        for entry in workshop.waiting.filter(state=WaitingEntry.State.WAITING).select_related("learner"):
            close_entry(workshop, entry, state=WaitingEntry.State.PASSED, closing=closing)
    for entry in workshop.waiting.filter(state=WaitingEntry.State.OFFERED, offer_until__lte=now).select_related("learner"):
        if not entry.seats.standing().exists():  # somebody who is paying holds it beyond the offer's end
            close_entry(workshop, entry, state=WaitingEntry.State.PASSED, closing=WaitingEntry.Closing.EXPIRED)


def _offer(workshop: Workshop, turn: Turn) -> None:
    """Hold the seats for the entry and tell its person. One mail, one seat and `party - 1` places beside it."""
    entry, now = turn.entry, database_now()
    until = offer_end(workshop, now)
    if until is None:
        raise ValueError("It is too late for an offer.")
    resale = [seat for seat in offered_seats(workshop) if seat.place == entry.place] if turn.of_room < entry.party else []
    for guest in range(entry.party):
        Seat.objects.create(
            workshop=workshop,
            learner=entry.learner,
            guest=guest,
            place=entry.place,
            state=Seat.State.HELD,
            reference=entry.reference,
            offer=entry,
            hold_until=until,
            replaces=None if guest < turn.of_room else resale[guest - turn.of_room],
        )
    entry.state, entry.offered_at, entry.offer_until = WaitingEntry.State.OFFERED, now, until
    entry.save(update_fields=["state", "offered_at", "offer_until", "updated_at"])
    record_audit(actor=None, action="workshops.offer_seat", record=entry, until=until.isoformat(), party=entry.party)
    look_again(workshop, until)
    letters.send_offer(workshop, entry)
    seat_changed.send(sender=Seat, user=entry.learner, workshop=workshop)


def look_again(workshop: Workshop, at: datetime) -> None:
    """Have the list looked at when a hold or an offer ends."""
    enqueue("workshops.tidy_holds", key=f"seat-hold:{workshop.pk}:{at:%Y%m%dT%H%M%S.%f}", args={"workshop": workshop.pk}, run_after=at)


def close_entry(workshop: Workshop, entry: WaitingEntry, *, state: str, closing: str, by: Any = None) -> None:
    """Take an entry off the list, with what is still held for it. The caller holds the workshop's lock."""
    entry.state, entry.closing, entry.closed_at = WaitingEntry.State(state), WaitingEntry.Closing(closing), database_now()
    entry.save(update_fields=["state", "closing", "closed_at", "updated_at"])
    if entry.state != WaitingEntry.State.TAKEN:
        kept = workshop.seats.filter(state=Seat.State.HELD, reference=entry.reference)
        kept.update(state=Seat.State.CANCELLED, cancelled_at=Now(), updated_at=Now())
    record_audit(actor=by, action="workshops.close_waiting", record=entry, closing=str(closing))
    letters.send_closing(workshop, entry)


def close_list(workshop: Workshop, *, closing: str = WaitingEntry.Closing.CALLED_OFF) -> int:
    """Take everybody off the list and tell them: the workshop does not take place. The caller holds the workshop's lock."""
    entries = list(workshop.waiting.open().select_related("learner").in_turn())
    for entry in entries:
        close_entry(workshop, entry, state=WaitingEntry.State.PASSED, closing=closing)
    return len(entries)
