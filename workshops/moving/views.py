"""A person moves their seat to another date."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.limits import check_limit
from payments.gateway.client import GatewayRefused
from payments.views.shop import ORDERS, ORDERS_RATE, pay
from workshops.models import Seat, SeatMove, Workshop
from workshops.moving.pages import confirm_page, dates_page
from workshops.moving.services import start_move


@require_safe
def seat_move(request: SignedInRequest, slug: str) -> HttpResponse:
    return render(request, "workshops/moving/dates.html", dates_page(request, _own_seat(request, slug), request.user))


@require_http_methods(["GET", "HEAD", "POST"])
def seat_move_confirm(request: SignedInRequest, slug: str, to: int) -> HttpResponse:
    """GET says what changes and what it costs, POST does it, or leads to where the difference is paid."""
    date = get_object_or_404(Workshop.objects.visible_to(request.user).select_related("venue", "activity"), pk=to)
    if request.method != "POST":
        return render(request, "workshops/moving/confirm.html", confirm_page(_own_seat(request, slug), date, request.user))
    check_limit(request, group=ORDERS, rate=ORDERS_RATE)
    seat = _own_seat(request, slug, moved_to=date)
    expected = request.POST.get("difference", "")
    try:
        move = start_move(seat=seat, to=date, by=request.user, expected_cents=int(expected) if _is_amount(expected) else None)
    except DomainError as refusal:
        return render(request, "workshops/moving/confirm.html", confirm_page(seat, date, request.user) | {"refusal": refusal.message}, status=409)
    except GatewayRefused:
        messages.error(request, _("The payment service refused to answer. Nothing was charged, and your seat is as it was. Try again in a minute."))
        return redirect("workshops:seat_move", slug=slug)
    if move.state == SeatMove.State.DONE:
        messages.success(request, _("Your seat is moved. A confirmation is on its way to you by e-mail."))
        return redirect(date)
    if move.order is None:
        raise Http404
    return pay(request, move.order)


def _own_seat(request: SignedInRequest, slug: str, moved_to: Workshop | None = None) -> Seat:
    """The person's confirmed seat; or the one of which a double click is too late to find it."""
    rows = Seat.objects.own().filter(workshop__slug=slug, learner=request.user).select_related("workshop__venue", "workshop__activity", "learner")
    seat = rows.filter(state=Seat.State.CONFIRMED).first()
    if seat is None and moved_to is not None:
        seat = rows.filter(moves__to=moved_to, moves__state=SeatMove.State.DONE).last()
    if seat is None:
        raise Http404
    return seat


def _is_amount(text: str) -> bool:
    return text.removeprefix("-").isdecimal() and len(text) <= 12
