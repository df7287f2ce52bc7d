"""Uploads in pieces, taken up again where they stopped: after a lost network or a closed laptop.

One set of verbs over two places (streaming.gathering): a folder, or a multipart upload of the bucket, which browsers may
send to themselves. docs/decisions/0022-uploads.md.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from core import clock
from core.errors import DomainError
from streaming.fields import Stretch
from streaming.gathering import PIECE_BYTES, BucketGathering, NoRoom, PieceAddress, Place, WrongOffset, gathering, incoming_root, room_on_disk
from streaming.models import UploadSession, VideoAsset
from streaming.pipeline.formats import demuxer_for
from streaming.pipeline.probe import MAX_BYTES, refusal
from streaming.services.assets import NotAVideo, check_kept_file, clean_name, process_kept
from streaming.services.duplicates import same_file
from streaming.services.quota import refuse_over_quota

READ_BYTES = 256 * 1024
FORGOTTEN_AFTER = timedelta(days=7)
MOST_OPEN = 50  # uploads one person may have begun and not finished

Read = Callable[[int], bytes]


class UploadIncomplete(DomainError):
    code = "upload_incomplete"


class UploadDiscarded(DomainError):
    code = "upload_discarded"


class PieceDamaged(DomainError):
    """What arrived is not what was sent. Sending it again helps."""

    code = "piece_damaged"


class SameFileHere(DomainError):
    """The person has this file as `asset` already; they may go on all the same."""

    code = "same_file"

    def __init__(self, asset: VideoAsset):
        super().__init__(_("This file is already here as “%(title)s”.") % {"title": asset.title})
        self.asset = asset


def open_upload(*, title: str, original_name: str, size: int, by: Any, fingerprint: str = "", head: bytes | None = None, anyway: bool = True) -> UploadSession:
    """Begin an upload of `size` bytes, or take up the same person's unfinished one of that file.

    `fingerprint` tells files apart better than name and size; `head`, the first kilobyte, refuses what is no video before
    it is sent. Raises SameFileHere when the file is here and not wanted `anyway`, NotAVideo, NoRoom, StoreAway.
    """
    if size <= 0:
        raise NotAVideo(refusal("empty").message)
    if size > MAX_BYTES:
        raise NotAVideo(refusal("too_large_file").message)
    if head is not None and demuxer_for(head) is None:
        raise NotAVideo(refusal("not_video").message)
    original_name = clean_name(original_name) or _("Video")
    with transaction.atomic():
        get_user_model().objects.select_for_update(no_key=True).get(pk=by.pk)  # one opening a person at a time
        begun = UploadSession.objects.select_related("asset").filter(
            finished_at__isnull=True, asset__state=VideoAsset.State.UPLOADING, asset__uploaded_by=by, size_bytes=size
        )
        upload = begun.filter(asset__fingerprint=fingerprint) if fingerprint else begun.filter(asset__original_name=original_name)
        found = upload.first()
        if found is None:
            if not anyway and (known := same_file(fingerprint=fingerprint, by=by)):
                raise SameFileHere(known)
            _refuse_too_much(by, size)
            asset = VideoAsset.objects.create(
                title=clean_name(title)[:200] or original_name[:200],
                original_name=original_name,
                size_bytes=size,
                fingerprint=fingerprint,
                uploaded_by=by,
            )
            found = UploadSession.objects.create(asset=asset, size_bytes=size)
    return _ready_to_take(found)


def _refuse_too_much(by: Any, size: int) -> None:
    """Raises NoRoom when the disk, or this person's share of it, would not hold another `size` bytes."""
    on_the_way = UploadSession.objects.filter(finished_at__isnull=True, asset__state=VideoAsset.State.UPLOADING)
    if on_the_way.filter(asset__uploaded_by=by).count() >= MOST_OPEN:
        raise NoRoom(_("%(n)s uploads are begun and not finished. Finish or discard some first.") % {"n": MOST_OPEN})
    refuse_over_quota(by=by, size=size)
    sums = on_the_way.aggregate(announced=Sum("size_bytes"), here=Sum("received_bytes"))
    if not gathering().has_room(size + (sums["announced"] or 0) - (sums["here"] or 0)):
        raise NoRoom(_("There is not enough room on the server for this file. Delete videos that are not used, or ask the administrator."))


def _ready_to_take(upload: UploadSession) -> UploadSession:
    """Make its place ready, unless it is. Of two requests at once one begins, and the other gives its beginning up."""
    place = gathering()
    if place.is_open(place_of(upload)):
        return upload
    begun = place.begin(upload.asset.kept_key)
    mine = UploadSession.objects.filter(pk=upload.pk, multipart_id=upload.multipart_id).update(multipart_id=begun, updated_at=clock.now())
    if not mine:
        place.abort(upload.asset.kept_key, begun)
    upload.refresh_from_db()
    return upload


def place_of(upload: UploadSession) -> Place:
    return Place(str(upload.uuid), upload.asset.kept_key, upload.size_bytes, upload.multipart_id)


def missing(upload: UploadSession) -> list[Stretch]:
    """What has not arrived, asked of the place itself; the row remembers how much for lists."""
    if not _is_open(upload):
        return []
    found = gathering().missing(place_of(upload))
    received = upload.size_bytes - sum(end - start for start, end in found)
    if received != upload.received_bytes:
        upload.received_bytes = received
        UploadSession.objects.filter(pk=upload.pk, finished_at__isnull=True).update(received_bytes=received, updated_at=clock.now())
    return found


def _is_open(upload: UploadSession) -> bool:
    return upload.finished_at is None and upload.asset.state == VideoAsset.State.UPLOADING


def keep_piece(*, upload: UploadSession, offset: int, length: int, sha256: str, read: Read) -> None:
    """Take a piece of `length` bytes from `read` and keep it once it is known to be what was sent; half a piece is not kept.

    Raises PieceDamaged, WrongOffset (it is here already, or does not belong), UploadBusy, NoRoom, StoreAway.
    """
    if not _is_open(upload):
        raise WrongOffset([])
    if length > PIECE_BYTES or offset + length > upload.size_bytes:
        raise WrongOffset(missing(upload))
    with room_on_disk(), tempfile.TemporaryFile(dir=incoming_root()) as spool:  # has no name: nothing stays after a crash
        digest, here = hashlib.sha256(), 0
        while here < length and (data := read(min(READ_BYTES, length - here))):
            here += len(data)
            digest.update(data)
            spool.write(data)
        if here != length or digest.hexdigest() != sha256:
            raise PieceDamaged(_("A piece of the file was damaged on its way. It is sent again."))
        spool.seek(0)
        gathering().keep(place_of(upload), offset, spool, length)
    _note_received(upload, length)


def address_for_piece(*, upload: UploadSession, offset: int, length: int, md5: str) -> PieceAddress:
    """Where the browser itself may send this piece. Raises WrongOffset."""
    place = gathering()
    if not (isinstance(place, BucketGathering) and place.is_direct and _is_open(upload)):
        raise WrongOffset(missing(upload))
    address = place.address(place_of(upload), offset, length, md5)
    UploadSession.objects.filter(pk=upload.pk).update(updated_at=clock.now())
    return address


def _note_received(upload: UploadSession, length: int) -> None:
    """For lists, near enough: `missing` sets it right."""
    upload.received_bytes = min(upload.size_bytes, upload.received_bytes + length)
    UploadSession.objects.filter(pk=upload.pk, finished_at__isnull=True).update(received_bytes=upload.received_bytes, updated_at=clock.now())


def finish_upload(*, upload: UploadSession) -> VideoAsset:
    """Hand the complete file to processing. A second call, also after a crash halfway, ends in the same asset."""
    asset = upload.asset
    if not _is_open(upload):
        return asset
    if lacking := gathering().complete(place_of(upload)):
        here = upload.size_bytes - sum(end - start for start, end in lacking)
        raise UploadIncomplete(_("%(here)s of %(all)s bytes have arrived. Send the rest first.") % {"here": here, "all": upload.size_bytes})
    try:
        fingerprint = check_kept_file(key=asset.kept_key, size=upload.size_bytes)
        with transaction.atomic():
            process_kept(asset=asset, fingerprint=fingerprint)
            UploadSession.objects.filter(pk=upload.pk).update(finished_at=clock.now(), received_bytes=upload.size_bytes, updated_at=clock.now())
    except NotAVideo:
        abandon_upload(upload=upload)
        raise
    except Exception as error:
        if VideoAsset.objects.filter(pk=asset.pk).exists():
            raise
        # Somebody discarded it in another window while it was put together: its file or its row is gone.
        raise UploadDiscarded(_("This upload was discarded. Choose the file again to upload it anew.")) from error
    return asset


def abandon_upload(*, upload: UploadSession) -> None:
    """Forget an unfinished upload and all of it that has arrived. A finished one stays as it is."""
    place = place_of(upload)
    with transaction.atomic():
        locked = VideoAsset.objects.select_for_update().filter(pk=upload.asset_id, state=VideoAsset.State.UPLOADING).first()
        if locked is None:
            return
        locked.delete()
    gathering().drop(place)


def forget_stale_uploads(limit: int = 100) -> None:
    """Drop uploads nobody has gone on with for a week, and rows a crash left without one. Files of neither are the sweep's."""
    before = clock.now() - FORGOTTEN_AFTER
    for upload in UploadSession.objects.select_related("asset").filter(asset__state=VideoAsset.State.UPLOADING, updated_at__lt=before)[:limit]:
        abandon_upload(upload=upload)
    VideoAsset.objects.filter(state=VideoAsset.State.UPLOADING, upload__isnull=True, updated_at__lt=before).delete()
