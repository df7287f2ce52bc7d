""" "I can't come": what it brings, and deciding."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.limits import check_limit
from workshops import selectors
from workshops.leaving.forms import ExpectedForm
from workshops.leaving.quotes import quote_leaving
from workshops.leaving.services import leave_seat, offer_seat, promised_to, withdraw_offer
from workshops.leaving.terms import policy_words
from workshops.models import Seat, WaitingEntry, Workshop

OFFERING, OFFERING_RATE = "workshops.resale", "20/h"  # offering writes a letter, and keeping the seat lets one offer it again


def _own_seat(request: SignedInRequest, slug: str) -> tuple[Workshop, Seat | None]:
    queryset = Workshop.objects.visible_to(request.user).select_related("venue").with_seats_taken()
    workshop = get_object_or_404(queryset, slug=slug)
    seat = selectors.seat_of(workshop, request.user)
    if seat is None or seat.is_held:
        return workshop, None
    seat.workshop = workshop
    return workshop, seat


@require_http_methods(["GET", "HEAD", "POST"])
def seat_cancel(request: SignedInRequest, slug: str) -> HttpResponse:
    """GET shows the exact sum and asks, POST gives the seat back; the sum that was seen comes with it."""
    workshop, seat = _own_seat(request, slug)
    if seat is None:
        return redirect(workshop)
    refusal = ""
    if request.method == "POST":
        form = ExpectedForm(request.POST)
        expected = form.cleaned_data["expected_cents"] if form.is_valid() else -1
        try:
            refund = leave_seat(seat=seat, by=request.user, expected_cents=expected)
        except DomainError as refused:
            refusal = refused.message
        else:
            messages.success(
                request, _("Your seat is given back. A mail says what of the money goes back, and how.") if refund else _("Your seat is given back.")
            )
            return redirect(workshop)
    quote = quote_leaving(seat)
    starts_at = workshop.starts_at.astimezone(workshop.zone) if workshop.starts_at else None
    context = {
        "workshop": workshop,
        "seat": seat,
        "quote": quote,
        "policy_words": policy_words(seat.terms, currency=quote.currency, starts_at=starts_at) if quote.code == "policy" and seat.terms else [],
        "promised": promised_to(seat) if seat.resale_at else None,
        "free": workshop.free_in(seat.place),
        "waiting": workshop.waiting.filter(state=WaitingEntry.State.WAITING, place=seat.place).count(),
        "refusal": refusal,
    }
    return render(request, "workshops/leaving/seat_cancel.html", context, status=409 if refusal else 200)


@require_POST
def seat_offer(request: SignedInRequest, slug: str) -> HttpResponse:
    workshop, seat = _own_seat(request, slug)
    if seat is None:
        return redirect(workshop)
    try:
        check_limit(request, group=OFFERING, rate=OFFERING_RATE)
        offer_seat(seat=seat, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Your seat is offered to the waiting list. It stays yours until somebody has taken it."))
    return redirect("workshops:seat_cancel", slug=slug)


@require_POST
def seat_keep(request: SignedInRequest, slug: str) -> HttpResponse:
    workshop, seat = _own_seat(request, slug)
    if seat is None:
        return redirect(workshop)
    try:
        withdraw_offer(seat=seat, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("workshops:seat_cancel", slug=slug)
    messages.success(request, _("You keep your seat. It is no longer offered."))
    return redirect(workshop)
