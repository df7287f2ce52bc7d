"""The houses in which workshops are held."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from workshops.desk_access import PAGE_SIZE, staff_only, teachers
from workshops.models import Venue
from workshops.schedule.forms.venues import VenueForm
from workshops.schedule.venues import affected_by, save_venue, token_of, told

NOTE_LENGTH = 500


@teachers
@require_safe
def venue_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(Venue.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workshops/schedule/venue_list.html", {"page_obj": page})


@staff_only
def venue_edit(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    """The form of a venue. When people with seats will be told of its new address, that is shown before it is saved."""
    venue = get_object_or_404(Venue, pk=pk) if pk else Venue()
    form = VenueForm(request.POST or None, instance=venue)
    name, affected = venue.name, []
    if request.method == "POST" and form.is_valid():
        try:
            planned = form.save(commit=False)
            affected = told(affected_by(planned))
            token = token_of(affected)
            if not affected or request.POST.get("confirm") == token:
                save_venue(venue=planned, by=request.user, note=request.POST.get("note", "")[:NOTE_LENGTH])
                messages.success(request, _("The venue is saved."))
                return redirect("workshops_desk:venue_list")
        except DomainError as refusal:
            form.add_error(None, refusal.message)
    context = {"form": form, "venue": venue, "name": name, "affected": affected, "token": token_of(affected), "note_length": NOTE_LENGTH}
    status = 422 if request.method == "POST" and not affected else 200
    return render(request, "workshops/schedule/venue_form.html", {**context, "note": request.POST.get("note", "")}, status=status)
