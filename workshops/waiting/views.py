"""Pages for people who wait: joining and leaving; an offer is taken where seats are registered for."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.limits import check_limit
from credits.certificates.public import public
from workshops.models import WaitingEntry, Workshop
from workshops.waiting.forms import JoinForm
from workshops.waiting.selectors import open_entry
from workshops.waiting.services import join_list, leave_list
from workshops.waiting.tokens import read_entry_token

JOINING, JOINING_RATE = "workshops.waiting", "40/h"  # joining writes a letter, and leaving lets one join again


@require_http_methods(["GET", "HEAD", "POST"])
def waiting_join(request: SignedInRequest, slug: str) -> HttpResponse:
    """GET shows what joining means and asks for how many; POST joins."""
    workshop = get_object_or_404(Workshop.objects.visible_to(request.user).select_related("venue").with_seats_taken(), slug=slug)
    form = JoinForm(request.POST or None, workshop=workshop, wish=request.GET)
    if request.method == "POST" and form.is_valid():
        try:
            check_limit(request, group=JOINING, rate=JOINING_RATE)
            entry = join_list(workshop=workshop, learner=request.user, place=form.cleaned_data["place"], party=form.cleaned_data["party"])
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            said = _("A seat is free at this moment, and it is held for you.") if entry.has_offer else _("You are on the waiting list. A mail says so too.")
            messages.success(request, said)
            return redirect(workshop)
    waiting = workshop.waiting.filter(state=WaitingEntry.State.WAITING).count()
    context = {"workshop": workshop, "form": form, "waiting": waiting}
    return render(request, "workshops/waiting/join.html", context, status=422 if request.method == "POST" else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def waiting_leave_own(request: SignedInRequest, slug: str) -> HttpResponse:
    """GET asks, POST leaves; for who is signed in."""
    workshop = get_object_or_404(Workshop.objects.visible_to(request.user).select_related("venue"), slug=slug)
    entry = open_entry(workshop, request.user)
    if entry is None:
        return redirect(workshop)
    return _leave(request, entry)


@public
@require_http_methods(["GET", "HEAD", "POST"])
def waiting_leave(request: HttpRequest, token: str) -> HttpResponse:
    """By the link of a mail, without signing in. Looking changes nothing: programs that check mail follow every link."""
    entry = read_entry_token(token)
    if entry is None:
        return render(request, "workshops/waiting/unknown.html", status=404)
    return _leave(request, entry)


def _leave(request: HttpRequest, entry: WaitingEntry) -> HttpResponse:
    refusal = ""
    if request.method == "POST":
        try:
            entry = leave_list(entry=entry)
        except DomainError as refused:
            refusal = refused.message
    context = {"entry": entry, "workshop": entry.workshop, "refusal": refusal, "is_open": entry.state in WaitingEntry.OPEN}
    return render(request, "workshops/waiting/leave.html", context, status=409 if refusal else 200)
