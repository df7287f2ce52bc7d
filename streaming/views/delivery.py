"""The view behind `/v/`: the token is the gate, and nobody is looked up. In production nginx or a CDN stands in front."""

from __future__ import annotations

import re
from uuid import UUID

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseForbidden, HttpResponseRedirect
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.middleware import shows_no_times
from streaming.delivery import opens
from streaming.delivery.addresses import COOKIE
from streaming.delivery.passes import CARRIED
from streaming.delivery.presigned import presigned, signed_playlist, until_for
from streaming.delivery.published import PUBLISHED, cache_control, content_type
from streaming.stores import PIECE, Stat, store

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class VideoResponse(FileResponse):
    block_size = PIECE


@shows_no_times
@login_not_required
@require_safe
def video_file(request: HttpRequest, token: str, expires: int, asset_uuid: UUID, file: str) -> HttpResponseBase:
    """One file of one asset, whole or a range of it."""
    if not opens(token, expires, asset_uuid) or not PUBLISHED.fullmatch(file):
        return refused(request)
    return _stored(request, asset_uuid, file, expires=expires)


@shows_no_times
@login_not_required
@require_safe
def native_file(request: HttpRequest, asset_uuid: UUID, file: str) -> HttpResponseBase:
    """The same for a browser's own player, whose pass is in a cookie."""
    carried = CARRIED.fullmatch(request.COOKIES.get(COOKIE, ""))
    if carried is None or not opens(carried["token"], int(carried["expires"]), asset_uuid) or not PUBLISHED.fullmatch(file):
        return refused(request)
    return _stored(request, asset_uuid, file, expires=int(carried["expires"]), native=True)


def _stored(request: HttpRequest, asset_uuid: UUID, file: str, *, expires: int, native: bool = False) -> HttpResponseBase:
    until = until_for(expires, native=native)
    if settings.VIDEO_DELIVERY == "s3" and file.endswith((".m4s", ".mp4")):
        return HttpResponseRedirect(presigned(f"video/{asset_uuid}/{file}", until=until), headers={"Cache-Control": "no-store"})
    key = f"video/{asset_uuid}/{file}"
    found = store().stat(key)
    if found is None:
        return _plain(404, _("This video was replaced or removed. Reload the page."))
    if settings.VIDEO_DELIVERY == "s3" and native and file.endswith(".m3u8"):
        playlist = signed_playlist(asset_uuid, file, found.etag, until)
        return HttpResponse(playlist, content_type=content_type(file), headers={"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"})
    headers = {
        "ETag": found.etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": cache_control(file),
        "X-Content-Type-Options": "nosniff",
    }
    if _already_there(request, found):
        return HttpResponse(status=304, headers=headers)
    return _answer(request, key, found, headers)


@shows_no_times
@login_not_required
def refused(request: HttpRequest, rest: str = "") -> HttpResponse:
    return _plain(403, _("This address has expired or is not yours. Reload the page you came from."))


def _plain(status: int, sentence: str) -> HttpResponse:
    kind = HttpResponseForbidden if status == 403 else HttpResponse
    return kind(sentence, status=status, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})


def _already_there(request: HttpRequest, found: Stat) -> bool:
    known = parse_etags(request.headers.get("If-None-Match", ""))
    return "*" in known or found.etag in {tag.removeprefix("W/") for tag in known}


def _answer(request: HttpRequest, key: str, found: Stat, headers: dict[str, str]) -> HttpResponseBase:
    part = asked_range(request.headers.get("Range", ""), found.size)
    if request.headers.get("If-Range", found.etag) != found.etag:
        part = None  # the reader holds an older file: it gets this one whole
    if part == (0, 0):
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{found.size}", "Cache-Control": "no-store"})
    first, length = part or (0, found.size)
    headers["Content-Length"] = str(length)
    if part:
        headers["Content-Range"] = f"bytes {first}-{first + length - 1}/{found.size}"
    if request.method == "HEAD":
        return HttpResponse(status=206 if part else 200, content_type=content_type(key), headers=headers)
    return VideoResponse(store().read(key, first, length), status=206 if part else 200, content_type=content_type(key), headers=headers)


def asked_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte and length asked for; None for the whole file, (0, 0) for a range outside it.

    Several ranges at once are answered with the whole file, as RFC 9110 §14.2 allows.
    """
    match = RANGE.fullmatch(header.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        length = min(int(match[2]), size)
        return (size - length, length) if length else (0, 0)
    first, last = int(match[1]), min(int(match[2]) if match[2] else size - 1, size - 1)
    if match[2] and int(match[2]) < first:
        return None  # malformed: ignored
    return (first, last - first + 1) if first < size else (0, 0)
