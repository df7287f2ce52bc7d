"""The staff desk for videos: bring one in, watch it become a film, caption it, let it go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from core.search import typed
from streaming.csp import player_page
from streaming.delivery import signed_base
from streaming.forms import CaptionForm, ChapterRows, TitleForm, UploadForm
from streaming.models import Caption, VideoAsset
from streaming.selectors import asset_progress, player_context
from streaming.selectors.assets import progress_of
from streaming.services.assets import create_asset_from_file, delete_asset, rename_asset, retry_asset
from streaming.services.captions import remove_caption, save_caption, set_chapters
from streaming.services.uploads import abandon_upload

PER_PAGE = 25
POSTER_TTL_S = 3600
desk_role = role_required(Role.STAFF, Role.INSTRUCTOR)


@desk_role
@require_safe
def asset_list(request: SignedInRequest) -> HttpResponse:
    text = typed(request)
    assets = VideoAsset.objects.visible_to(request.user).select_related("uploaded_by", "upload")
    if text:
        assets = assets.filter(title__icontains=text)
    page = Paginator(assets, PER_PAGE).get_page(request.GET.get("page"))
    progress = progress_of(page.object_list)
    rows = [{"asset": asset, "progress": progress[asset.pk], "poster": poster_of(asset)} for asset in page]
    waiting = any(asset.is_waited_for for asset in page)
    template = "streaming/desk/_asset_rows.html" if request.htmx else "streaming/desk/asset_list.html"  # type: ignore[attr-defined]  # by django-htmx
    return render(request, template, {"page_obj": page, "rows": rows, "q": text, "waiting": waiting})


def poster_of(asset: VideoAsset) -> str:
    return signed_base(asset, grant_id=None, ttl_s=POSTER_TTL_S) + asset.poster if asset.is_playable and asset.poster else ""


@desk_role
def asset_upload(request: SignedInRequest) -> HttpResponse:
    """The upload page; posted as a plain form it takes the whole file at once."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            asset = create_asset_from_file(title=form.cleaned_data["title"], file=file, original_name=file.name, uploaded_by=request.user)
        except DomainError as refusal:
            form.add_error("file", refusal.message)
        else:
            messages.success(request, _("“%(title)s” has arrived and is being prepared.") % {"title": asset.title})
            return redirect(asset)
    return render(request, "streaming/desk/asset_upload.html", {"form": form}, status=422 if form.errors else 200)


def _mine(request: SignedInRequest, uuid: UUID) -> VideoAsset:
    return get_object_or_404(VideoAsset.objects.visible_to(request.user).select_related("uploaded_by", "upload"), uuid=uuid)


@player_page
@desk_role
@require_safe
def asset_detail(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    return _detail(request, _mine(request, uuid))


def _detail(request: SignedInRequest, asset: VideoAsset, *, status: int = 200, **forms: Any) -> HttpResponse:
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


@desk_role
@require_safe
def asset_progress_part(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """The fragment a waiting page polls; when there is nothing left to wait for, the page loads anew."""
    asset = _mine(request, uuid)
    response = render(request, "streaming/desk/_asset_progress.html", {"asset": asset, "progress": asset_progress(asset)})
    if not asset.is_waited_for:
        response["HX-Refresh"] = "true"
    return response


@player_page
@desk_role
@require_POST
def asset_rename(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    asset = _mine(request, uuid)
    form = TitleForm(request.POST, instance=asset)
    if not form.is_valid():
        asset.refresh_from_db()
        return _detail(request, asset, status=422, title_form=form)
    rename_asset(asset=asset, title=form.cleaned_data["title"])
    messages.success(request, _("The title is saved."))
    return redirect(asset)


@desk_role
@require_POST
def asset_retry(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    return redirect(retry_asset(asset=_mine(request, uuid)))


@desk_role
def asset_delete(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Ask once, then delete; an unfinished upload is given up the same way."""
    asset = _mine(request, uuid)
    refused = ""
    if request.method == "POST":
        upload = getattr(asset, "upload", None)
        try:
            if upload is not None and asset.state == VideoAsset.State.UPLOADING:
                abandon_upload(upload=upload)
            else:
                delete_asset(asset=asset, by=request.user)
        except DomainError as refusal:
            refused = refusal.message
        else:
            messages.success(request, _("“%(title)s” is deleted.") % {"title": asset.title})
            return redirect("streaming_desk:asset_list")
    return render(request, "streaming/desk/asset_delete.html", {"asset": asset, "refused": refused}, status=409 if refused else 200)


@player_page
@desk_role
@require_POST
def caption_add(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    asset = _mine(request, uuid)
    form = CaptionForm(request.POST, request.FILES)
    if form.is_valid():
        values = form.cleaned_data
        try:
            save_caption(asset=asset, language=values["language"], label=values["label"], data=values["file"])
        except DomainError as refusal:
            form.add_error("file", refusal.message)
        else:
            messages.success(request, _("The captions are saved."))
            return redirect(asset)
    return _detail(request, asset, status=422, caption_form=form)


@desk_role
@require_POST
def caption_remove(request: SignedInRequest, uuid: UUID, pk: int) -> HttpResponse:
    asset = _mine(request, uuid)
    remove_caption(caption=get_object_or_404(Caption.objects.select_related("asset"), asset=asset, pk=pk))
    messages.success(request, _("The captions are removed."))
    return redirect(asset)


@player_page
@desk_role
@require_POST
def chapters_save(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    asset = _mine(request, uuid)
    rows = ChapterRows(request.POST)
    refused = ""
    if rows.is_valid():
        values = [row.cleaned_data for row in rows if row.cleaned_data.get("title")]
        try:
            set_chapters(asset=asset, chapters=[(value["start"], value["title"]) for value in values])
        except DomainError as refusal:
            refused = refusal.message
        else:
            messages.success(request, _("The chapters are saved."))
            return redirect(asset)
    return _detail(request, asset, status=422, chapter_rows=rows, chapters_refused=refused)
