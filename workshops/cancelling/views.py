"""A workshop was called off, and its person chooses: another date, or the money."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from workshops.cancelling.selectors import entry_of
from workshops.cancelling.services import choose
from workshops.models import CallOffEntry, Workshop
from workshops.moving.quotes import ROWS, other_dates, quotes_for


@require_http_methods(["GET", "HEAD", "POST"])
def call_off_choose(request: SignedInRequest, slug: str) -> HttpResponse:
    workshop = get_object_or_404(Workshop.objects.visible_to(request.user).select_related("venue"), slug=slug)
    entry = entry_of(workshop, request.user)
    if entry is None:
        raise Http404
    if request.method == "POST":
        return _choose(request, workshop, entry)
    may_choose = entry.is_waiting and entry.action == CallOffEntry.Action.ASK
    quotes = quotes_for(entry.seat, list(other_dates(workshop)[:ROWS])) if may_choose else []
    context = {"workshop": workshop, "entry": entry, "may_choose": may_choose, "quotes": [quote for quote in quotes if not quote.why_not]}
    return render(request, "workshops/cancelling/choose.html", context)


def _choose(request: SignedInRequest, workshop: Workshop, entry: CallOffEntry) -> HttpResponse:
    wish = request.POST.get("to", "")
    try:
        if wish == "money":
            choose(entry=entry, to=None, by=request.user)
            messages.success(request, _("Your seat is ended, and what was paid for it goes back."))
        else:
            to = get_object_or_404(other_dates(workshop), pk=int(wish) if wish.isdecimal() and len(wish) < 18 else 0)
            choose(entry=entry, to=to, by=request.user)
            messages.success(request, _("Your seat is moved. A confirmation is on its way to you by e-mail."))
    except DomainError as refusal:
        messages.error(request, refusal.message)
    return redirect("workshops:call_off_choose", slug=workshop.slug)
