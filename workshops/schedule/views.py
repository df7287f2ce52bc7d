"""The page of one workshop."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from credits.prospects.gaps import gaps_today
from credits.prospects.prospector import Prospector
from credits.selectors import accreditations_for, school_today
from payments.models import Order
from payments.selectors import has_access, line_of, offers_for
from workshops import selectors
from workshops.booking.selectors import booking_panel
from workshops.cancelling.selectors import entry_of
from workshops.leaving.terms import words_for
from workshops.models import Seat, Workshop
from workshops.near.locator import locator_of
from workshops.near.maps import map_page
from workshops.schedule.page import joining_of, other_dates, places_left, stretches
from workshops.schedule.structured import as_script, event_data
from workshops.services.opening import may_register
from workshops.waiting.selectors import waiting_panel


@login_not_required
@require_safe
@map_page
def workshop_detail(request: HttpRequest, slug: str) -> HttpResponse:
    queryset = Workshop.objects.visible_to(request.user).select_related("venue", "activity", "series").prefetch_related("blocks").with_seats_taken()
    workshop = get_object_or_404(queryset, slug=slug)
    seat = selectors.seat_of(workshop, request.user)
    is_open_to_viewer = workshop.is_free or has_access(request.user, workshop.subject)
    prospector = Prospector(request.user)
    offer = selectors.offer_of(workshop) if workshop.state in (Workshop.State.PUBLISHED, Workshop.State.DRAFT) and not workshop.has_ended else None
    offers = [] if seat or is_open_to_viewer else offers_for([workshop.subject])[workshop.subject]
    context = {
        "workshop": workshop,
        "structured": as_script(event_data(workshop, offers)),
        "stretches": stretches(workshop, request.user),
        "places": places_left(workshop),
        "joining": joining_of(workshop, seat),
        "other_dates": other_dates(workshop),
        "prospector": prospector,
        "prospects": prospector.prospects([offer])[offer.key] if offer else (),
        "gaps": gaps_today(workshop.activity, offer.day or school_today()) if offer else [],
        "locator": None if workshop.format == Workshop.Format.ONLINE else locator_of(workshop.venue),
        "shows_streets": bool(settings.MAP_TILES) and workshop.format != Workshop.Format.ONLINE,
        "zone": workshop.venue.time_zone,
        "free": workshop.seats_free,
        "seat": seat,
        "policy_words": words_for(workshop),
        "call_off_entry": entry_of(workshop, request.user) if workshop.state == Workshop.State.CANCELLED and request.user.is_authenticated else None,
        "waiting": waiting_panel(workshop, request.user),
        "order": _order_of(seat),
        "opening": may_register(workshop, request.user),
        "is_open_to_viewer": is_open_to_viewer,
        "offers": offers,
        "booking": booking_panel(workshop, request.user, seat, offers),
        "accreditations": accreditations_for(workshop.activity),
        "can_edit": request.user.is_authenticated and Workshop.objects.editable_by(request.user).filter(pk=workshop.pk).exists(),
    }
    return render(request, "workshops/workshop_detail.html", context)


def _order_of(seat: Seat | None) -> Order | None:
    """The order by which `seat` is held or was paid; None for a seat that needed none."""
    line = line_of(seat.reference, seat.workshop.subject, seat.learner) if seat and seat.reference else None
    return line.order if line else None
