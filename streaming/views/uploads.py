"""The upload page, and the upload in pieces spoken by static/js/upload.js. Refusals are JSON: a sentence, a stable code, what is missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.limits import check_limit
from streaming.csp import upload_page
from streaming.forms import OpenUploadForm, PieceAddressForm, PieceForm, UploadForm
from streaming.gathering import PIECE_BYTES, StoreAway, WrongOffset, gathering
from streaming.models import UploadSession, VideoAsset
from streaming.services.assets import create_asset_from_file
from streaming.services.uploads import (
    MOST_OPEN,
    SameFileHere,
    abandon_upload,
    address_for_piece,
    finish_upload,
    keep_piece,
    missing,
    open_upload,
)
from streaming.views.asset_page import desk_role

JsonView = Callable[..., HttpResponse]
OPENINGS = "600/h"


def refusals_as_json(view: JsonView) -> JsonView:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except DomainError as refusal:
            body: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
            if isinstance(refusal, WrongOffset):
                body["missing"] = refusal.missing
            if isinstance(refusal, SameFileHere):
                body |= {"title": refusal.asset.title, "location": refusal.asset.get_absolute_url()}
            return JsonResponse(body, status=refusal.status)

    return answer


@upload_page
@desk_role
def asset_upload(request: SignedInRequest) -> HttpResponse:
    """The upload page with what was begun and not finished; posted as a plain form it takes one whole file at once."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            check_limit(request, group="streaming.uploads", rate=OPENINGS)
            asset = create_asset_from_file(title=form.cleaned_data["title"], file=file, original_name=file.name, uploaded_by=request.user)
        except DomainError as refusal:
            form.add_error("file", refusal.message)
        else:
            messages.success(request, _("“%(title)s” has arrived and is being prepared.") % {"title": asset.title})
            return redirect(asset)
    values = {"form": form, "unfinished": _unfinished(request), "piece_bytes": PIECE_BYTES}
    return render(request, "streaming/desk/asset_upload.html", values, status=422 if form.errors else 200)


def _unfinished(request: SignedInRequest) -> list[dict[str, Any]]:
    """The person's own unfinished uploads. What is missing is asked of the place; the row's last number serves while it is away."""
    uploads = UploadSession.objects.select_related("asset").filter(finished_at__isnull=True, asset__state=VideoAsset.State.UPLOADING)
    rows = []
    for upload in uploads.filter(asset__uploaded_by=request.user).order_by("-updated_at")[:MOST_OPEN]:
        try:
            lacking = sum(end - start for start, end in missing(upload))
        except StoreAway:
            lacking = upload.size_bytes - upload.received_bytes
        rows.append({"upload": upload, "missing": lacking, "percent": 100 * (upload.size_bytes - lacking) // upload.size_bytes})
    return rows


@desk_role
@require_POST
@refusals_as_json
def upload_open(request: SignedInRequest) -> JsonResponse:
    """Begin, or take up again: the answer says where to send pieces, how large, and which bytes are missing."""
    form = OpenUploadForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"code": "invalid", "message": _("Choose a file first.")}, status=400)
    check_limit(request, group="streaming.uploads", rate=OPENINGS)
    values = form.cleaned_data
    upload = open_upload(
        title=values["title"],
        original_name=values["name"],
        size=values["size"],
        fingerprint=values["fingerprint"],
        head=values["head"],
        anyway=values["anyway"],
        by=request.user,
    )
    place = gathering()
    return JsonResponse(
        {
            "address": reverse("streaming_desk:upload_piece", args=[upload.uuid]),
            "direct": reverse("streaming_desk:upload_address", args=[upload.uuid]) if place.is_direct else None,
            "finish": reverse("streaming_desk:upload_finish", args=[upload.uuid]),
            "discard": reverse("streaming_desk:upload_discard", args=[upload.uuid]),
            "missing": missing(upload),
            "piece_bytes": PIECE_BYTES,
            "smallest_bytes": place.smallest_piece,
        }
    )


def _mine(request: SignedInRequest, uuid: UUID) -> UploadSession:
    uploads = UploadSession.objects.select_related("asset").filter(asset__in=VideoAsset.objects.visible_to(request.user))
    return get_object_or_404(uploads, uuid=uuid)


@desk_role
@require_http_methods(["GET", "PUT"])
@refusals_as_json
def upload_piece(request: SignedInRequest, uuid: UUID) -> JsonResponse:
    """GET: what is missing. PUT ?offset=&sha256=: a piece as the raw body, never held in memory whole."""
    upload = _mine(request, uuid)
    if request.method == "GET":
        return JsonResponse({"missing": missing(upload)})
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and int(length) > PIECE_BYTES:
        return JsonResponse({"code": "piece_too_large", "message": _("A piece may hold 8 MB.")}, status=413)
    form = PieceForm({"offset": request.GET.get("offset"), "sha256": request.GET.get("sha256"), "length": length})
    if not form.is_valid():
        return JsonResponse({"code": "invalid", "message": _("A piece needs its offset, its length and its checksum.")}, status=400)
    try:
        keep_piece(upload=upload, read=request.read, **form.cleaned_data)
    except UnreadablePostError:  # the connection is gone, and nobody reads this
        return JsonResponse({"code": "interrupted", "message": _("The connection was lost.")}, status=400)
    return JsonResponse({"kept": form.cleaned_data["length"]})


@desk_role
@require_POST
@refusals_as_json
def upload_address(request: SignedInRequest, uuid: UUID) -> JsonResponse:
    """Where the browser sends one piece itself: an address of the bucket, signed for exactly these bytes."""
    upload = _mine(request, uuid)
    form = PieceAddressForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"code": "invalid", "message": _("A piece needs its offset, its length and its checksum.")}, status=400)
    address = address_for_piece(upload=upload, **form.cleaned_data)
    return JsonResponse({"url": address.url, "headers": address.headers})


@desk_role
@require_POST
@refusals_as_json
def upload_finish(request: SignedInRequest, uuid: UUID) -> JsonResponse:
    asset = finish_upload(upload=_mine(request, uuid))
    return JsonResponse({"location": asset.get_absolute_url(), "title": asset.title})


@desk_role
@require_POST
@refusals_as_json
def upload_discard(request: SignedInRequest, uuid: UUID) -> HttpResponse:
    """Give an unfinished upload up; the page's form comes back to the page, the module is told so."""
    upload = _mine(request, uuid)
    abandon_upload(upload=upload)
    if request.get_preferred_type(["text/html", "application/json"]) == "application/json":
        return JsonResponse({"discarded": True})
    messages.success(request, _("“%(title)s” is discarded.") % {"title": upload.asset.title})
    return redirect("streaming_desk:asset_upload")
