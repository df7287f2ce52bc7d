"""A learner's own transcript, as a page, a PDF and a CSV file, and the links that show it to others."""

from __future__ import annotations

from typing import Any

import segno
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.limits import check_limit
from credits.models import TranscriptLink
from credits.transcripts.build import Transcript, TranscriptFilter, transcript_of
from credits.transcripts.files import csv_answer, pdf_answer
from credits.transcripts.forms import LinkForm
from credits.transcripts.lines import Origin, State
from credits.transcripts.links import make_link, revoke_link
from credits.transcripts.public import shared_url

SECTIONS_A_PAGE = 10
PAGE_SIZE = 20
FILES_AN_HOUR = "120/h"


@require_safe
def transcript_detail(request: SignedInRequest) -> HttpResponse:
    transcript = transcript_of(request.user, TranscriptFilter.of(request.GET.dict()))
    page = Paginator(transcript.sections, SECTIONS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "credits/transcripts/detail.html", page_context(request, transcript) | {"page": page})


def page_context(request: SignedInRequest, transcript: Transcript) -> dict[str, Any]:
    """The transcript with its filters as they were chosen."""
    query = request.GET.copy()
    query.pop("page", None)
    return {
        "transcript": transcript,
        "chosen": {name: request.GET.get(name, "") for name in ("board", "period", "kind", "status")},
        "kinds": Origin.choices,
        "states": [*State.choices, ("all", _("Everything"))],
        "query": query.urlencode(),
        "is_filtered": any(query.values()),
    }


@require_safe
def transcript_file_pdf(request: SignedInRequest) -> HttpResponse:
    """With the filters of the page; `?link=` is one's own link, whose filters and QR code it bears."""
    check_limit(request, group="transcript-file", rate=FILES_AN_HOUR)
    wanted = request.GET.get("link", "")
    if wanted:
        link = get_object_or_404(TranscriptLink.objects.visible_to(request.user).open().select_related("board"), pk=wanted if wanted.isdecimal() else 0)
        return pdf_answer(transcript_of(request.user, TranscriptFilter.of_link(link)), shared_url(link.token) if link.token else "")
    return pdf_answer(transcript_of(request.user, TranscriptFilter.of(request.GET.dict())))


@require_safe
def transcript_file_csv(request: SignedInRequest) -> HttpResponse:
    check_limit(request, group="transcript-file", rate=FILES_AN_HOUR)
    return csv_answer(transcript_of(request.user, TranscriptFilter.of(request.GET.dict())))


@require_safe
def link_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(TranscriptLink.objects.visible_to(request.user).select_related("board"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/transcripts/link_list.html", {"page": page})


def link_add(request: SignedInRequest) -> HttpResponse:
    boards = transcript_of(request.user, TranscriptFilter()).boards
    form = LinkForm(request.POST or None, boards=boards)
    if request.method == "POST" and form.is_valid():
        try:
            check_limit(request, group="transcript-link", rate="30/h")
            link = make_link(user=request.user, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("The link is open. Copy it from here whenever you need it."))
            return redirect(link)
    context = {"form": form, "has_legal_name": request.user.legal_name is not None}
    return render(request, "credits/transcripts/link_form.html", context, status=422 if form.errors else 200)


@require_safe
def link_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    link = get_object_or_404(TranscriptLink.objects.visible_to(request.user).select_related("board"), pk=pk)
    address = shared_url(link.token) if link.is_open and link.token else ""
    return render(request, "credits/transcripts/link_detail.html", {"link": link, "address": address, "qr": _qr(address) if address else ""})


def _qr(address: str) -> str:
    """As SVG to stand in a page, as wide as its place."""
    return mark_safe(segno.make(address, error="m", micro=False).svg_inline(border=4, omitsize=True))  # noqa: S308 - drawn by us, of an address we made


@require_POST
def link_revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    link = revoke_link(link=get_object_or_404(TranscriptLink.objects.visible_to(request.user), pk=pk), actor=request.user)
    messages.success(request, _("The link is ended. Whoever opens it now reads that it was."))
    return redirect(link)
