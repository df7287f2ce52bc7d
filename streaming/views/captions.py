"""Captions of one asset, at the desk."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from streaming.csp import player_page
from streaming.forms import CaptionForm
from streaming.models import Caption
from streaming.services.captions import remove_caption, save_caption
from streaming.views.asset_page import asset_page, desk_role, my_asset


@player_page
@desk_role
@require_POST
def caption_add(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    asset = my_asset(request, uuid)
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
    return asset_page(request, asset, status=422, caption_form=form)


@desk_role
@require_POST
def caption_remove(request: SignedInRequest, uuid: UUID, pk: int) -> HttpResponse:
    asset = my_asset(request, uuid)
    remove_caption(caption=get_object_or_404(Caption.objects.select_related("asset"), asset=asset, pk=pk))
    messages.success(request, _("The captions are removed."))
    return redirect(asset)
