"""Those who asked for a workshop are told first, and for some hours the seats are theirs alone.

At the announcement, in its transaction, the pins that the workshop answers are written down; mail follows by a job.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from notifications.services import send_mail_once
from workshops.asking.services import AskingRefused
from workshops.demand.locking import lock_the_map
from workshops.demand.pins import pin_context, withdraw_address
from workshops.demand.words import SERVED
from workshops.models import Announcement, DemandCall, FirstBooking, FirstBookingGuest, Pin, Workshop
from workshops.models.asking import AskedQuerySet
from workshops.near.geo import Point, distance_km, within_box

FARTHEST_KM = 500.0  # no pin reaches farther; forms offer less
State = Pin.State


class FirstBookingRefused(DomainError):
    code = "first_booking_refused"


def pins_answered_by(workshop: Workshop) -> AskedQuerySet:
    """Active pins that lie no farther from the workshop than they said, of a level it serves, in a month that suits."""
    if workshop.format == Workshop.Format.ONLINE:
        return Pin.objects.none()  # nobody's town
    origin = Point(workshop.lat, workshop.lng)
    found = Pin.objects.filter(within_box(origin, FARTHEST_KM), state=State.ACTIVE, level__in=SERVED[Workshop.Level(workshop.level)])
    if workshop.starts_at:
        found = found.filter(Q(months=[]) | Q(months__contains=[workshop.starts_at.astimezone(workshop.zone).month]))
    return found.annotate(distance_km=distance_km(origin)).filter(distance_km__lte=F("radius_km"))


def offer_first(*, workshop: Workshop, hours: int, by: Any) -> FirstBooking | None:
    """Give those who asked `hours` before all others once the draft is announced; 0 hours takes it back. Returns what stands."""
    with transaction.atomic():
        workshop = Workshop.objects.select_for_update(of=("self",)).get(pk=workshop.pk)
        present = FirstBooking.objects.filter(workshop=workshop).first()
        if present and present.hours == hours:
            return present
        if workshop.state != Workshop.State.DRAFT:
            raise FirstBookingRefused(_("The workshop is announced, so who may book first stands. Choose it while it is a draft."), code="announced")
        record_audit(actor=by, action="workshops.offer_first", record=workshop, hours=hours)
        if not hours:
            FirstBooking.objects.filter(workshop=workshop).delete()
            return None
        booking, _created = FirstBooking.objects.update_or_create(workshop=workshop, defaults={"hours": hours})
    return booking


def announce(*, workshop: Workshop) -> Announcement:
    """Note the first announcement of a workshop, answer the pins, begin its first booking and queue the mail.

    Alerts wait until it is open for all. Repeats change nothing.
    """
    with transaction.atomic():
        now = clock.now()
        announcement, created = Announcement.objects.get_or_create(workshop=workshop, defaults={"announced_at": now, "opens_at": now})
        if not created:
            return announcement
        lock_the_map()
        pins = list(pins_answered_by(workshop).select_related("user").select_for_update(of=("self",)).order_by("confirmed_at", "pk"))
        booking = FirstBooking.objects.filter(workshop=workshop).first()
        if booking:
            announcement.opens_at = _begin(booking, workshop, pins)
            announcement.save(update_fields=["opens_at"])
            key = f"first-booking-ends:{workshop.pk}"  # whoever waits for a seat and could not be served until then
            enqueue("workshops.tidy_holds", key=key, args={"workshop": workshop.pk}, run_after=announcement.opens_at)
        Pin.objects.filter(pk__in=[pin.pk for pin in pins]).update(state=State.FULFILLED, closed_at=now, answered_by=workshop, updated_at=now)
        DemandCall.objects.filter(workshop=workshop).update(state=DemandCall.State.ANNOUNCED, updated_at=now)
        if pins:
            enqueue("workshops.tell_pins", key=f"tell-pins:{workshop.pk}", args={"workshop": workshop.pk})
        enqueue("workshops.match_alerts", key=f"match-alerts:{workshop.pk}", args={"workshop": workshop.pk}, run_after=announcement.opens_at)
    return announcement


def _begin(booking: FirstBooking, workshop: Workshop, pins: list[Pin]) -> Any:
    """Begin the hours, which end at the workshop's own beginning at the latest; with nobody to wait for they are over at once."""
    now = clock.now()
    booking.begins_at, ends_at = now, now + timedelta(hours=booking.hours)
    booking.ends_at = min(ends_at, workshop.starts_at or ends_at) if pins else now
    booking.save(update_fields=["begins_at", "ends_at", "updated_at"])
    guests: dict[str, FirstBookingGuest] = {}
    for pin in pins:
        guest = guests.setdefault(pin.address, FirstBookingGuest(first_booking=booking, pin=pin, user=pin.user, email=pin.email, people=0))
        guest.people = max(guest.people, pin.people)
        if pin.user and guest.user is None:  # asked by address first, then with an account
            guest.user, guest.email = pin.user, ""
    FirstBookingGuest.objects.bulk_create(guests.values())
    return booking.ends_at


def tell_pins(*, workshop: Workshop) -> int:
    """Write to everybody whose pin the workshop answers, each pin once; returns how many are written to. Runs again without harm."""
    booking = FirstBooking.objects.filter(workshop=workshop).first()
    told: set[str] = set()
    for pin in workshop.pins_answered.select_related("user").order_by("pk"):
        if workshop.state != Workshop.State.PUBLISHED or not pin.reaches_somebody or pin.address in told:
            continue
        told.add(pin.address)
        to = {"recipient": pin.user} if pin.user else {"to_address": pin.email}
        context = pin_context(pin) | {"workshop": workshop, "booking": booking if booking and booking.is_on(clock.now()) else None}
        key = f"pin-answered:{pin.pk}:{workshop.pk}"
        send_mail_once(key=key, template="workshops/demand/mail/pin_answered", context=context, stop_address=withdraw_address(pin), **to)
    return len(told)


def take_back_answers(*, workshop: Workshop) -> int:
    """A workshop that is cancelled answers nobody: its pins are on the map again. Returns how many; a second call changes nothing."""
    with transaction.atomic():
        lock_the_map()
        now = clock.now()
        back = Pin.objects.filter(answered_by=workshop, state=State.FULFILLED, expires_on__gte=clock.civil_date(now, workshop.venue.time_zone))
        count = back.update(state=State.ACTIVE, closed_at=None, answered_by=None, call=None, updated_at=now)
        DemandCall.objects.filter(workshop=workshop).update(workshop=None, state=DemandCall.State.SET_ASIDE, look_again_on=now.date(), updated_at=now)
        if count:
            enqueue("workshops.count_demand", key=f"count-demand:cancelled:{workshop.pk}")
    return count


__all__ = ["AskingRefused", "FirstBookingRefused", "announce", "offer_first", "pins_answered_by", "take_back_answers", "tell_pins"]
