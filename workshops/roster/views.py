"""A learner's own attendance, and how to say that it is noted wrongly."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from workshops.models import Seat, Workshop
from workshops.roster.forms import CorrectionForm
from workshops.roster.selectors import own_attendance
from workshops.roster.services import ask_for_correction


def attendance(request: SignedInRequest, slug: str) -> HttpResponse:
    """What is noted of the reader; POST asks for a correction. Whoever has no seat finds nothing here."""
    seats = Seat.objects.confirmed().filter(learner=request.user, workshop__in=Workshop.objects.visible_to(request.user))
    seat = get_object_or_404(seats.select_related("workshop__venue", "workshop__activity").prefetch_related("workshop__blocks"), workshop__slug=slug)
    form = CorrectionForm(request.POST or None, workshop=seat.workshop)
    if request.method == "POST" and form.is_valid():
        try:
            ask_for_correction(seat=seat, words=form.cleaned_data["words"], block=form.cleaned_data["block"])
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Your instructor is told and answers by e-mail."))
            return redirect("workshops:attendance", slug=slug)
    context = {"seat": seat, "workshop": seat.workshop, "own": own_attendance(seat), "form": form}
    if request.htmx:  # type: ignore[attr-defined]  # by django-htmx
        return render(request, "workshops/roster/_own.html", context)
    return render(request, "workshops/roster/attendance.html", context, status=422 if request.method == "POST" else 200)
