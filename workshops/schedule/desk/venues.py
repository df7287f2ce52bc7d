"""The houses in which workshops are held."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from workshops.desk_access import PAGE_SIZE, staff_only, teachers
from workshops.models import Venue, Workshop
from workshops.schedule.forms.venues import VenueForm


@teachers
@require_safe
def venue_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(Venue.objects.all(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workshops/schedule/venue_list.html", {"page_obj": page})


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
    return render(request, "workshops/schedule/venue_form.html", {"form": form, "venue": venue}, status=422 if request.method == "POST" else 200)
