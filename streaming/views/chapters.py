"""Chapters of one asset, at the desk."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import SignedInRequest
from streaming.csp import player_page
from streaming.forms import ChapterRows
from streaming.services.chapters import ChaptersUnusable, set_chapters
from streaming.views.asset_page import asset_page, desk_role, my_asset


@player_page
@desk_role
@require_POST
def chapters_save(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    asset = my_asset(request, uuid)
    rows = ChapterRows(request.POST)
    if rows.is_valid():
        filled = [row for row in rows if row.cleaned_data.get("title")]
        try:
            set_chapters(asset=asset, chapters=[(row.cleaned_data["start"], row.cleaned_data["title"]) for row in filled], by=request.user)
        except ChaptersUnusable as refusal:
            for place, sentence in refusal.rows.items():
                filled[place].add_error("start", sentence)
        else:
            messages.success(request, _("The chapters are saved."))
            return redirect(asset)
    return asset_page(request, asset, status=422, chapter_rows=rows)
