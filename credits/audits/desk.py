"""Desk pages: asking for a pack, watching it being made, downloading it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from credits.audits import selectors, services
from credits.audits.forms import PackForm
from credits.audits.making import read_in_pieces
from credits.audits.scope import about
from credits.desk.approvals import PAGE_SIZE, may_read, may_write
from credits.models import AuditPack

ASKED = ("learner", "activity", "board", "first_day", "last_day", "purpose")


@may_read
@require_safe
def pack_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(selectors.packs(), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = [{"pack": pack, "about": about(pack)} for pack in page.object_list]
    return render(request, "credits/desk/audit_pack_list.html", {"page": page, "rows": rows})


@may_write
def pack_add(request: SignedInRequest) -> HttpResponse:
    """Other desk pages lead here with what the pack is about in the address."""
    form = PackForm(request.POST or None, initial={name: request.GET[name] for name in ASKED if name in request.GET})
    if request.method == "POST" and form.is_valid():
        try:
            pack = services.request_pack(officer=request.user, **form.values())
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The pack is being made. This page shows how far it is; a mail says when it is ready."))
            return redirect(pack)
    return render(request, "credits/desk/audit_pack_form.html", {"form": form}, status=422 if form.errors else 200)


@may_read
@require_safe
def pack_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    pack = get_object_or_404(selectors.packs(), pk=pk)
    context: dict[str, Any] = {"pack": pack, "about": about(pack), "log": selectors.log_of(pack)}
    if request.htmx and pack.is_open:  # type: ignore[attr-defined]  # django-htmx's middleware adds it
        return render(request, "credits/desk/_audit_pack_state.html", context)
    answer = render(request, "credits/desk/audit_pack_detail.html", context)
    if request.htmx:  # type: ignore[attr-defined]  # django-htmx's middleware adds it
        answer["HX-Refresh"] = "true"  # it is over: the whole page is another one
    return answer


def file_answer(pack: AuditPack) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(read_in_pieces(pack.file_key), content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{pack.file_name}"'
    answer["Content-Length"] = str(pack.size_bytes)
    answer["Cache-Control"] = "private, no-store"
    return answer


@may_write
@require_POST
def pack_download(request: SignedInRequest, pk: int) -> HttpResponseBase:
    pack = get_object_or_404(AuditPack, pk=pk)
    try:
        return file_answer(services.hand_out(pack=pack, officer=request.user))
    except services.PackNotReady as refusal:
        messages.error(request, refusal.message)
        return redirect(pack)


@may_write
@require_POST
def pack_again(request: SignedInRequest, pk: int) -> HttpResponse:
    pack = services.make_again(pack=get_object_or_404(AuditPack, pk=pk), officer=request.user)
    return redirect(pack)


@may_write
@require_POST
def pack_remove(request: SignedInRequest, pk: int) -> HttpResponse:
    pack = services.remove_pack(pack=get_object_or_404(AuditPack, pk=pk), officer=request.user)
    messages.success(request, _("The file is removed. What was asked and who had it stays on record."))
    return redirect(pack)
