"""From a town that calls to a draft: the venue nearest to it, and what was taught at that level before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils.translation import gettext as _

from accounts.models import Role, User
from core import clock
from core.audit import record_audit
from core.errors import DomainError
from credits.models import Activity
from workshops.demand.words import SERVED
from workshops.models import FIRST_BOOKING_HOURS, DemandCall, FirstBooking, Pin, Venue, Workshop
from workshops.near.geo import Point, distance_km
from workshops.slugs import free_slug

NEAR_KM = 80.0  # a venue farther from the town than this is nobody's guess
LATELY = timedelta(days=3 * 365)
LEAST_CAPACITY = 8
COPIED = ("summary", "description", "prerequisites", "what_to_bring", "cancellation_policy", "is_free")


class DraftRefused(DomainError):
    code = "draft_refused"


@dataclass(frozen=True)
class DraftWish:
    """What staff choose for the draft; the schedule follows on its own page."""

    title: str
    activity: Activity
    venue: Venue
    instructor: User
    capacity: int
    hours: int = FIRST_BOOKING_HOURS
    like: Workshop | None = None


@dataclass(frozen=True)
class Suggestion:
    """The best guess, or the sentence that says what is missing for one."""

    wish: DraftWish | None
    gap: str = ""


def venues_near(lat: float, lng: float, *, most: int = 12) -> list[tuple[Venue, float]]:
    """Nearest first, each with its kilometres."""
    rows = Venue.objects.annotate(distance_km=distance_km(Point(lat, lng))).order_by("distance_km", "pk")[:most]
    return [(venue, venue.distance_km) for venue in rows]


def instructors_near(lat: float, lng: float, *, most: int = 5) -> list[tuple[User, float]]:
    """Those who taught in the last three years, each with the kilometres to the nearest venue they taught at."""
    where = distance_km(Point(lat, lng))
    taught = Workshop.objects.exclude(state=Workshop.State.CANCELLED).filter(starts_at__gt=clock.now() - LATELY)
    rows = taught.annotate(far=where).values("instructor").annotate(nearest_km=Min("far")).order_by("nearest_km", "instructor")[: most * 3]
    near = {row["instructor"]: row["nearest_km"] for row in rows}
    people = User.objects.filter(pk__in=near, is_active=True, role_assignments__role=Role.INSTRUCTOR).distinct()
    return sorted(((person, near[person.pk]) for person in people), key=lambda row: (row[1], row[0].pk))[:most]


def suggestion_for(call: DemandCall, *, seats: int) -> Suggestion:
    """The nearest venue, and title, activity and instructor of the workshop of that level taught last near it."""
    venue, far = next(iter(venues_near(call.lat, call.lng, most=1)), (None, 0.0))
    if venue is None or far > NEAR_KM:
        return Suggestion(None, _("No venue lies within 50 miles. Add one, then open the draft from here."))
    like = _like(call)
    if like is None:
        return Suggestion(None, _("No workshop of this level was held yet, so there is nothing to go by. Choose activity and instructor."))
    capacity = max(LEAST_CAPACITY, like.capacity, min(seats, 60))
    return Suggestion(DraftWish(like.title, like.activity, venue, like.instructor, capacity, like=like))


def _like(call: DemandCall) -> Workshop | None:
    levels = [level for level, served in SERVED.items() if call.level in served]
    held = Workshop.objects.filter(level__in=levels).exclude(state__in=[Workshop.State.CANCELLED, Workshop.State.DRAFT]).exclude(format=Workshop.Format.ONLINE)
    held = held.filter(instructor__is_active=True).select_related("activity", "instructor")
    exact = held.filter(level=call.level)
    return (exact if exact.exists() else held).order_by("-starts_at", "-pk").first()


def open_draft(*, call: DemandCall, wish: DraftWish, by: Any) -> Workshop:
    """Open the draft for a town; one that is open already is returned. Raises DraftRefused for a call that was settled otherwise."""
    with transaction.atomic():
        call = DemandCall.objects.select_for_update(of=("self",)).get(pk=call.pk)
        if call.workshop:
            return call.workshop
        if call.state not in (DemandCall.State.OPEN, DemandCall.State.SET_ASIDE):
            raise DraftRefused(_("This town is settled already. Look at the list again."), code="settled")
        copied = {name: getattr(wish.like, name) for name in COPIED} if wish.like else {"summary": wish.title, "cancellation_policy": "", "is_free": False}
        workshop = Workshop(slug=free_slug(f"{wish.title} {call.label}"), title=wish.title, level=call.level, **copied)
        workshop.activity, workshop.venue, workshop.instructor, workshop.capacity = wish.activity, wish.venue, wish.instructor, wish.capacity
        workshop.instructor_name = wish.like.instructor_name if wish.like and wish.like.instructor_id == wish.instructor.pk else str(wish.instructor)
        workshop.lat, workshop.lng = wish.venue.lat, wish.venue.lng
        workshop.save()
        if wish.hours:
            FirstBooking.objects.create(workshop=workshop, hours=wish.hours)
        call.workshop, call.state, call.settled_by, call.gap = workshop, DemandCall.State.DRAFTED, by, ""
        call.save(update_fields=["workshop", "state", "settled_by", "gap", "updated_at"])
        seats = sum(Pin.objects.filter(call=call).values_list("people", flat=True))
        record_audit(actor=by, action="workshops.draft_from_demand", record=workshop, call=call.pk, seats=seats)
    return workshop
