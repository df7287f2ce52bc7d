"""Captions of one asset, at the desk: from a file, begun here, chosen, downloaded, removed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from streaming.csp import player_page
from streaming.forms import CaptionForm, LanguageForm
from streaming.models import Caption
from streaming.services.captions import CaptionsUnusable, begin_caption, choose_default, read_captions, remove_caption, save_spoken
from streaming.services.captions.formats import read_timed
from streaming.services.captions.spoken import to_srt
from streaming.views.asset_page import asset_page, desk_role, my_asset

REMARKS_SHOWN = 6
DOWNLOADS = {"vtt": "text/vtt; charset=utf-8", "srt": "application/x-subrip; charset=utf-8"}


def my_caption(request: SignedInRequest, uuid: UUID, pk: int) -> Caption:
    asset = my_asset(request, uuid)
    caption = get_object_or_404(Caption, asset=asset, pk=pk)
    caption.asset = asset
    return caption


@player_page
@desk_role
@require_POST
def caption_add(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Captions from a file. All that is wrong with it is said at once; what is only odd is said after it is saved."""
    asset = my_asset(request, uuid)
    form = CaptionForm(request.POST, request.FILES)
    if form.is_valid():
        language = form.cleaned_data["language"]
        try:
            reading = read_captions(form.cleaned_data["file"], language=language, duration_ms=asset.duration_ms)
            caption = save_spoken(asset=asset, language=language, cues=reading.cues, by=request.user)
        except CaptionsUnusable as refusal:
            form.add_error("file", refusal.problems)
        else:
            messages.success(request, _("The captions are saved: %(label)s, %(count)s.") % {"label": caption.label, "count": len(reading.cues)})
            for remark in reading.remarks[:REMARKS_SHOWN]:
                messages.warning(request, remark)
            if (more := len(reading.remarks) - REMARKS_SHOWN) > 0:
                messages.warning(request, ngettext("%(n)s more place to look at.", "%(n)s more places to look at.", more) % {"n": more})
            return redirect(asset)
    return asset_page(request, asset, status=422, caption_form=form)


@player_page
@desk_role
@require_POST
def caption_begin(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Captions from nothing, written beside the player."""
    asset = my_asset(request, uuid)
    form = LanguageForm(request.POST, prefix="begin")
    if not form.is_valid():
        return asset_page(request, asset, status=422, begin_form=form)
    caption = begin_caption(asset=asset, language=form.cleaned_data["language"], by=request.user)
    return redirect("streaming_desk:caption_edit", asset.uuid, caption.pk)


@desk_role
@require_POST
def caption_default(request: SignedInRequest, uuid: UUID, pk: int) -> HttpResponse:
    caption = my_caption(request, uuid, pk)
    choose_default(caption=caption, by=request.user)
    messages.success(request, _("It is saved which captions players begin with."))
    return redirect(caption.asset)


@desk_role
@require_safe
def caption_download(request: SignedInRequest, uuid: UUID, pk: int, kind: str) -> HttpResponse:
    caption = my_caption(request, uuid, pk)
    text = caption.vtt if kind == "vtt" else to_srt(read_timed(caption.vtt, is_vtt=True).cues)
    name = f"{caption.asset.uuid}-{caption.language}.{kind}"
    return HttpResponse(text, content_type=DOWNLOADS[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'})


@desk_role
@require_http_methods(["GET", "HEAD", "POST"])
def caption_remove(request: SignedInRequest, uuid: UUID, pk: int) -> HttpResponse:
    """Ask once, then remove."""
    caption = my_caption(request, uuid, pk)
    if request.method != "POST":
        return render(request, "streaming/desk/caption_remove.html", {"asset": caption.asset, "caption": caption})
    remove_caption(caption=caption, by=request.user)
    messages.success(request, _("The captions are removed."))
    return redirect(caption.asset)
