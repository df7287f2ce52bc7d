"""Desk pages: what is kept, what goes next, what went, and what is held."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from credits.desk.approvals import PAGE_SIZE, may_read, may_write
from credits.models import LegalHold, Removal
from credits.retention import selectors
from credits.retention.forms import HoldForm, LiftForm
from credits.retention.holds import lift_hold, place_hold
from credits.retention.sources import SOURCES, YEARS
from credits.selectors import school_today

ASKED = ("person", "activity", "board")


@may_read
@require_safe
def overview(request: SignedInRequest) -> HttpResponse:
    """What goes within 90 days, one kind of record at a time (`?source=`)."""
    source = SOURCES.get(request.GET.get("source", ""), next(iter(SOURCES.values())))
    page = Paginator(source.due(school_today() + selectors.AHEAD), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "counts": selectors.counted_sources(),
        "chosen": source,
        "page": page,
        "rows": [source.shown(row) for row in page.object_list],
        "today": school_today(),
        "years": YEARS,
        "days": selectors.AHEAD.days,
        "holds": LegalHold.objects.standing().count(),
    }
    return render(request, "credits/desk/retention.html", context)


@may_read
@require_safe
def removal_list(request: SignedInRequest) -> HttpResponse:
    chosen = request.GET.get("source", "")
    rows = Removal.objects.filter(source=chosen) if chosen in SOURCES else Removal.objects.all()
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    shown = [{"entry": entry, "title": SOURCES[entry.source].title if entry.source in SOURCES else entry.source} for entry in page.object_list]
    return render(request, "credits/desk/removal_list.html", {"page": page, "rows": shown, "sources": SOURCES.values(), "chosen": chosen})


@may_read
@require_safe
def hold_list(request: SignedInRequest) -> HttpResponse:
    """Standing holds, or with `?all=1` lifted ones too."""
    show_all = request.GET.get("all") == "1"
    rows = selectors.holds() if show_all else selectors.holds().filter(lifted_at__isnull=True)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/desk/hold_list.html", {"page": page, "show_all": show_all})


@may_write
def hold_add(request: SignedInRequest) -> HttpResponse:
    form = HoldForm(request.POST or None, initial={name: request.GET[name] for name in ASKED if name in request.GET})
    if request.method == "POST" and form.is_valid():
        try:
            hold = place_hold(officer=request.user, **form.values())
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Everything about %(thing)s is kept until the hold is lifted.") % {"thing": hold})
            return redirect("credits_desk:hold_list")
    return render(request, "credits/desk/hold_form.html", {"form": form}, status=422 if form.errors else 200)


@may_write
def hold_lift(request: SignedInRequest, pk: int) -> HttpResponse:
    hold = get_object_or_404(selectors.holds(), pk=pk)
    form = LiftForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        lift_hold(officer=request.user, hold=hold, reason=form.cleaned_data["reason"])
        messages.success(request, _("The hold is lifted. What is past its time goes with the next removal, within a day."))
        return redirect("credits_desk:hold_list")
    return render(request, "credits/desk/hold_lift.html", {"form": form, "hold": hold}, status=422 if form.errors else 200)
