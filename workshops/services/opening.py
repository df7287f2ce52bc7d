"""May this person register now? Asked under the workshop's lock before a seat is held or given, and by pages before.

A workshop that people asked for is theirs alone for some hours after its announcement (decision 0045); then it opens for
all, at an instant that the answer names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, Q
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Role
from core import clock
from payments.selectors import line_of
from workshops.errors import SeatRefused
from workshops.models import FirstBooking, FirstBookingGuest, Workshop


@dataclass(frozen=True)
class Opening:
    """The answer. When `is_open` is False, `code` and `sentence` say why and what to do, `opens_at` when it opens for all.

    For somebody who may book first, `opens_at` is set too, and `people` says how many seats are theirs to fill.
    """

    is_open: bool = True
    code: str = ""
    sentence: str = ""
    opens_at: datetime | None = None
    people: int = 0


def may_register(workshop: Workshop, user: Any) -> Opening:
    """Whether registration is open to `user` (anonymous too) at this moment. Seats left, dates and money are others' questions."""
    booking = _running(workshop)
    if booking is None or booking.ends_at is None:
        return Opening()
    guest = _guest(booking, user)
    when = _instant(booking.ends_at, workshop, user)
    if guest is not None:
        words = _("You asked for this workshop, so you book first. It opens for everybody on %(when)s.")
        return Opening(True, "books_first", words % {"when": when}, booking.ends_at, _places(guest))
    words = _("Until %(when)s the seats are for those who asked for this workshop; then it opens for everybody.")
    if not user.is_authenticated:
        words += " " + _("Did you ask for it? Sign in with the address you asked with.")
    return Opening(False, "first_booking", words % {"when": when}, booking.ends_at)


def check_may_register(*, workshop: Workshop, learner: Any, by: Any = None, reference: str = "") -> None:
    """Raise SeatRefused when `workshop`, locked by the caller, is not open yet to `learner`.

    Staff give seats to whom they like. Whoever asked for several seats brings others: `by` who gives the seat, or the buyer
    of `reference`; the place is written down as theirs. Call it before a new hold or a new seat, not before the
    confirmation of a seat that the person holds already.
    """
    booking = _running(workshop)
    if booking is None or _guest(booking, learner) is not None or (by is not None and by.has_role(Role.STAFF)):
        return
    host = _host(booking, workshop, learner, by, reference)
    if host is None:
        raise SeatRefused(may_register(workshop, learner).sentence, code="first_booking")
    if _places(host) <= 1 + host.brought.count():
        words = _("You asked for %(people)s seats, and they are given. More can be taken once the workshop opens for everybody, on %(when)s.")
        when = _instant(booking.ends_at or clock.now(), workshop, learner)
        raise SeatRefused(words % {"people": _places(host), "when": when}, code="first_booking_people")
    FirstBookingGuest.objects.create(first_booking=booking, user=learner, people=1, host=host)


def _running(workshop: Workshop) -> FirstBooking | None:
    now = clock.now()
    return FirstBooking.objects.filter(workshop=workshop.pk, begins_at__lte=now, ends_at__gt=now).first()


def _guest(booking: FirstBooking, user: Any) -> FirstBookingGuest | None:
    """Nobody signs in with an address that is not proven theirs, so an address that asked is known by it."""
    if user is None or not user.is_authenticated:
        return None
    return booking.guests.filter(Q(user=user) | Q(user__isnull=True, email=user.email)).order_by(F("host").asc(nulls_first=True), "pk").first()


def _places(guest: FirstBookingGuest) -> int:
    return guest.people if guest.host_id is None else 1


def _host(booking: FirstBooking, workshop: Workshop, learner: Any, by: Any, reference: str) -> FirstBookingGuest | None:
    line = line_of(reference, workshop.subject, learner) if reference else None
    host = _guest(booking, by if by is not None and by != learner else (line.order.user if line else None))
    return host if host and host.host_id is None else None


def _instant(instant: datetime, workshop: Workshop, user: Any) -> str:
    zone = user.time_zone if user is not None and user.is_authenticated else workshop.venue.time_zone
    return date_format(instant.astimezone(ZoneInfo(zone)), "D, N j, g:i a T")
