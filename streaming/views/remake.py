"""Making all films anew with the ladder of today, for staff."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from streaming.models import Remake, RemakeItem, VideoAsset
from streaming.selectors.remake import estimate, outdated, standing_of
from streaming.services.remake import begin_remake, stop_remake

PER_PAGE = 25


@role_required(Role.STAFF)
@require_safe
def remake_page(request: SignedInRequest) -> HttpResponse:
    """The running remake; else what one would take, and how the last one ended."""
    remake = Remake.objects.select_related("begun_by").first()
    standing = standing_of(remake) if remake else None
    is_going = standing is not None and not standing.is_over
    items = RemakeItem.objects.filter(remake=remake).select_related("asset").order_by("pk")
    values: dict[str, Any] = {
        "remake": remake,
        "standing": standing,
        "is_going": is_going,
        "page_obj": Paginator(items, PER_PAGE).get_page(request.GET.get("page")),
        "estimate": None if is_going else estimate(list(outdated(VideoAsset.objects.all()))),
    }
    template = "streaming/desk/_remake.html" if request.htmx else "streaming/desk/remake.html"  # type: ignore[attr-defined]  # by django-htmx
    return render(request, template, values)


@role_required(Role.STAFF)
@require_POST
def remake_begin(request: SignedInRequest) -> HttpResponse:
    begin_remake(by=request.user)
    messages.success(request, _("The films are made anew, one after another. New uploads go first."))
    return redirect("streaming_desk:remake")


@role_required(Role.STAFF)
@require_POST
def remake_stop(request: SignedInRequest) -> HttpResponse:
    if remake := Remake.objects.filter(state=Remake.State.RUNNING).first():
        stop_remake(remake=remake, by=request.user)
        messages.success(request, _("No further film is begun. Those begun are finished."))
    return redirect("streaming_desk:remake")
