"""The poster of one asset, at the desk."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from streaming.csp import player_page
from streaming.forms import PosterNumber, PosterUpload
from streaming.services.posters import choose_poster, upload_poster
from streaming.views.asset_page import asset_page, desk_role, my_asset


@player_page
@desk_role
@require_POST
def poster_choose(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    asset = my_asset(request, uuid)
    form = PosterNumber(request.POST)
    if not form.is_valid():
        return asset_page(request, asset, status=422, poster_refused=_("Choose one of the pictures first."))
    try:
        choose_poster(asset=asset, number=form.cleaned_data["number"], by=request.user)
    except DomainError as refusal:
        return asset_page(request, asset, status=422, poster_refused=refusal.message)
    messages.success(request, _("The poster is changed."))
    return redirect(asset)


@player_page
@desk_role
@require_POST
def poster_upload(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    asset = my_asset(request, uuid)
    form = PosterUpload(request.POST, request.FILES)
    if form.is_valid():
        try:
            upload_poster(asset=asset, data=form.cleaned_data["picture"], by=request.user)
        except DomainError as refusal:
            form.add_error("picture", refusal.message)
        else:
            messages.success(request, _("The poster is changed."))
            return redirect(asset)
    return asset_page(request, asset, status=422, poster_form=form)
