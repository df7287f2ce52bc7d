"""What a colleague's link leads to. Nobody needs to be signed in to decline; GET asks, POST does."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.invitations import sign_in_by_link, signs_in_by_link
from accounts.models import User
from core.errors import DomainError
from core.limits import check_limit
from workshops.booking.details import details_of
from workshops.booking.inviting import accept, decline, registration_at
from workshops.models import Workshop
from workshops.payers import rest_words

ROUTE = "workshops:invitation_detail"


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_detail(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what one was registered for; POST accepts: it signs a person without a password in, others after their own sign-in."""
    check_limit(request, group="workshops.invitation", rate="120/h")
    try:
        registration = registration_at(token)
    except DomainError as refusal:
        return link_refused(request, refusal)
    person, workshop = registration.learner, registration.workshop
    seat = workshop.seats.confirmed().filter(learner=person).first()
    signs_in = link_signs_in(person, workshop)
    if request.method == "POST":
        if request.user.is_authenticated and request.user.pk != person.pk:
            messages.error(request, _("You are signed in as somebody else. Sign out first, then open the link again."))
            return redirect(ROUTE, token)
        if not request.user.is_authenticated and not signs_in:
            return redirect_to_login(reverse(ROUTE, args=[token]))
        try:
            accept(registration=registration)
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return redirect(ROUTE, token)
        if not request.user.is_authenticated:
            sign_in_by_link(request=request, user=person)
            messages.info(request, _("You are signed in. Choose a password under “Account”, so that you can come back without this link."))
        if details_of(workshop, person).is_complete or seat is None:
            return redirect(workshop)
        return redirect("workshops:registration_details", workshop.slug)
    context = {
        "registration": registration,
        "workshop": workshop,
        "seat": seat,
        "token": token,
        "is_somebody_else": request.user.is_authenticated and request.user.pk != person.pk,
        "signs_in_by_link": signs_in,
    } | (rest_words(seat) if seat else {})
    return render(request, "workshops/booking/invitation.html", context)


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def invitation_decline(request: HttpRequest, token: str) -> HttpResponse:
    check_limit(request, group="workshops.invitation", rate="120/h")
    try:
        registration = registration_at(token)
        if request.method == "POST":
            registration = decline(registration=registration)
    except DomainError as refusal:
        return link_refused(request, refusal)
    context = {"registration": registration, "workshop": registration.workshop, "token": token}
    return render(request, "workshops/booking/invitation_decline.html", context)


def link_signs_in(person: User, workshop: Workshop) -> bool:
    """Whether the link in a letter about `workshop` still signs `person` in: until it is over. Letters lie about for years, and are passed on."""
    return not workshop.has_ended and signs_in_by_link(person)


def link_refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    return render(request, "workshops/booking/link_refused.html", {"refusal": refusal}, status=410)
