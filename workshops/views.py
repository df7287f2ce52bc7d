"""Pages for people who look for a workshop and take a seat."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from credits.prospects.prospector import Prospector
from payments.selectors import line_of
from workshops import selectors
from workshops.forms import NearMeForm
from workshops.geo import KM_PER_MILE, Point
from workshops.models import Place, Workshop
from workshops.services import cancel_seat, register_learner

PAGE_SIZE = 12
WIDER_MILES = (50, 100, 250, 500)


@login_not_required
@require_safe
def workshop_list(request: HttpRequest) -> HttpResponse:
    """Coming workshops, by distance from a place when one is given, else by date."""
    form = NearMeForm(request.GET or None)
    values = form.cleaned_data if form.is_bound and form.is_valid() else {}
    found = selectors.filter_dates(Workshop.objects.coming(), first=values.get("first"), last=values.get("last"))
    places = selectors.find_places(values.get("place", ""))
    place, widened = (places[0] if places else None), None
    if place:
        asked = int(values["radius"]) if values.get("radius") else None
        results, widened = _near(place, asked, found)
    else:
        results = found.order_by("starts_at", "pk")
    results = results.select_related("venue", "activity").prefetch_related("blocks").with_seats_taken()
    page = Paginator(results, PAGE_SIZE).get_page(request.GET.get("page"))
    prospector = Prospector(request.user)
    context = {
        "form": form,
        "page_obj": page,
        "cards": selectors.workshop_cards(page.object_list, prospector, origin=place is not None),
        "prospector": prospector,
        "place": place,
        "other_places": places[1:],
        "unknown_place": values.get("place") if values.get("place") and not place else "",
        "widened": widened,
    }
    return render(request, "workshops/workshop_list.html", context, status=422 if form.is_bound and not form.is_valid() else 200)


def _near(place: Place, asked_miles: int | None, found):  # type: ignore[no-untyped-def]
    """Workshops in the radius asked for; when there are none, the next wider radius that has one, and which it is."""
    origin = Point(place.lat, place.lng)
    if asked_miles is None:
        return selectors.workshops_near(origin, radius_km=None, queryset=found), None
    for miles in (asked_miles, *(step for step in WIDER_MILES if step > asked_miles)):
        results = selectors.workshops_near(origin, radius_km=miles * KM_PER_MILE, queryset=found)
        if results.exists():
            return results, (miles if miles != asked_miles else None)
    return selectors.workshops_near(origin, radius_km=None, queryset=found), "any"


@require_POST
def workshop_register(request: SignedInRequest, slug: str) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.visible_to(request.user), slug=slug)
    try:
        register_learner(workshop=workshop, learner=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("You have a seat. A confirmation is on its way to you by e-mail."))
    return redirect(workshop)


def seat_cancel(request: SignedInRequest, slug: str) -> HttpResponse:
    """GET asks, POST gives the seat back."""
    workshop = get_object_or_404(Workshop.objects.visible_to(request.user).select_related("venue"), slug=slug)
    if request.method != "POST":
        seat = selectors.seat_of(workshop, request.user)
        if seat is None or seat.is_held:
            return redirect(workshop)
        return render(request, "workshops/seat_cancel.html", {"workshop": workshop, "line": line_of(seat.reference, workshop.subject, seat.learner)})
    try:
        cancel_seat(workshop=workshop, learner=request.user, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Your seat is given back."))
    return redirect(workshop)
