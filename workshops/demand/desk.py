"""The staff's map of where people ask for a workshop, its towns, and the drafts that come of them."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core import clock
from core.jobs import enqueue
from workshops.demand import selectors
from workshops.demand.counting import facts_of, set_aside, set_threshold, thresholds
from workshops.demand.drafts import NEAR_KM, instructors_near, open_draft, suggestion_for, venues_near
from workshops.demand.first_booking import offer_first, pins_answered_by
from workshops.demand.forms import AsideForm, DraftForm, HoursForm, MapForm, ThresholdForm
from workshops.demand.words import month_words
from workshops.desk_access import attempt, staff_only
from workshops.models import DemandCall, FirstBooking, Pin, Workshop
from workshops.near.geo import KM_PER_MILE
from workshops.near.maps import map_page

PAGE_SIZE = 25
NOTES_SHOWN = 20


@staff_only
@require_safe
@map_page
def demand_map(request: SignedInRequest) -> HttpResponse:
    form = MapForm(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    rows = selectors.demand_rows(level=asked.get("level", ""), month=asked.get("month"), price_cents=asked.get("price"))
    context = {
        "form": form,
        "page_obj": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "rows": rows,
        "seats": sum(row.cluster.seats for row in rows),
        "people": sum(row.people for row in rows),
        "revenue_cents": sum(row.revenue_cents or 0 for row in rows) if asked.get("price") is not None else None,
        "price_cents": asked.get("price"),
        "points": f"{reverse('workshops_desk:demand_points')}?{request.GET.urlencode()}",
        "calls": list(selectors.calls_waiting()),
        "thresholds": [(row, ThresholdForm(instance=row, prefix=row.level, auto_id=f"{row.level}_%s")) for row in thresholds()],
    }
    return render(request, "workshops/demand/desk/map.html", context, status=422 if form.is_bound and not form.is_valid() else 200)


@staff_only
@require_safe
def demand_points(request: SignedInRequest) -> JsonResponse:
    """The towns of the same filters as GeoJSON for the map; each leads to its row of the table."""
    form = MapForm(request.GET or None)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else {}
    rows = selectors.demand_rows(level=asked.get("level", ""), month=asked.get("month"))
    return JsonResponse({"type": "FeatureCollection", "features": [_feature(request, row) for row in rows]})


def _feature(request: SignedInRequest, row: selectors.DemandRow) -> dict[str, Any]:
    query = request.GET.copy()
    query["page"] = str((row.number - 1) // PAGE_SIZE + 1)
    words = {"people": ngettext("%(n)s person", "%(n)s people", row.people), "seats": ngettext("%(n)s seat", "%(n)s seats", row.cluster.seats)}
    lines = [words["people"] % {"n": row.people}, words["seats"] % {"n": row.cluster.seats}, row.months]
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [row.cluster.lng, row.cluster.lat]},
        "properties": {
            "title": row.cluster.label,
            "url": f"{reverse('workshops_desk:demand_map')}?{query.urlencode()}#town-{row.number}",
            "key": str(row.number),
            "lines": lines,
            "number": row.cluster.seats,
        },
    }


@staff_only
@require_POST
def threshold_edit(request: SignedInRequest, level: str) -> HttpResponse:
    row = next((row for row in thresholds() if row.level == level), None)
    form = ThresholdForm(request.POST, instance=row, prefix=level) if row else None
    if form is None or not form.is_valid():
        messages.error(request, _("A threshold is a number of seats from 2 to 500. Nothing was changed."))
        return redirect("workshops_desk:demand_map")
    values = form.cleaned_data
    if attempt(request, _("Saved. The towns are counted anew."), lambda: set_threshold(level=level, by=request.user, **values)):
        enqueue("workshops.count_demand", key=f"count-demand:threshold:{level}:{clock.now():%Y%m%dT%H%M%S%f}")
    return redirect("workshops_desk:demand_map")


@staff_only
@require_safe
def call_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    call = get_object_or_404(selectors.with_seats(DemandCall.objects.select_related("workshop", "settled_by")), pk=pk)
    return _call_page(request, call)


def _call_page(
    request: SignedInRequest, call: DemandCall, *, draft: DraftForm | None = None, aside: AsideForm | None = None, status: int = 200
) -> HttpResponse:
    pins = list(call.pins.filter(state=Pin.State.ACTIVE).order_by("label", "pk"))
    if draft is None and call.workshop is None:
        draft = _draft_form(call, None)
    form = MapForm({"price": request.GET["price"]}) if request.GET.get("price") else None
    price = form.cleaned_data["price"] if form and form.is_valid() else None
    seats = sum(pin.people for pin in pins)
    context = {
        "call": call,
        "pins": pins,
        "seats": seats,
        "months": selectors.popular_months(facts_of(pins)),
        "notes": [(pin.label, pin.note, month_words(pin.months)) for pin in pins if pin.note][:NOTES_SHOWN],
        "venues": [(venue, round(far / KM_PER_MILE)) for venue, far in venues_near(call.lat, call.lng, most=5) if far <= NEAR_KM],
        "instructors": [(person, round(far / KM_PER_MILE)) for person, far in instructors_near(call.lat, call.lng)],
        "draft": draft,
        "aside": aside or AsideForm(),
        "price_form": form or MapForm(),
        "revenue_cents": seats * price if price is not None else None,
    }
    return render(request, "workshops/demand/desk/call.html", context, status=status)


def _draft_form(call: DemandCall, data: object) -> DraftForm:
    seats = sum(call.pins.filter(state=Pin.State.ACTIVE).values_list("people", flat=True))
    wish = suggestion_for(call, seats=seats).wish
    initial = (
        {"title": wish.title, "activity": wish.activity, "venue": str(wish.venue.pk), "instructor": wish.instructor, "capacity": wish.capacity}
        if wish
        else {"capacity": max(8, seats)}
    )
    return DraftForm(data, call=call, like=wish.like if wish else None, initial=initial)


@staff_only
@require_POST
def call_draft(request: SignedInRequest, pk: int) -> HttpResponse:
    call = get_object_or_404(DemandCall.objects.select_related("workshop"), pk=pk)
    if call.workshop:
        return redirect("workshops_desk:workshop_edit", pk=call.workshop.pk)
    form = _draft_form(call, request.POST)
    if not form.is_valid():
        return _call_page(request, call, draft=form, status=422)
    if not attempt(request, _("The draft is open. Give it its dates, then announce it."), lambda: open_draft(call=call, wish=form.wish, by=request.user)):
        return redirect("workshops_desk:call_detail", pk=pk)
    call.refresh_from_db()
    return redirect("workshops_desk:workshop_edit", pk=call.workshop_id)


@staff_only
@require_POST
def call_aside(request: SignedInRequest, pk: int) -> HttpResponse:
    call = get_object_or_404(DemandCall.objects.select_related("workshop"), pk=pk)
    form = AsideForm(request.POST)
    if not form.is_valid():
        return _call_page(request, call, aside=form, status=422)
    values = form.cleaned_data
    done = attempt(request, _("Set aside until then."), lambda: set_aside(call=call, until=values["until"], note=values["note"], by=request.user))
    return redirect("workshops_desk:demand_map") if done else redirect("workshops_desk:call_detail", pk=pk)


@staff_only
def first_booking(request: SignedInRequest, pk: int) -> HttpResponse:
    """Who would be told of a draft first, and for how long its seats are theirs alone."""
    workshop = get_object_or_404(Workshop.objects.select_related("venue"), pk=pk)
    booking = FirstBooking.objects.filter(workshop=workshop).first()
    form = HoursForm(request.POST or None, initial={"hours": booking.hours if booking else 0})
    if request.method == "POST" and form.is_valid():
        if attempt(request, _("Saved."), lambda: offer_first(workshop=workshop, hours=form.cleaned_data["hours"], by=request.user)):
            return redirect("workshops_desk:workshop_roster", pk=pk)
        return redirect("workshops_desk:first_booking", pk=pk)
    people = list(pins_answered_by(workshop).values_list("people", flat=True)) if workshop.state == Workshop.State.DRAFT else []
    guests = list(booking.guests.filter(host=None).values_list("people", flat=True)) if booking else []
    context = {"workshop": workshop, "booking": booking, "form": form, "asking": len(people), "seats": sum(people), "guests": len(guests)}
    context["is_draft"] = workshop.state == Workshop.State.DRAFT
    return render(request, "workshops/demand/desk/first_booking.html", context, status=422 if form.errors else 200)
