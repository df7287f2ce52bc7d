"""The staff desk for videos: the list, one video, its title, another try, its end."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.search import typed
from streaming.csp import player_page
from streaming.delivery import signed_base
from streaming.forms import TitleForm
from streaming.models import VideoAsset
from streaming.selectors import asset_progress
from streaming.selectors.assets import edition_of, progress_of
from streaming.selectors.space import space_totals
from streaming.services.assets import delete_asset, rename_asset, retry_asset
from streaming.services.uploads import abandon_upload
from streaming.views.asset_page import POSTER_TTL_S, asset_page, desk_role, my_asset

PER_PAGE = 25


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
    totals = space_totals() if request.user.has_role(Role.STAFF) and not request.htmx else None  # type: ignore[attr-defined]  # by django-htmx
    return render(request, template, {"page_obj": page, "rows": rows, "q": text, "waiting": waiting, "totals": totals})


def poster_of(asset: VideoAsset) -> str:
    return signed_base(asset, grant_id=None, ttl_s=POSTER_TTL_S) + asset.poster if asset.is_playable and asset.poster else ""


@player_page
@desk_role
@require_safe
def asset_detail(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    return asset_page(request, my_asset(request, uuid))


@desk_role
@require_safe
def asset_progress_part(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """The fragment a waiting page polls. The page loads anew when the film begins to play, and when it was given up.

    When a film is done that somebody may be watching here, a sentence says so instead.
    """
    asset = my_asset(request, uuid)
    was_playable = "playable" in request.GET
    response = render(request, "streaming/desk/_asset_progress.html", {"asset": asset, "progress": asset_progress(asset), "is_news": True})
    if asset.is_playable != was_playable or asset.state == VideoAsset.State.FAILED:
        response["HX-Refresh"] = "true"
    return response


@desk_role
@require_safe
def asset_edition(request: SignedInRequest, uuid: UUID) -> JsonResponse:
    """What the desk's player asks about a film that is still being made."""
    return JsonResponse(edition_of(my_asset(request, uuid)), headers={"Cache-Control": "no-store"})


@player_page
@desk_role
@require_POST
def asset_rename(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    asset = my_asset(request, uuid)
    form = TitleForm(request.POST, instance=asset)
    if not form.is_valid():
        asset.refresh_from_db()
        return asset_page(request, asset, status=422, title_form=form)
    rename_asset(asset=asset, title=form.cleaned_data["title"])
    messages.success(request, _("The title is saved."))
    return redirect(asset)


@desk_role
@require_POST
def asset_retry(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    return redirect(retry_asset(asset=my_asset(request, uuid)))


@desk_role
def asset_delete(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Ask once, then delete; an unfinished upload is given up the same way."""
    asset = my_asset(request, uuid)
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
