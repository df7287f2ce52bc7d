"""Desk pages: a learner's transcript, to read and to hand out again on request. Who did is noted."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.permissions import SignedInRequest
from core.audit import record_audit
from credits.desk.approvals import may_read
from credits.transcripts.build import Transcript, TranscriptFilter, transcript_of
from credits.transcripts.files import csv_answer, pdf_answer
from credits.transcripts.views import SECTIONS_A_PAGE, page_context


@may_read
@require_safe
def transcript_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    person, transcript = _transcript(request, pk)
    page = Paginator(transcript.sections, SECTIONS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "credits/desk/transcripts/detail.html", page_context(request, transcript) | {"page": page, "person": person})


@may_read
@require_safe
def transcript_file(request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
    person, transcript = _transcript(request, pk)
    answer = pdf_answer(transcript) if kind == "pdf" else csv_answer(transcript)
    record_audit(actor=request.user, action="credits.download_transcript", record=person, kind=kind)
    return answer


def _transcript(request: SignedInRequest, pk: int) -> tuple[Any, Transcript]:
    person = get_object_or_404(User, pk=pk)
    return person, transcript_of(person, TranscriptFilter.of(request.GET.dict()))
