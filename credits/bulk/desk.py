"""Desk pages: correcting or revoking many awards at once."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.search import typed
from credits.bulk.forms import BulkForm, ConfirmForm
from credits.bulk.selectors import AwardFilter, progress_of
from credits.bulk.services import MOST_AWARDS, begin_bulk_change, confirm_bulk_change, discard_bulk_change
from credits.desk.approvals import may_read, may_write
from credits.models import Activity, Board, BulkChange

PAGE_SIZE = 50


@may_write
@require_http_methods(["GET", "HEAD", "POST"])
def bulk_add(request: SignedInRequest) -> HttpResponse:
    """Narrow the awards, tick some or take all of the filter, say what to do. Nothing happens before the preview is confirmed."""
    chosen = AwardFilter.of(request.GET, typed(request))
    rows = chosen.rows()
    form = BulkForm(request.POST or None, chosen=chosen)
    ticked = {int(value) for value in request.POST.getlist("award") if value.isdecimal() and len(value) < 18}
    if request.method == "POST" and form.is_valid():
        values = {name: value for name, value in form.cleaned_data.items() if name != "scope"}
        wanted = rows if form.cleaned_data["scope"] == "all" else rows.filter(pk__in=ticked)
        try:
            if form.cleaned_data["scope"] == "all" and not chosen.is_narrow:
                raise DomainError(_("Narrow the filter first: all awards of the school at once are too many."))
            change = begin_bulk_change(officer=request.user, awards=list(wanted.values_list("pk", flat=True)[: MOST_AWARDS + 1]), **values)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            return redirect(change)
    shown = rows.select_related("board", "dossier__user", "dossier__activity", "holder").prefetch_related("entries")
    context = {
        "page": Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page")),
        "form": form,
        "ticked": ticked,
        "chosen": chosen,
        "boards": Board.objects.filter(awards__isnull=False).distinct(),
        "activities": Activity.objects.filter(dossiers__awards__isnull=False).distinct(),
    }
    return render(request, "credits/desk/bulk/bulk_add.html", context, status=422 if form.errors else 200)


@may_read
@require_safe
def bulk_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(BulkChange.objects.select_related("officer").with_total(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/desk/bulk/bulk_list.html", {"page": page})


@may_read
@require_safe
def bulk_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """What becomes of each award, while it is tried, before it is confirmed and after it was done."""
    return _detail(request, get_object_or_404(BulkChange.objects.select_related("officer", "accreditation__board"), pk=pk), ConfirmForm())


def _detail(request: SignedInRequest, change: BulkChange, form: ConfirmForm, status: int = 200) -> HttpResponse:
    lines = change.lines.select_related("award__board", "award__holder", "award__dossier__user", "successor").order_by("-fate", "pk")
    context = {
        "change": change,
        "counts": change.counts(),
        "percent": progress_of(change) if change.is_working else 100,
        "page": Paginator(lines, PAGE_SIZE).get_page(request.GET.get("page")),
        "form": form,
    }
    template = "credits/desk/bulk/_bulk.html" if request.headers.get("HX-Request") else "credits/desk/bulk/bulk_detail.html"
    return render(request, template, context, status=status)


@may_write
@require_POST
def bulk_confirm(request: SignedInRequest, pk: int) -> HttpResponse:
    change = get_object_or_404(BulkChange.objects.select_related("officer", "accreditation__board"), pk=pk)
    form = ConfirmForm(request.POST)
    if form.is_valid():
        try:
            confirm_bulk_change(officer=request.user, change=change)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("It is being done. You can leave this page."))
            return redirect(change)
    return _detail(request, change, form, status=422)


@may_write
@require_POST
def bulk_discard(request: SignedInRequest, pk: int) -> HttpResponse:
    change = get_object_or_404(BulkChange, pk=pk)
    try:
        discard_bulk_change(officer=request.user, change=change)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(change)
    messages.success(request, _("Discarded. Every award is as it was."))
    return redirect("credits_desk:bulk_list")
