"""Pages for people who look for a workshop and take a seat."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from payments.selectors import line_of
from workshops import selectors
from workshops.models import Workshop
from workshops.services import cancel_seat, register_learner


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
