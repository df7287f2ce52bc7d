"""One asset from its original to files players can read. Running it twice is as good as once."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.jobs import PermanentFailure, enqueue
from streaming import tasks  # noqa: F401  (registers the kind enqueued here)
from streaming.models import Rendition, Transcode, VideoAsset
from streaming.pipeline.package import AUDIO, Track
from streaming.pipeline.probe import Refused
from streaming.pipeline.sandbox import private_folder
from streaming.pipeline.transcode import POSTER, Film, Report, transcode
from streaming.services.captions import write_captions
from streaming.stores import store

OLD_RELEASE_STAYS = timedelta(hours=12)  # for players that opened it before
CONTENT_TYPES = {".m3u8": "application/vnd.apple.mpegurl", ".m4s": "video/iso.segment", ".mp4": "video/mp4", ".jpg": "image/jpeg", ".vtt": "text/vtt"}


def start_transcode(*, asset: VideoAsset) -> Transcode:
    """Queue the making of the asset's current take. A second call returns the same transcode."""
    with transaction.atomic():
        locked = VideoAsset.objects.select_for_update(no_key=True).get(pk=asset.pk)
        transcode, _created = Transcode.objects.get_or_create(asset=locked, take=locked.take, defaults={"release": uuid4().hex[:12]})
        enqueue("streaming.process_asset", key=locked.job_key, args={"asset": locked.pk})
    return transcode


def retranscode(*, asset: VideoAsset, by: Any) -> Transcode:
    """Make the asset's files anew from its original. What is played now stays until the new release is whole."""
    with transaction.atomic():
        locked = VideoAsset.objects.select_for_update(no_key=True).get(pk=asset.pk)
        locked.take, locked.state = locked.take + 1, VideoAsset.State.QUEUED
        locked.save(update_fields=["take", "state", "updated_at"])
        record_audit(actor=by, action="streaming.retranscode", record=locked, take=locked.take)
        return start_transcode(asset=locked)


def process(*, asset_id: int, report: Report) -> None:
    """Transcode the asset and publish the result. Raises PermanentFailure with the sentence when its file is to blame."""
    asset = _start(asset_id)
    if asset is None:
        return
    if asset.state == VideoAsset.State.READY:  # done before; the worker died between publishing and saying so
        write_captions(asset=asset)
        return
    prefix = f"video/{asset.uuid}"
    store().delete_children(prefix, keep=asset.release)  # what a worker that died halfway left
    with private_folder(settings.WORK_DIR / "transcode") as folder:
        source, target = folder / "in" / "source", folder / "out"
        source.parent.mkdir()
        target.mkdir()
        store().fetch(asset.original_key, source)
        digest = asset.sha256 or _sha256(source)
        try:
            film = transcode(source, target, report)
        except Refused as refused:
            raise PermanentFailure(refused.message) from refused
        report(97, _("Publishing"))
        release = uuid4().hex[:12]
        try:
            _upload(film, f"{prefix}/{release}")
            report(99, _("Publishing"))  # raises when another worker has taken over
            published = _publish(asset, film, release, digest)
        except Exception:
            with suppress(Exception):
                store().delete_tree(f"{prefix}/{release}")
            raise
    if published:
        write_captions(asset=asset)
    else:  # deleted, or asked for anew, meanwhile
        store().delete_tree(f"{prefix}/{release}")


def _start(asset_id: int) -> VideoAsset | None:
    """Mark the asset as being processed, unless it is ready; None when it was deleted."""
    with transaction.atomic():
        asset = VideoAsset.objects.select_for_update().filter(pk=asset_id).first()
        if asset is None or asset.state == VideoAsset.State.READY:
            return asset
        asset.state, asset.started_at, asset.error = VideoAsset.State.PROCESSING, clock.now(), ""
        asset.save(update_fields=["state", "started_at", "error", "updated_at"])
        return asset


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _upload(film: Film, prefix: str) -> None:
    """The master playlist last, so that no folder looks complete before it is."""
    files = sorted((path for path in film.folder.rglob("*") if path.is_file()), key=lambda path: path.name == "master.m3u8")
    for path in files:
        store().put_file(f"{prefix}/{path.relative_to(film.folder).as_posix()}", path, CONTENT_TYPES[path.suffix])


def _publish(asset: VideoAsset, film: Film, release: str, digest: str) -> bool:
    """Make `release` what players see, in one statement. False when the asset is no longer this transcode's to change."""
    with transaction.atomic():
        locked = VideoAsset.objects.select_for_update().filter(pk=asset.pk, take=asset.take).first()
        if locked is None:
            return False
        replaced = locked.release
        locked.release, locked.state, locked.error, locked.sha256 = release, VideoAsset.State.READY, "", digest
        locked.duration_ms, locked.width, locked.height = film.duration_ms, film.probe.width, film.probe.height
        locked.fps, locked.has_audio, locked.poster = round(float(film.probe.rate), 3), film.sound is not None, POSTER
        locked.probe, locked.ready_at = film.probe.raw, clock.now()
        locked.save()
        locked.renditions.all().delete()
        Rendition.objects.bulk_create(_rendition(locked, film, track) for track in film.tracks.values())
        if replaced:
            folders = [f"video/{locked.uuid}/{replaced}"]
            enqueue("streaming.remove_files", key=f"video-files:{locked.uuid}:{replaced}", args={"folders": folders}, run_after=clock.now() + OLD_RELEASE_STAYS)
    asset.refresh_from_db()
    return True


def _rendition(asset: VideoAsset, film: Film, track: Track) -> Rendition:
    rung = None if track.name == AUDIO else film.plan.rung(track.name)
    return Rendition(
        asset=asset,
        kind=Rendition.Kind.VIDEO if rung else Rendition.Kind.AUDIO,
        name=track.name,
        width=rung.width if rung else None,
        height=rung.height if rung else None,
        codecs=track.codec,
        segments=len(track.segments),
        size_bytes=track.size_bytes,
        peak_bps=track.peak_bps(film.plan.target_duration),
        average_bps=track.average_bps,
    )
