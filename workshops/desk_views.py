"""The staff desk: calling a workshop off."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from accounts.permissions import SignedInRequest
from payments.selectors import paid_lines_of
from workshops.desk_access import attempt, staff_only
from workshops.forms import CancelWorkshopForm
from workshops.models import Workshop
from workshops.services import cancel_workshop


@staff_only
def workshop_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.with_seats_taken(), pk=pk)
    form = CancelWorkshopForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        attempt(
            request,
            _("The workshop is cancelled and everyone with a seat is told."),
            lambda: cancel_workshop(workshop=workshop, by=request.user, reason=form.cleaned_data["reason"]),
        )
        return redirect("workshops_desk:workshop_roster", pk=pk)
    paid = len(paid_lines_of(workshop.subject))
    return render(
        request, "workshops/desk/workshop_cancel.html", {"form": form, "workshop": workshop, "paid": paid}, status=422 if request.method == "POST" else 200
    )
