"""Registering for a workshop, step by step; what is asked of who has a seat; tickets."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.limits import check_limit
from core.money import format_money
from payments.gateway.client import GatewayRefused
from payments.models import Price
from payments.selectors import owed_for
from payments.selectors.offers import tax_note
from payments.services import deposit_for
from payments.views.shop import ORDERS, ORDERS_RATE, pay
from workshops.booking import selectors
from workshops.booking.details import details_of
from workshops.booking.forms import ME, OTHERS, BaseColleagueFormSet, BookingForm, DetailsForm, colleague_formset
from workshops.booking.pdf import ticket_pdf as set_ticket
from workshops.booking.services import MOST_COLLEAGUES, is_free_for, keep_booking, order_seats, registration_of, save_details, take_seats
from workshops.booking.tickets import find_ticket, printed_code, ticket_code, ticket_url
from workshops.errors import WorkshopFull
from workshops.leaving.terms import words_for
from workshops.models import Booking, Seat, WaitingEntry, Workshop
from workshops.services import full_sentence, may_register
from workshops.waiting.turns import free_places

GUESTS = "guests"
DEPOSIT = "deposit"


@require_http_methods(["GET", "HEAD", "POST"])
def workshop_register(request: SignedInRequest, slug: str) -> HttpResponse:
    """Who comes and what the workshop asks of them. A free workshop gives the seats at once; a paid one goes on to the check."""
    workshop = _workshop(request, slug)
    if refusal := _not_open(workshop, request.user):
        messages.error(request, refusal)
        return redirect(workshop)
    booking = Booking.objects.filter(workshop=workshop, buyer=request.user).first()
    has_seat = workshop.seats.confirmed().filter(learner=request.user).exists()
    if request.method != "POST" and _is_out_of_seats(workshop, request.user):
        return _to_the_list(request, workshop)
    details = details_of(workshop, request.user)
    forms = _forms(request, workshop, booking, has_seat)
    if "more" in request.POST and forms[1].forms:
        forms[1].forms[-1].fields["email"].widget.attrs["autofocus"] = True  # where the new line is
    details_form = DetailsForm(request.POST if request.method == "POST" else None, details=details, user=request.user)
    refused, shortage, status = "", None, 200
    if request.method == "POST" and "more" not in request.POST:
        form, guests = forms
        is_valid = form.is_valid() and guests.is_valid()
        if is_valid and form.is_coming:
            is_valid = details_form.is_valid()
        status = 422
        if is_valid:
            try:
                return _register(request, workshop, form, guests, details_form)
            except DomainError as refusal_of_it:
                if _is_out_of_seats(workshop, request.user):
                    return _to_the_list(request, workshop)
                shortage = _shortage(workshop, request.user, refusal_of_it)
                refused, status = shortage.sentence if shortage else refusal_of_it.message, 409
                details_form = DetailsForm(request.POST, details=details_of(workshop, request.user), user=request.user)
    context = {
        "workshop": workshop,
        "form": forms[0],
        "guests": forms[1],
        "details": details,
        "details_form": details_form,
        "has_seat": has_seat,
        "offer": workshop.waiting.filter(learner=request.user, state=WaitingEntry.State.OFFERED).first(),
        "refused": refused,
        "shortage": shortage,
        "most": MOST_COLLEAGUES,
        "is_free": workshop.is_free,
        "shows_errors": status == 422,
    }
    return render(request, "workshops/booking/register.html", context, status=status)


def _register(request: SignedInRequest, workshop: Workshop, form: BookingForm, guests: BaseColleagueFormSet, details_form: DetailsForm) -> HttpResponse:
    named = guests.guests()
    booking = keep_booking(workshop=workshop, buyer=request.user, is_coming=form.is_coming, guests=named)
    if form.is_coming:
        save_details(workshop=workshop, learner=request.user, told=details_form.told(form.wanted_place))
    if not is_free_for(booking):
        return redirect("workshops:registration_check", workshop.slug)
    check_limit(request, group=ORDERS, rate=ORDERS_RATE)
    take_seats(booking=booking)
    if form.is_coming:
        messages.success(request, _("You have a seat. A confirmation is on its way to you by e-mail."))
    if named:
        words = ngettext("%(n)s colleague has a seat and gets an e-mail.", "%(n)s colleagues have seats and get an e-mail each.", len(named))
        messages.success(request, words % {"n": len(named)})
    return redirect(workshop)


@require_http_methods(["GET", "HEAD", "POST"])
def registration_check(request: SignedInRequest, slug: str) -> HttpResponse:
    """Everything once more, with the price. Only this page's button holds seats and leads to paying."""
    workshop = _workshop(request, slug)
    booking = Booking.objects.filter(workshop=workshop, buyer=request.user).first()
    if booking is None or not (booking.is_coming or booking.colleagues):
        return redirect("workshops:workshop_register", workshop.slug)
    if refusal := _not_open(workshop, request.user):
        messages.error(request, refusal)
        return redirect(workshop)
    shortage, refused, code = None, "", request.POST.get("code", "").replace("\x00", "").strip().upper()[:40]
    pays = request.POST.get("pays", "")
    if request.method == "POST":
        wanted = request.POST.get("price", "")
        price = get_object_or_404(Price.objects.active().select_related("product"), pk=int(wanted) if wanted.isdecimal() and len(wanted) < 18 else 0)
        try:
            check_limit(request, group=ORDERS, rate=ORDERS_RATE)
            return pay(request, order_seats(booking=booking, price=price, promotion=code, with_deposit=pays == DEPOSIT))
        except DomainError as refusal_of_it:
            if _is_out_of_seats(workshop, request.user):
                return _to_the_list(request, workshop)
            shortage = _shortage(workshop, request.user, refusal_of_it)
            refused = shortage.sentence if shortage else refusal_of_it.message
        except GatewayRefused:
            refused = _("The payment service refused to answer. Nothing was charged. Try again in a minute.")
    details = details_of(workshop, request.user)
    people = len(booking.colleagues) + (1 if booking.is_coming else 0)
    prices = [
        {
            "price": price,
            "label": label,
            "deposit": deposit_for(price, people=people),
            "total": format_money(price.amount_cents * people, price.currency),
            "tax": tax_note(price, at_venue=True),
        }
        for price, label in selectors.prices_of(workshop)
    ]
    context = {"workshop": workshop, "booking": booking, "details": details, "prices": prices, "people": people, "refused": refused, "code": code}
    context["policy_words"] = words_for(workshop)  # what the seat keeps: read before paying, not after
    context |= {"shortage": shortage, "pays": pays, "deposits": [row["deposit"] for row in prices if row["deposit"]]}
    return render(request, "workshops/booking/check.html", context, status=409 if refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def registration_details(request: SignedInRequest, slug: str) -> HttpResponse:
    """What the workshop asks of somebody who has a seat: to fill in late, to change, or to accept a waiver that changed.

    With `?from=` the slug of another workshop: of somebody who would move their seat from there, and goes on to that.
    """
    workshop = _workshop(request, slug)
    details = details_of(workshop, request.user)
    moves = Seat.objects.confirmed().filter(learner=request.user, workshop__slug=request.GET.get("from", "")).select_related("workshop").first()
    if moves is None and not workshop.seats.taken().filter(learner=request.user).exists():
        return redirect("workshops:workshop_register", workshop.slug)
    form = DetailsForm(request.POST if request.method == "POST" else None, details=details, user=request.user)
    refused = ""
    if request.method == "POST" and form.is_valid():
        try:
            left = save_details(workshop=workshop, learner=request.user, told=form.told())
        except DomainError as refusal:
            refused, details = refusal.message, details_of(workshop, request.user)
            form = DetailsForm(request.POST, details=details, user=request.user)
        else:
            if moves and left.is_complete:
                messages.success(request, _("Saved. Now your seat can move."))
            elif left.is_complete:
                messages.success(request, _("Thank you, everything is here. Bring your ticket."))
            else:
                messages.warning(request, _("Saved. Still open: %(what)s") % {"what": " ".join(left.missing)})
            return redirect("workshops:seat_move_confirm", moves.workshop.slug, workshop.pk) if moves else redirect(workshop)
    context = {"workshop": workshop, "details": details, "form": form, "refused": refused}
    return render(request, "workshops/booking/details.html", context, status=409 if refused else 422 if form.errors else 200)


@require_safe
def ticket_detail(request: SignedInRequest, code: str) -> HttpResponse:
    """A ticket: for its holder, for who paid for it, and for who runs the workshop. Nobody else learns that it exists."""
    seat = _ticket(request, code)
    is_mine = seat.learner_id == request.user.pk
    context: dict[str, Any] = {"seat": seat, "workshop": seat.workshop, "is_mine": is_mine, "is_void": seat.state != Seat.State.CONFIRMED}
    if not context["is_void"]:
        context |= {"code": ticket_code(seat), "printed": printed_code(ticket_code(seat)), "qr": ticket_qr(seat)}
        context["details"] = details_of(seat.workshop, seat.learner)
        context["balance"] = owed_for(seat.workshop.subject, [seat.learner_id]).get(seat.learner_id)
    return render(request, "workshops/booking/ticket.html", context)


@require_safe
def ticket_pdf(request: SignedInRequest, code: str) -> HttpResponse:
    seat = _ticket(request, code)
    if seat.state != Seat.State.CONFIRMED:
        return redirect("workshops:ticket_detail", ticket_code(seat))
    response = HttpResponse(set_ticket(seat), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="ticket-{seat.workshop.slug}.pdf"'
    return response


def ticket_qr(seat: Seat) -> str:
    """As SVG to stand in a page, as wide as its place."""
    drawn = segno.make(ticket_url(seat), error="m", micro=False).svg_inline(border=4, omitsize=True)
    return mark_safe(drawn)  # noqa: S308 - drawn by us, of an address we made


def _ticket(request: SignedInRequest, code: str) -> Seat:
    seat = find_ticket(code)
    if seat is None or not seat.was_confirmed or seat.is_held:
        raise Http404
    if seat.learner_id != request.user.pk and not Workshop.objects.roster_visible_to(request.user).filter(pk=seat.workshop_id).exists():
        raise Http404
    return seat


def _workshop(request: HttpRequest, slug: str) -> Workshop:
    return get_object_or_404(Workshop.objects.visible_to(request.user).select_related("venue", "activity").with_seats_taken(), slug=slug)


def _not_open(workshop: Workshop, user: Any) -> str:
    """Why nobody, or not this person, can register at this moment; "" when they can."""
    if workshop.state != Workshop.State.PUBLISHED:
        return _("Registration for this workshop is closed.")
    if workshop.has_started:
        return _("This workshop has begun, so seats can no longer be taken. Look for another date.")
    opening = may_register(workshop, user)
    return "" if opening.is_open else opening.sentence


def _is_out_of_seats(workshop: Workshop, user: Any) -> bool:
    """Whether no place has a seat left, and none is had by, held for or offered to this person."""
    is_full = not any(free > 0 for free in free_places(workshop).values())
    return is_full and not workshop.seats.standing().filter(learner=user).exists()


def _shortage(workshop: Workshop, user: Any, refusal: DomainError) -> selectors.Shortage | None:
    """Where seats are left, but fewer than asked for, or none of that place: how many, so that a page leads to the list for them."""
    if not isinstance(refusal, WorkshopFull):
        return None
    booking = Booking.objects.select_related("workshop__venue", "buyer").filter(workshop=workshop, buyer=user).first()
    return selectors.shortage_of(booking) if booking else None


def _to_the_list(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """The page of a full workshop offers its waiting list. What was answered is kept."""
    messages.warning(request, full_sentence(workshop))
    return redirect(workshop)


def _forms(request: SignedInRequest, workshop: Workshop, booking: Booking | None, has_seat: bool) -> tuple[BookingForm, BaseColleagueFormSet]:
    is_hybrid = workshop.format == Workshop.Format.HYBRID
    kwargs: dict[str, Any] = {"prefix": GUESTS, "form_kwargs": {"is_hybrid": is_hybrid}}
    if request.method != "POST":
        kept = booking.colleagues if booking else []
        initial = {"who": OTHERS if booking and not booking.is_coming else ME, "place": registration_of(workshop, request.user).place if is_hybrid else ""}
        return BookingForm(initial=initial, workshop=workshop, has_seat=has_seat), colleague_formset(extra=1)(initial=kept, **kwargs)
    data = request.POST.copy()
    for name in ("TOTAL_FORMS", "INITIAL_FORMS"):  # a form without a place for colleagues names none
        data.setdefault(f"{GUESTS}-{name}", "0")
    data.setdefault("who", ME)
    data.setdefault("place", Seat.Place.ROOM)
    if "more" in data:
        rows = str(data[f"{GUESTS}-TOTAL_FORMS"])
        data[f"{GUESTS}-TOTAL_FORMS"] = str(min(int(rows) + 1, MOST_COLLEAGUES)) if rows.isdecimal() and len(rows) < 4 else "1"
    return BookingForm(data, workshop=workshop, has_seat=has_seat), colleague_formset(extra=1)(data, **kwargs)
