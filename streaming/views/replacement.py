"""Staff let another video take the place of one, look at both first, and may take that back while nobody has begun."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from streaming.forms import ReplacementForm
from streaming.models import VideoAsset
from streaming.services.replacement import Comparison, compare, replace_asset, undo_replacement
from streaming.views.asset_page import my_asset

# Approvals are given for what a course shows and how long it is: an instructor alone does not change that.
staff = role_required(Role.STAFF)


@staff
@require_http_methods(["GET", "HEAD", "POST"])
def asset_replace(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Choose the other video (GET), see both (?new=), confirm (POST)."""
    asset = my_asset(request, uuid)
    form = ReplacementForm(request.POST or (request.GET if "new" in request.GET else None), old=asset)
    comparison = None
    if form.is_valid():
        new: VideoAsset = form.cleaned_data["new"]
        try:
            comparison = compare(old=asset, new=new)
            if request.method == "POST":
                replace_asset(old=asset, new=new, by=request.user)
        except DomainError as refusal:
            form.add_error("new", refusal.message)
        else:
            if request.method == "POST":
                messages.success(request, _("Whoever begins from now on watches “%(title)s”.") % {"title": new.title})
                return redirect(asset)
    return _page(request, asset, form, comparison)


def _page(request: SignedInRequest, asset: VideoAsset, form: ReplacementForm, comparison: Comparison | None) -> HttpResponse:
    context = {"asset": asset, "form": form, "comparison": comparison}
    return render(request, "streaming/desk/asset_replace.html", context, status=422 if form.errors else 200)


@staff
@require_POST
def asset_replace_undo(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    asset = my_asset(request, uuid)
    try:
        undo_replacement(old=asset, by=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("Whoever begins from now on watches this video again."))
    return redirect(asset)
