"""The upload page, and the upload in pieces spoken by static/js/upload.js. Refusals are JSON: a sentence, a stable code, where to go on."""

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
from streaming.forms import OpenUploadForm, UploadForm
from streaming.models import UploadSession, VideoAsset
from streaming.services.assets import create_asset_from_file
from streaming.services.uploads import PIECE_BYTES, WrongOffset, append_piece, finish_upload, open_upload, received
from streaming.views.asset_page import desk_role

JsonView = Callable[..., JsonResponse]


def refusals_as_json(view: JsonView) -> JsonView:
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> JsonResponse:
        try:
            return view(request, *args, **kwargs)
        except DomainError as refusal:
            body: dict[str, Any] = {"code": refusal.code, "message": refusal.message}
            if isinstance(refusal, WrongOffset):
                body["offset"] = refusal.offset
            return JsonResponse(body, status=409)

    return answer


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


@desk_role
@require_POST
@refusals_as_json
def upload_open(request: SignedInRequest) -> JsonResponse:
    """Begin, or take up again: the answer says where to send pieces, how large, and from which byte."""
    form = OpenUploadForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"code": "invalid", "message": _("Choose a file first.")}, status=400)
    values = form.cleaned_data
    upload = open_upload(title=values["title"], original_name=values["name"], size=values["size"], by=request.user)
    return JsonResponse(
        {
            "address": reverse("streaming_desk:upload_piece", args=[upload.uuid]),
            "finish": reverse("streaming_desk:upload_finish", args=[upload.uuid]),
            "offset": received(upload),
            "piece_bytes": PIECE_BYTES,
        }
    )


def _mine(request: SignedInRequest, uuid: UUID) -> UploadSession:
    uploads = UploadSession.objects.select_related("asset").filter(asset__in=VideoAsset.objects.visible_to(request.user))
    return get_object_or_404(uploads, uuid=uuid)


@desk_role
@require_http_methods(["GET", "PUT"])
@refusals_as_json
def upload_piece(request: SignedInRequest, uuid: UUID) -> JsonResponse:
    """GET: how much has arrived. PUT ?offset=: the next piece as the raw body, never held in memory."""
    upload = _mine(request, uuid)
    if request.method == "GET":
        return JsonResponse({"offset": received(upload)})
    offset, length = request.GET.get("offset", ""), request.headers.get("Content-Length", "")
    if not (offset.isdecimal() and len(offset) < 16 and length.isdecimal()):
        return JsonResponse({"code": "invalid", "message": _("A piece needs its offset and its length.")}, status=400)
    if int(length) > PIECE_BYTES:
        return JsonResponse({"code": "piece_too_large", "message": _("A piece may hold 8 MB.")}, status=413)
    try:
        here = append_piece(upload=upload, offset=int(offset), read=request.read)
    except UnreadablePostError:  # the connection is gone; what came is kept, and nobody reads this
        return JsonResponse({"code": "interrupted", "message": _("The connection was lost.")}, status=400)
    return JsonResponse({"offset": here})


@desk_role
@require_POST
@refusals_as_json
def upload_finish(request: SignedInRequest, uuid: UUID) -> JsonResponse:
    asset = finish_upload(upload=_mine(request, uuid))
    return JsonResponse({"location": asset.get_absolute_url()})
