"""The staff desk: writing workshops and venues."""

from __future__ import annotations

from typing import cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from credits.changes.selectors import to_file
from payments.selectors import paid_lines_of
from workshops.forms import BaseBlockFormSet, BlockFormSet, CancelWorkshopForm, VenueForm, WorkshopForm, initial_blocks
from workshops.models import Venue, Workshop
from workshops.services import cancel_workshop, publish_workshop, save_workshop
from workshops.services.offerings import workshop_facts

PAGE_SIZE = 25
teachers = role_required(Role.STAFF, Role.INSTRUCTOR)
roster_readers = role_required(Role.STAFF, Role.INSTRUCTOR, Role.CE_OFFICER)
staff_only = role_required(Role.STAFF)


@roster_readers
@require_safe
def workshop_list(request: SignedInRequest) -> HttpResponse:
    queryset = Workshop.objects.roster_visible_to(request.user).select_related("venue").with_seats_taken().order_by("-starts_at", "-pk")
    page = Paginator(queryset, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workshops/desk/workshop_list.html", {"page_obj": page})


@teachers
def workshop_create(request: SignedInRequest) -> HttpResponse:
    return _edit(request, Workshop())


@teachers
def workshop_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    return _edit(request, get_object_or_404(Workshop.objects.editable_by(request.user).select_related("venue").prefetch_related("blocks"), pk=pk))


def _edit(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    data = request.POST or None
    form = WorkshopForm(data, instance=workshop, user=request.user)
    blocks = cast(BaseBlockFormSet, BlockFormSet(data, prefix="blocks", initial=initial_blocks(workshop)))
    if request.method == "POST" and form.is_valid() and blocks.is_valid():
        try:
            saved = save_workshop(workshop=form.save(), blocks=blocks.as_inputs(ZoneInfo(form.cleaned_data["venue"].time_zone)), by=request.user)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The workshop is saved."))
            _say_what_differs(request, saved)
            return redirect("workshops_desk:workshop_roster", pk=saved.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "workshops/desk/workshop_form.html", {"form": form, "blocks": blocks, "workshop": workshop}, status=status)


def _say_what_differs(request: SignedInRequest, workshop: Workshop) -> None:
    """Where the workshop is not what a board approved; CE officers have it on their list once it is announced."""
    if workshop.ends_at:
        day = workshop.ends_at.astimezone(workshop.zone).date()
        for sentence in to_file(workshop.activity, workshop_facts(workshop), day=day):
            messages.warning(request, _("%(what)s A CE officer has to file it with the board.") % {"what": sentence})


@teachers
@require_POST
def workshop_publish(request: SignedInRequest, pk: int) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user), pk=pk)
    _attempt(request, _("The workshop is announced."), lambda: publish_workshop(workshop=workshop, by=request.user))
    return redirect("workshops_desk:workshop_roster", pk=pk)


@staff_only
def workshop_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.with_seats_taken(), pk=pk)
    form = CancelWorkshopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        _attempt(
            request,
            _("The workshop is cancelled and everyone with a seat is told."),
            lambda: cancel_workshop(workshop=workshop, by=request.user, reason=form.cleaned_data["reason"]),
        )
        return redirect("workshops_desk:workshop_roster", pk=pk)
    paid = len(paid_lines_of(workshop.subject))
    return render(
        request, "workshops/desk/workshop_cancel.html", {"form": form, "workshop": workshop, "paid": paid}, status=422 if request.method == "POST" else 200
    )


@teachers
@require_safe
def venue_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(Venue.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workshops/desk/venue_list.html", {"page_obj": page})


@staff_only
def venue_edit(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    venue = get_object_or_404(Venue, pk=pk) if pk else Venue()
    form = VenueForm(request.POST or None, instance=venue)
    if request.method == "POST" and form.is_valid():
        try:
            saved = form.save()
        except IntegrityError:
            form.add_error("lat", _("This position does not lie on earth."))
        else:
            Workshop.objects.filter(venue=saved).update(lat=saved.lat, lng=saved.lng)
            messages.success(request, _("The venue is saved."))
            return redirect("workshops_desk:venue_list")
    return render(request, "workshops/desk/venue_form.html", {"form": form, "venue": venue}, status=422 if request.method == "POST" else 200)


def _attempt(request: SignedInRequest, success: str, act) -> bool:  # type: ignore[no-untyped-def]
    """Do it; show the refusal or the success. True when it was done."""
    try:
        act()
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return False
    if success:
        messages.success(request, success)
    return True
