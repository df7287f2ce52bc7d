"""Find a moment: the words of a learner's own lessons, searched."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from core.search import typed
from courses.selectors.moments import moments_page

PER_PAGE = 25


@require_safe
def moment_list(request: SignedInRequest) -> HttpResponse:
    text = typed(request)[:200]
    page, moments = moments_page(request.user, text, page=request.GET.get("page"), per_page=PER_PAGE) if text else (None, [])
    return render(request, "courses/moment_list.html", {"q": text, "page_obj": page, "moments": moments})
