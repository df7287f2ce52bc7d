"""The staff desk: somebody's seat goes to another date."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from workshops.desk_access import staff_only
from workshops.models import Seat, Workshop
from workshops.moving.pages import confirm_page, dates_page
from workshops.moving.services import start_move


@staff_only
@require_safe
def seat_move(request: SignedInRequest, pk: int, seat: int) -> HttpResponse:
    return render(request, "workshops/moving/desk_dates.html", dates_page(request, _seat(pk, seat), request.user))


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def seat_move_confirm(request: SignedInRequest, pk: int, seat: int, to: int) -> HttpResponse:
    """Staff ask for no difference: what the other date costs more the school bears, what it costs less goes back."""
    moved, date = _seat(pk, seat), get_object_or_404(Workshop.objects.select_related("venue", "activity"), pk=to)
    if request.method != "POST":
        return render(request, "workshops/moving/desk_confirm.html", confirm_page(moved, date, request.user))
    try:
        start_move(seat=moved, to=date, by=request.user, reason=request.POST.get("reason", "").strip()[:300], is_waived=True)
    except DomainError as refusal:
        return render(request, "workshops/moving/desk_confirm.html", confirm_page(moved, date, request.user) | {"refusal": refusal.message}, status=409)
    messages.success(request, _("The seat is moved, and the person is told."))
    return redirect("workshops_desk:workshop_roster", pk=date.pk)


def _seat(workshop: int, pk: int) -> Seat:
    rows = Seat.objects.own().select_related("workshop__venue", "workshop__activity", "learner")
    return get_object_or_404(rows, pk=pk, workshop=workshop)
