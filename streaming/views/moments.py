"""Find a moment, for staff: the words of all films they may see."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from core.search import typed
from streaming.models import VideoAsset
from streaming.selectors import search_cues
from streaming.selectors.words import pieces_of
from streaming.views.asset_page import desk_role

PER_PAGE = 25


@desk_role
@require_safe
def moment_list(request: SignedInRequest) -> HttpResponse:
    text = typed(request)[:200]
    found = search_cues(text=text, assets=VideoAsset.objects.visible_to(request.user)) if text else ()
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "cue": cue,
            "asset": cue.caption.asset,
            "pieces": pieces_of(cue.headline),  # type: ignore[attr-defined]  # annotated by the search
            "seconds": f"{cue.start_ms / 1000:g}",
        }
        for cue in page
    ]
    return render(request, "streaming/desk/moment_list.html", {"q": text, "page_obj": page, "rows": rows})
