"""What the pages about one asset share: who may, which asset, and the page itself with whichever form was refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from streaming.forms import CaptionForm, ChapterRows, TitleForm
from streaming.models import VideoAsset
from streaming.selectors import asset_progress, player_context

desk_role = role_required(Role.STAFF, Role.INSTRUCTOR)


def my_asset(request: SignedInRequest, uuid: UUID) -> VideoAsset:
    return get_object_or_404(VideoAsset.objects.visible_to(request.user).select_related("uploaded_by", "upload"), uuid=uuid)


def asset_page(request: SignedInRequest, asset: VideoAsset, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The asset's page, with whichever of its forms was refused."""
    values = {
        "asset": asset,
        "progress": asset_progress(asset),
        "player": player_context(asset=asset, request=request, preview=True) if asset.is_playable else None,
        "renditions": list(asset.renditions.all()),
        "captions": list(asset.captions.all()),
        "title_form": TitleForm(instance=asset),
        "caption_form": CaptionForm(),
        "chapter_rows": ChapterRows(initial=[{"start": _clock(chapter.start_ms), "title": chapter.title} for chapter in asset.chapters.all()]),
        **forms,
    }
    return render(request, "streaming/desk/asset_detail.html", values, status=status)


def _clock(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02d}:{seconds % 60:02d}" if hours else f"{minutes}:{seconds % 60:02d}"
