"""Reads of the workshop's page and of the pages around registering."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from payments.models import Balance, Price
from payments.selectors import offers_for, owed_for
from workshops.booking.details import details_of, wanted_place
from workshops.booking.tickets import ticket_code
from workshops.models import Booking, Registration, Seat, Transfer, Workshop
from workshops.models.waiting import MOST_AT_ONCE
from workshops.waiting.turns import free_places


@dataclass(frozen=True)
class GuestSeat:
    """Somebody whom the viewer registered: under which name, with which seat, and whether they have come to see it."""

    registration: Registration
    seat: Seat | None

    @property
    def can_pass_on(self) -> bool:
        return self.seat is not None and bool(self.seat.reference)


@dataclass(frozen=True)
class Shortage:
    """A place of a workshop with fewer seats left than a booking asks for. `party` is for how many of them the buyer can wait together."""

    workshop: Workshop
    place: str
    wanted: int
    free: int
    has_seat: bool

    @property
    def may_wait(self) -> bool:
        return not self.has_seat and self.party > self.free

    @property
    def party(self) -> int:
        return min(self.wanted, MOST_AT_ONCE, self.workshop.capacity_of(self.place))

    @property
    def sentence(self) -> str:
        where = _(" (%(place)s)") % {"place": Seat.Place(self.place).label} if len(self.workshop.places) > 1 else ""
        words = {"n": self.free, "where": where, "wanted": self.wanted}
        if not self.free:
            return _("No seat is left%(where)s; you ask for %(wanted)s.") % words
        return ngettext("%(n)s seat is left%(where)s; you ask for %(wanted)s.", "%(n)s seats are left%(where)s; you ask for %(wanted)s.", self.free) % words


def shortage_of(booking: Booking) -> Shortage | None:
    """The first place with too few seats for everybody of `booking` at this moment; None when all fit."""
    workshop, buyer = booking.workshop, booking.buyer
    has_seat = workshop.seats.standing().filter(learner=buyer).exists()
    wanted = Counter(workshop.place_or_only(guest["place"]) for guest in booking.guests)
    if booking.is_coming and not has_seat:
        wanted[workshop.place_or_only(wanted_place(workshop, buyer))] += 1
    free = free_places(workshop)
    short = [place for place in workshop.places if wanted[place] > free[place]]
    return Shortage(workshop, short[0], wanted[short[0]], max(0, free[short[0]]), has_seat=has_seat) if short else None


@dataclass(frozen=True)
class BookingPanel:
    """What the workshop's page says to its viewer about their seat, beside the waiting list's part."""

    code: str = ""
    missing: list[str] = field(default_factory=list)
    waits_for_staff: bool = False
    asks_anything: bool = False
    transfer: Transfer | None = None
    guests: list[GuestSeat] = field(default_factory=list)
    registers_at: tuple[Any, ...] = ()
    other_offers: tuple[Any, ...] = ()
    places: tuple[tuple[str, int], ...] = ()
    balance: Balance | None = None


def booking_panel(workshop: Workshop, user: Any, seat: Seat | None, offers: Iterable[Any]) -> BookingPanel:
    """Nothing is asked for a stranger; two queries for who has no seat, seven more at most for who has one."""
    direct, others = tuple(offer for offer in offers if offer.is_alone), tuple(offer for offer in offers if not offer.is_alone)
    places = tuple((str(Seat.Place(place).label), workshop.free_in(place)) for place in workshop.places) if len(workshop.places) > 1 else ()
    if not user.is_authenticated:
        return BookingPanel(registers_at=direct, other_offers=others, places=places)
    guests = guests_of(workshop, user)
    if seat is None or seat.is_held:
        return BookingPanel(registers_at=direct, other_offers=others, guests=guests, places=places)
    details = details_of(workshop, user)
    return BookingPanel(
        code=ticket_code(seat),
        missing=[] if workshop.has_ended else details.missing,
        waits_for_staff=details.waits_for_staff,
        asks_anything=details.asks_anything,
        transfer=seat.transfers.offered().select_related("to_user").first(),
        guests=guests,
        registers_at=direct,
        other_offers=others,
        balance=owed_for(workshop.subject, [user.pk]).get(user.pk) if seat.reference else None,
    )


def guests_of(workshop: Workshop, user: Any) -> list[GuestSeat]:
    """Whom `user` registered for `workshop`, with the seats they have. Two queries, one when there is nobody."""
    rows = list(Registration.objects.filter(workshop=workshop, invited_by=user, invited_at__isnull=False).select_related("learner"))
    if not rows:
        return []
    seats = {seat.learner_id: seat for seat in workshop.seats.confirmed().filter(learner__in=[row.learner_id for row in rows])}
    return [GuestSeat(row, seats.get(row.learner_id)) for row in rows if row.learner_id in seats or row.declined_at]


def prices_of(workshop: Workshop) -> list[tuple[Price, str]]:
    """The prices of one seat by itself, each with its label."""
    return [(offer.price, offer.label) for offer in offers_for([workshop.subject])[workshop.subject] if offer.is_alone]
