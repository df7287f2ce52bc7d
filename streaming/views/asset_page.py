"""What the pages about one asset share: who may, which asset, and the page itself with whichever form was refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from streaming.delivery import signed_base
from streaming.forms import CaptionForm, ChapterRows, LanguageForm, PosterUpload, TitleForm
from streaming.languages import languages
from streaming.models import VideoAsset
from streaming.selectors import asset_progress, player_context
from streaming.selectors.current import last_replaced_by
from streaming.selectors.player import clock_words
from streaming.selectors.space import space_of
from streaming.selectors.stills import poster_choices
from streaming.services.duplicates import same_file

POSTER_TTL_S = 3600
desk_role = role_required(Role.STAFF, Role.INSTRUCTOR)


def my_asset(request: SignedInRequest, uuid: UUID) -> VideoAsset:
    return get_object_or_404(VideoAsset.objects.visible_to(request.user).select_related("uploaded_by", "upload", "replaced_by"), uuid=uuid)


def asset_page(request: SignedInRequest, asset: VideoAsset, *, status: int = 200, **forms: Any) -> HttpResponse:
    """The asset's page, with whichever of its forms was refused."""
    values = {
        "asset": asset,
        "progress": asset_progress(asset),
        "player": player_context(asset=asset, request=request, preview=True) if asset.is_playable else None,
        "same": same_file(sha256=asset.sha256, by=request.user, other_than=asset),
        "renditions": list(asset.renditions.all()),
        "captions": list(asset.captions.annotate(cue_count=Count("cues")).defer("vtt")),
        "languages": languages(),
        "space": space_of(asset) if request.user.has_role(Role.STAFF) else None,
        "poster": _poster(asset),
        "poster_form": PosterUpload(),
        "replaces": last_replaced_by(asset),
        "can_replace": asset.state == VideoAsset.State.READY and request.user.has_role(Role.STAFF),
        "title_form": TitleForm(instance=asset),
        "caption_form": CaptionForm(),
        "begin_form": LanguageForm(prefix="begin"),
        "chapter_rows": ChapterRows(initial=[{"start": clock_words(chapter.start_ms), "title": chapter.title} for chapter in asset.chapters.all()]),
        **forms,
    }
    return render(request, "streaming/desk/asset_detail.html", values, status=status)


def _poster(asset: VideoAsset) -> dict[str, Any] | None:
    """The pictures to choose from and the one in use; None before there is a film."""
    if not asset.is_playable:
        return None
    base, choices = signed_base(asset, grant_id=None, ttl_s=POSTER_TTL_S), poster_choices(asset)
    return {
        "choices": [
            {"number": choice.number, "address": base + choice.path, "clock": clock_words(choice.at_ms), "is_chosen": choice.is_chosen} for choice in choices
        ],
        "own": base + asset.poster if asset.poster and not any(choice.is_chosen for choice in choices) else "",
    }
