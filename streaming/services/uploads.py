"""Uploads in pieces, taken up again where they stopped: after a lost network or a closed laptop."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.errors import DomainError
from streaming.models import UploadSession, VideoAsset
from streaming.pipeline.formats import HEAD_BYTES, demuxer_for
from streaming.pipeline.probe import MAX_BYTES, refusal
from streaming.services.assets import NotAVideo, free_space_for, incoming_root, keep_original, refuse_what_is_no_video

PIECE_BYTES = 8 * 1024 * 1024
READ_BYTES = 256 * 1024
FORGOTTEN_AFTER = timedelta(days=7)

Read = Callable[[int], bytes]


class WrongOffset(DomainError):
    """The piece does not follow what is here; `offset` says where to go on."""

    code = "wrong_offset"

    def __init__(self, offset: int):
        super().__init__(_("The upload goes on at byte %(offset)s.") % {"offset": offset})
        self.offset = offset


class UploadBusy(DomainError):
    code = "upload_busy"


class UploadIncomplete(DomainError):
    code = "upload_incomplete"


class UploadTooLarge(DomainError):
    code = "upload_too_large"


class NoRoom(DomainError):
    code = "no_room"


def open_upload(*, title: str, original_name: str, size: int, by: Any) -> UploadSession:
    """Begin an upload of `size` bytes, or take up the same person's unfinished one of that name and size."""
    if size <= 0:
        raise NotAVideo(refusal("empty").message)
    if size > MAX_BYTES:
        raise NotAVideo(refusal("too_large_file").message)
    forget_stale_uploads()
    original_name = original_name[-255:]
    with transaction.atomic():
        open_ones = UploadSession.objects.select_related("asset").filter(finished_at__isnull=True, asset__state=VideoAsset.State.UPLOADING)
        found = open_ones.filter(asset__uploaded_by=by, asset__original_name=original_name, size_bytes=size).first()
        if found is not None:
            return found
        if not free_space_for(size):
            raise NoRoom(_("There is not enough room on the server for this file. Delete videos that are not used, or ask the administrator."))
        asset = VideoAsset.objects.create(title=title.strip()[:200] or original_name[:200], original_name=original_name, size_bytes=size, uploaded_by=by)
        return UploadSession.objects.create(asset=asset, size_bytes=size)


def received(upload: UploadSession) -> int:
    """How many bytes have arrived: the next piece starts here."""
    try:
        return _path(upload).stat().st_size
    except FileNotFoundError:
        return upload.size_bytes if upload.finished_at else 0


def append_piece(*, upload: UploadSession, offset: int, read: Read) -> int:
    """Append what `read` gives to the file and return the new length; what arrived before a lost connection stays.

    Raises WrongOffset, UploadBusy (another piece is being written), UploadTooLarge, NotAVideo (told by the first bytes).
    """
    if upload.asset.state != VideoAsset.State.UPLOADING:
        raise WrongOffset(upload.size_bytes)  # all of it is here already
    with _path(upload).open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UploadBusy(_("This upload is open in another window. Close that one, then try again.")) from error
        here = os.fstat(file.fileno()).st_size
        if offset != here:
            raise WrongOffset(here)
        try:
            while data := read(READ_BYTES):
                here += len(data)
                if here > upload.size_bytes:
                    raise UploadTooLarge(_("More arrived than the file was said to hold. Start the upload again."))
                file.write(data)
        finally:
            file.flush()
    if offset == 0 and here >= min(HEAD_BYTES, upload.size_bytes):
        _refuse_early(upload)
    UploadSession.objects.filter(pk=upload.pk, finished_at__isnull=True).update(received_bytes=min(here, upload.size_bytes))
    return here


def _refuse_early(upload: UploadSession) -> None:
    with _path(upload).open("rb") as file:
        is_video = demuxer_for(file.read(HEAD_BYTES)) is not None
    if not is_video:
        abandon_upload(upload=upload)  # going on with it can never succeed, so nothing of it is left at the desk
        raise NotAVideo(refusal("not_video").message)


def finish_upload(*, upload: UploadSession) -> VideoAsset:
    """Hand the complete file to processing. A second call returns the same asset."""
    asset = upload.asset
    if upload.finished_at or asset.state != VideoAsset.State.UPLOADING:
        return asset
    path = _path(upload)
    here = received(upload)
    if here != upload.size_bytes:
        raise UploadIncomplete(_("%(here)s of %(all)s bytes have arrived. Send the rest first.") % {"here": here, "all": upload.size_bytes})
    try:
        refuse_what_is_no_video(path, here)
    except NotAVideo:
        abandon_upload(upload=upload)
        raise
    keep_original(asset=asset, path=path)
    path.unlink(missing_ok=True)
    UploadSession.objects.filter(pk=upload.pk).update(finished_at=clock.now(), received_bytes=upload.size_bytes)
    return asset


def abandon_upload(*, upload: UploadSession) -> None:
    """Forget an unfinished upload and its file. A finished one stays as it is."""
    with transaction.atomic():
        locked = VideoAsset.objects.select_for_update().filter(pk=upload.asset_id, state=VideoAsset.State.UPLOADING).first()
        if locked is None:
            return
        locked.delete()
    _path(upload).unlink(missing_ok=True)


def forget_stale_uploads(limit: int = 20) -> None:
    """Drop uploads nobody has gone on with for a week."""
    old = UploadSession.objects.select_related("asset").filter(finished_at__isnull=True, created_at__lt=clock.now() - FORGOTTEN_AFTER)
    for upload in old[:limit]:
        path = _path(upload)
        touched_at = path.stat().st_mtime if path.exists() else 0.0
        if touched_at < (clock.now() - FORGOTTEN_AFTER).timestamp():
            abandon_upload(upload=upload)


def _path(upload: UploadSession) -> Path:
    return incoming_root() / f"upload-{upload.uuid}"
