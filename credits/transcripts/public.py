"""What a stranger sees who was given a link: the transcript, read-only, as it stands today. Nothing else of the person.

No account, no search engine, no copy kept on the way, no referrer to the pages it leads to. A guess, a link that is over and
one that was ended all answer 404; only who has the right token is told which of the two it was.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from core.errors import DomainError
from core.limits import check_limit, count_visit
from credits.models import TranscriptLink
from credits.transcripts.build import Transcript, TranscriptFilter, transcript_of
from credits.transcripts.files import pdf_answer
from credits.transcripts.links import find_link, note_opening

SharedView = Callable[[HttpRequest, TranscriptLink, str], HttpResponse]
GUESSES = "30/h"
OPENINGS = "300/h"
FILES = "60/h"


def shared_url(token: str) -> str:
    return f"{settings.SITE_URL}{reverse('shared_transcript:page', args=[token])}"


def by_link(view: SharedView) -> Callable[..., HttpResponse]:
    """Hand the view an open link; answer everything else, and see that nobody keeps or passes on what is shown."""

    @login_not_required
    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, token: str, **kwargs: Any) -> HttpResponse:
        try:
            response = _answer(request, token, view)
        except DomainError as refusal:  # too often, or too long for a PDF
            response = render(request, "credits/transcripts/shared_over.html", {"why": "refused", "message": refusal.message}, status=refusal.status)
        response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "private, no-store"
        return response

    return answer


def _answer(request: HttpRequest, token: str, view: SharedView) -> HttpResponse:
    check_limit(request, group="shared-transcript-guess", rate=GUESSES, counts=False)
    link = find_link(token)
    if link is None:
        count_visit(request, group="shared-transcript-guess", rate=GUESSES)
        return render(request, "credits/transcripts/shared_over.html", {"why": "unknown"}, status=404)
    check_limit(request, group="shared-transcript", rate=OPENINGS)
    if not link.is_open:
        return render(request, "credits/transcripts/shared_over.html", {"why": link.state}, status=404)
    return view(request, link, token)


def shared_transcript(link: TranscriptLink) -> Transcript:
    return transcript_of(link.user, TranscriptFilter.of_link(link))


@by_link
def page(request: HttpRequest, link: TranscriptLink, token: str) -> HttpResponse:
    is_own = request.user.is_authenticated and request.user.pk == link.user_id
    if not is_own and request.method == "GET":
        note_opening(link=link)
    return render(request, "credits/transcripts/shared.html", {"link": link, "transcript": shared_transcript(link), "token": token, "is_own": is_own})


@by_link
def file_pdf(request: HttpRequest, link: TranscriptLink, token: str) -> HttpResponse:
    check_limit(request, group="shared-transcript-file", rate=FILES)
    return pdf_answer(shared_transcript(link), shared_url(token))
