"""A transcript as a file to download, which nobody on the way may keep."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.text import slugify

from core import clock
from credits.transcripts.build import Transcript
from credits.transcripts.csv_file import transcript_csv
from credits.transcripts.pdf import transcript_pdf


def pdf_answer(transcript: Transcript, share_url: str = "") -> HttpResponse:
    answer = HttpResponse(transcript_pdf(transcript, made_at=clock.now(), share_url=share_url), content_type="application/pdf")
    return _private(answer, file_name(transcript, "pdf"))


def csv_answer(transcript: Transcript) -> HttpResponse:
    answer = HttpResponse(transcript_csv(transcript), content_type="text/csv; charset=utf-8")
    return _private(answer, file_name(transcript, "csv"))


def file_name(transcript: Transcript, ending: str) -> str:
    return f"{slugify(f'transcript {transcript.name} {transcript.made_on}')}.{ending}"


def _private(answer: HttpResponse, name: str) -> HttpResponse:
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer
