"""Pages of the giver and of the person a seat is offered to. GET asks, POST does."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.invitations import sign_in_by_link
from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.limits import check_limit
from workshops.booking.details import details_of
from workshops.booking.forms import DetailsForm
from workshops.booking.invitation_views import link_refused, link_signs_in
from workshops.booking.services import save_details
from workshops.models import Seat, Transfer
from workshops.payers import rest_words
from workshops.transferring.forms import TransferForm
from workshops.transferring.services import accept_transfer, decline_transfer, may_pass_on, offer_seat, transfer_at, withdraw_transfer


@require_http_methods(["GET", "HEAD", "POST"])
def transfer_create(request: SignedInRequest, pk: int) -> HttpResponse:
    seat = get_object_or_404(Seat.objects.confirmed().select_related("workshop__venue", "learner"), pk=pk)
    if not may_pass_on(seat, request.user):
        raise Http404
    form = TransferForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            check_limit(request, group="workshops.transfer", rate="30/h")
            transfer = offer_seat(seat=seat, by=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The seat is offered to %(who)s. You are told what they say.") % {"who": transfer.to_name})
            return redirect(seat.workshop)
    context = {"form": form, "seat": seat, "workshop": seat.workshop, "is_own": seat.learner_id == request.user.pk, "is_paid": bool(seat.reference)}
    context |= rest_words(seat)
    return render(request, "workshops/transferring/transfer_form.html", context, status=422 if form.errors else 200)


@require_POST
def transfer_withdraw(request: SignedInRequest, pk: int) -> HttpResponse:
    transfer = get_object_or_404(Transfer.objects.of_giver(request.user), pk=pk)
    try:
        withdraw_transfer(transfer=transfer, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The offer is withdrawn."))
    return redirect(transfer.seat.workshop)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def transfer_detail(request: HttpRequest, token: str) -> HttpResponse:
    """Who may accept signs in first: by the link where they have no password, else as always."""
    check_limit(request, group="workshops.invitation", rate="120/h")
    try:
        transfer = transfer_at(token)
    except DomainError as refusal:
        return link_refused(request, refusal)
    person, workshop = transfer.to_user, transfer.seat.workshop
    is_theirs = request.user.is_authenticated and request.user.pk == person.pk
    signs_in = transfer.state in (Transfer.State.OFFERED, Transfer.State.ACCEPTED) and link_signs_in(person, workshop)
    context = {
        "transfer": transfer,
        "workshop": workshop,
        "token": token,
        "is_theirs": is_theirs,
        "is_somebody_else": request.user.is_authenticated and not is_theirs,
        "needs_sign_in": not request.user.is_authenticated,
        "signs_in_by_link": signs_in,
    } | rest_words(transfer.seat)
    if not is_theirs:
        if request.method == "POST" and not request.user.is_authenticated:
            if not signs_in:
                return redirect_to_login(reverse("workshops:transfer_detail", args=[token]))
            sign_in_by_link(request=request, user=person)
            return redirect("workshops:transfer_detail", token)
        return render(request, "workshops/transferring/transfer_detail.html", context)
    details = details_of(workshop, person)
    form = DetailsForm(request.POST if request.method == "POST" else None, details=details, user=person)
    status = 200
    if request.method == "POST" and transfer.state == Transfer.State.OFFERED:
        status = 422
        if not form.fields or form.is_valid():
            try:
                if form.fields:
                    save_details(workshop=workshop, learner=person, told=form.told())
                accept_transfer(transfer=transfer)
            except DomainError as refusal:
                context["refused"], status, details = refusal.message, 409, details_of(workshop, person)
                form = DetailsForm(details=details, user=person)
            else:
                messages.success(request, _("The seat is yours. Your ticket is on this page and in your mail."))
                return redirect(workshop)
    context |= {"details": details, "form": form}
    return render(request, "workshops/transferring/transfer_detail.html", context, status=status)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def transfer_decline(request: HttpRequest, token: str) -> HttpResponse:
    check_limit(request, group="workshops.invitation", rate="120/h")
    try:
        transfer = transfer_at(token)
        if request.method == "POST":
            transfer = decline_transfer(transfer=transfer)
    except DomainError as refusal:
        return link_refused(request, refusal)
    context = {"transfer": transfer, "workshop": transfer.seat.workshop, "token": token}
    return render(request, "workshops/transferring/transfer_decline.html", context)
