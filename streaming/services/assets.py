"""What staff do with assets: bring one in, name it, try again, delete it."""

from __future__ import annotations

import hashlib
import tempfile
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from streaming import tasks  # noqa: F401  (registers the kinds enqueued here)
from streaming.gathering import bucket_answers, incoming_root, room_on_disk
from streaming.models import VideoAsset
from streaming.pipeline.formats import HEAD_BYTES, demuxer_for
from streaming.pipeline.probe import MAX_BYTES, refusal
from streaming.services.duplicates import fingerprint_of
from streaming.services.quota import refuse_over_quota
from streaming.services.replacement import refuse_in_chain
from streaming.services.transcode import lock_for_deletion, start_transcode, try_again
from streaming.stores import store

COPY_BYTES = 1024 * 1024


class NotAVideo(DomainError):
    code = "not_a_video"


class AssetInUse(DomainError):
    code = "asset_in_use"


def clean_name(name: str) -> str:
    """What a person typed or a file is called, fit for a row: no control characters, at most its last 255. No path is made of it."""
    return "".join(letter if letter.isprintable() else " " for letter in name).strip()[-255:]


def create_asset_from_file(*, title: str, file: IO[bytes], original_name: str, uploaded_by: Any) -> VideoAsset:
    """Keep `file` (an open binary file or an UploadedFile) as the original of a new asset and queue its transcode.

    Raises NotAVideo for an empty file, one that is too large, or one that no camera or editor wrote; NoRoom; StoreAway.
    """
    original_name = clean_name(original_name) or _("Video")
    with room_on_disk(), tempfile.NamedTemporaryFile(dir=incoming_root(), delete=False) as copy:
        path = Path(copy.name)
        try:
            digest, size = _copy(file, copy)
            copy.flush()
            refuse_what_is_no_video(path, size)
            with transaction.atomic():
                refuse_over_quota(by=uploaded_by, size=size)
                asset = VideoAsset.objects.create(
                    title=clean_name(title)[:200] or original_name[:200], original_name=original_name, size_bytes=size, sha256=digest, uploaded_by=uploaded_by
                )
            try:
                keep_original(asset=asset, path=path)
            except Exception:  # no half row: what is not in storage is not at the desk
                if VideoAsset.objects.filter(pk=asset.pk, state=VideoAsset.State.UPLOADING).delete()[0]:
                    with suppress(Exception):
                        store().delete_tree(asset.kept_key)
                raise
        finally:
            path.unlink(missing_ok=True)
    return asset


def _copy(source: IO[bytes], target: Any) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    while piece := source.read(COPY_BYTES):
        size += len(piece)
        if size > MAX_BYTES:
            raise NotAVideo(refusal("too_large_file").message)
        digest.update(piece)
        target.write(piece)
    return digest.hexdigest(), size


def refuse_what_is_no_video(path: Path, size: int) -> None:
    if size == 0:
        raise NotAVideo(refusal("empty").message)
    with path.open("rb") as file:
        if demuxer_for(file.read(HEAD_BYTES)) is None:
            raise NotAVideo(refusal("not_video").message)


def keep_original(*, asset: VideoAsset, path: Path) -> None:
    """Put the finished upload at `path` into storage and queue the transcode. The file at `path` may be moved away."""
    with bucket_answers():
        store().put_file(asset.kept_key, path, "application/octet-stream")
        fingerprint = check_kept_file(key=asset.kept_key, size=asset.size_bytes)
    process_kept(asset=asset, fingerprint=fingerprint)


def check_kept_file(*, key: str, size: int) -> str:
    """The fingerprint of the file in storage. Raises NotAVideo when its first bytes are no video's, whatever was said of them."""

    def read(first: int, length: int) -> bytes:
        with closing(store().read(key, first, length)) as part:
            return part.read()

    with bucket_answers():
        if demuxer_for(read(0, min(HEAD_BYTES, size))) is None:
            raise NotAVideo(refusal("not_video").message)
        return fingerprint_of(size, read)


def process_kept(*, asset: VideoAsset, fingerprint: str) -> None:
    """Begin to process an asset whose original is in storage. A second call changes nothing."""
    with transaction.atomic():
        locked = VideoAsset.objects.select_for_update().get(pk=asset.pk)
        if locked.state == VideoAsset.State.UPLOADING:
            locked.original_key, locked.state, locked.fingerprint = locked.kept_key, VideoAsset.State.QUEUED, fingerprint
            locked.save(update_fields=["original_key", "state", "fingerprint", "updated_at"])
            start_transcode(asset=locked)
    asset.refresh_from_db()


def rename_asset(*, asset: VideoAsset, title: str) -> None:
    asset.title = title
    asset.save(update_fields=["title", "updated_at"])


def set_viewer_mark(*, asset: VideoAsset, shows: bool, by: Any) -> None:
    """Show each viewer's name over the picture of `asset`, or stop. The same again changes nothing."""
    with transaction.atomic():
        if VideoAsset.objects.filter(pk=asset.pk, has_viewer_mark=not shows).update(has_viewer_mark=shows, updated_at=clock.now()):
            record_audit(actor=by, action="streaming.set_viewer_mark", record=asset, shows=shows)


def retry_asset(*, asset: VideoAsset) -> VideoAsset:
    """Go on with a failed asset from what is already made. On one that is not failed it changes nothing."""
    try_again(asset=asset)
    asset.refresh_from_db()
    return asset


def delete_asset(*, asset: VideoAsset, by: Any) -> None:
    """Delete an asset nothing refers to, and its files. Raises AssetInUse when a lesson or someone's viewing needs it."""
    folders = [f"video/{asset.uuid}", f"originals/{asset.uuid}"]
    with transaction.atomic():
        lock_for_deletion(asset)
        refuse_in_chain(asset)
        record_audit(actor=by, action="streaming.delete_asset", record=asset, title=asset.title, sha256=asset.sha256)
        try:
            asset.delete()
        except ProtectedError as error:
            uses = sorted({str(used._meta.verbose_name) for used in error.protected_objects})
            message = _("“%(title)s” is in use (%(uses)s) and stays. Take it out of the lesson first; what people have watched is kept as evidence.")
            raise AssetInUse(message % {"title": asset.title, "uses": ", ".join(uses)}) from error
        enqueue("streaming.remove_files", key=f"video-files:{asset.uuid}:all", args={"folders": folders})
