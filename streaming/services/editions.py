"""What players see of a release: its playlists as far as it is made, and the words beside it. Each change is a new edition.

Playlists are written under the lock of the asset's row, so that an older text never follows a newer one.
"""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from core import clock
from core.jobs import enqueue
from streaming.models import Caption, Piece, Rendition, Transcode, VideoAsset
from streaming.pipeline.package import AUDIO, CaptionTrack, Track, Tracks, caption_playlist, check_whole, master_playlist, merge, playlists
from streaming.pipeline.plan import Plan
from streaming.services.transcode import locked_transcode
from streaming.stores import store

OLD_RELEASE_STAYS = timedelta(hours=12)  # for players that opened it before
PLAYLIST, WORDS = "application/vnd.apple.mpegurl", "text/vtt"
GROWTH = 20  # of so many finished pieces one more is shown at once, later ones in steps of this part of the film


def publish(*, transcode: int) -> None:
    """Let players see what is made so far, when that is more than they see. A new film is played from here on.

    A later take waits until it is whole. Playlists of long films are written in steps that grow with them.
    """
    with transaction.atomic():
        found = locked_transcode(transcode)
        if found is None or found.state != Transcode.State.WORKING or found.asset.release not in {"", found.release}:
            return
        asset, done = found.asset, found.pieces.filter(done_at__isnull=False).count()
        if asset.release and done < found.published + max(1, done // GROWTH):
            return
        plan, tracks = Plan.from_json(found.plan), _tracks(found)
        if not any(rung.name in tracks for rung in plan.rungs):
            return  # sound alone
        _write(found, plan, tracks, complete=False)
        found.published = done
        found.save(update_fields=["published", "updated_at"])
        asset.release, asset.edition = found.release, asset.edition + 1
        _describe(asset, plan, has_sound=plan.has_sound)  # it joins soon
        asset.save(update_fields=["release", "edition", *DESCRIBED, "updated_at"])


def whole(transcode: Transcode) -> Tracks:
    """All tracks of a transcode whose pieces are done. Raises CheckFailed when they do not make a film."""
    tracks = _tracks(transcode)
    check_whole(Plan.from_json(transcode.plan), tracks)
    return tracks


def publish_whole(*, transcode: int, tracks: Tracks, sha256: str) -> None:
    """Make the release what players see for good, with all its rows. The one before stays a while for those who are watching."""
    with transaction.atomic():
        found = locked_transcode(transcode)
        if found is None or found.state != Transcode.State.WORKING:
            return
        plan, asset = Plan.from_json(found.plan), found.asset
        _write(found, plan, tracks, complete=True)
        replaced = asset.release if asset.release != found.release else ""
        asset.release, asset.edition, asset.state, asset.error = found.release, asset.edition + 1, VideoAsset.State.READY, ""
        asset.sha256, asset.ready_at, asset.started_at = sha256, clock.now(), None
        _describe(asset, plan, has_sound=AUDIO in tracks)
        asset.save()
        asset.renditions.all().delete()
        Rendition.objects.bulk_create(_rendition(asset, plan, track) for track in tracks.values())
        unneeded = [found.source_key] if found.source_key else []
        found.state, found.finished_at, found.source_key = Transcode.State.DONE, clock.now(), ""
        found.save(update_fields=["state", "finished_at", "source_key", "updated_at"])
        Piece.objects.filter(transcode__asset=asset).exclude(transcode=found).delete()  # of takes before this one
        _remove_later(asset, replaced, unneeded)


def _remove_later(asset: VideoAsset, replaced: str, unneeded: list[str]) -> None:
    if unneeded:
        enqueue("streaming.remove_files", key=f"video-files:{asset.uuid}:{asset.release}:source", args={"folders": unneeded})
    if replaced:
        folders = [f"video/{asset.uuid}/{replaced}"]
        enqueue("streaming.remove_files", key=f"video-files:{asset.uuid}:{replaced}", args={"folders": folders}, run_after=clock.now() + OLD_RELEASE_STAYS)


def write_master(*, asset: VideoAsset) -> None:
    """Write the master playlist of what is played now, and the captions beside it, from rows. Called when captions change; bears running twice."""
    with transaction.atomic():
        locked = VideoAsset.objects.select_for_update(no_key=True).get(pk=asset.pk)
        if not locked.release:
            return
        transcode = locked.transcodes.filter(release=locked.release).first()
        if transcode is None:  # made before transcodes had rows: its captions are read beside the film
            _write_captions(locked.prefix, _captions(locked), None)
        else:
            transcode.asset = locked
            plan = Plan.from_json(transcode.plan)
            tracks = _tracks(transcode)
            _write_master(transcode, plan, tracks)
        locked.edition += 1
        locked.save(update_fields=["edition", "updated_at"])
    asset.edition = locked.edition


def _tracks(transcode: Transcode) -> Tracks:
    return merge(facts for facts in transcode.pieces.filter(done_at__isnull=False).values_list("facts", flat=True) if facts is not None)


def _write(transcode: Transcode, plan: Plan, tracks: Tracks, *, complete: bool) -> None:
    """The master playlist last: it names the others."""
    for path, text in playlists(plan, tracks, complete=complete).items():
        _put(f"{transcode.folder}/{path}", text, PLAYLIST)
    _write_master(transcode, plan, tracks)


def _write_master(transcode: Transcode, plan: Plan, tracks: Tracks) -> None:
    captions = _captions(transcode.asset)
    _write_captions(transcode.folder, captions, plan)
    _put(f"{transcode.folder}/master.m3u8", master_playlist(plan, tracks, [_caption_track(caption) for caption in captions]), PLAYLIST)


def _captions(asset: VideoAsset) -> list[Caption]:
    return list(asset.captions.exclude(digest="").order_by("-is_default", "language"))


def _write_captions(folder: str, captions: list[Caption], plan: Plan | None) -> None:
    for caption in captions:
        _put(f"{folder}/{caption.path}", caption.vtt, WORDS)
        if plan:
            track = _caption_track(caption)
            _put(f"{folder}/captions/{track.playlist}", caption_playlist(plan, track), PLAYLIST)


def _caption_track(caption: Caption) -> CaptionTrack:
    return CaptionTrack(caption.language, caption.label, caption.path.rpartition("/")[2], caption.is_default)


def _put(key: str, text: str, content_type: str) -> None:
    store().put_bytes(key, text.encode(), content_type)


DESCRIBED = ("duration_ms", "width", "height", "fps", "has_audio")


def _describe(asset: VideoAsset, plan: Plan, *, has_sound: bool) -> None:
    probe = plan.probe
    asset.duration_ms, asset.width, asset.height = round(plan.duration * 1000), probe.width, probe.height
    asset.fps, asset.has_audio = round(float(plan.rate), 3), has_sound


def _rendition(asset: VideoAsset, plan: Plan, track: Track) -> Rendition:
    rung = None if track.name == AUDIO else plan.rung(track.name)
    return Rendition(
        asset=asset,
        kind=Rendition.Kind.VIDEO if rung else Rendition.Kind.AUDIO,
        name=track.name,
        width=rung.width if rung else None,
        height=rung.height if rung else None,
        codecs=track.codec,
        segments=len(track.segments),
        size_bytes=track.size_bytes,
        peak_bps=track.peak_bps(plan.target_duration),
        average_bps=track.average_bps,
    )
