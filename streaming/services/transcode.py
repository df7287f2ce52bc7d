"""The life of a transcode: begun, cut into pieces that are queued a few at a time, given up, tried again, healed.

Whoever changes one holds the row lock of its asset, then its own, in this order.
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef

from core import clock, jobs
from core.audit import record_audit
from core.jobs import enqueue
from core.models import Job
from streaming import tasks
from streaming.models import Piece, Transcode, VideoAsset
from streaming.pipeline.pieces import PieceSpec
from streaming.pipeline.plan import Plan
from streaming.stores import store

LEAD = 0  # the number of the piece that can be watched first
FIRST_LANE = "video-first"  # emptied before the queue "video" by the same workers
GAVE_UP = "We could not process this video after several tries. Try again; if it fails again, export it as MP4 (H.264) and upload that."
SOUND_SHARE = 50  # the sound of a film is about so small a part of the work of its pictures


def start_transcode(*, asset: VideoAsset) -> Transcode:
    """Queue the making of the asset's current take. A second call returns the same transcode."""
    with transaction.atomic():
        locked = VideoAsset.objects.select_for_update(no_key=True).get(pk=asset.pk)
        transcode, created = Transcode.objects.get_or_create(asset=locked, take=locked.take, defaults={"release": uuid4().hex[:12]})
        if created:
            _queue_start(transcode)
    return transcode


def retranscode(*, asset: VideoAsset, by: Any) -> Transcode:
    """Make the asset's files anew from its original, dropping what is under way.

    What is played now stays until the new release is whole, and 12 hours after.
    """
    with transaction.atomic():
        locked = VideoAsset.objects.select_for_update(no_key=True).get(pk=asset.pk)
        _drop_unfinished(locked)
        locked.take, locked.error, locked.started_at = locked.take + 1, "", clock.now()
        if locked.state != VideoAsset.State.READY:
            locked.state = VideoAsset.State.QUEUED
        locked.save(update_fields=["take", "error", "started_at", "state", "updated_at"])
        record_audit(actor=by, action="streaming.retranscode", record=locked, take=locked.take)
        transcode = start_transcode(asset=locked)
    asset.refresh_from_db()
    return transcode


def _drop_unfinished(asset: VideoAsset) -> None:
    """Their pieces notice and stop. A release that can be watched as far as it got stays until the next one takes over."""
    for transcode in asset.transcodes.select_for_update().exclude(state__in=[Transcode.State.DONE, Transcode.State.DROPPED]):
        transcode.state, transcode.finished_at = Transcode.State.DROPPED, clock.now()
        transcode.save(update_fields=["state", "finished_at", "updated_at"])
        folders = [transcode.source_key] if transcode.source_key else []
        folders += [transcode.folder] if transcode.release != asset.release else []
        if folders:
            enqueue("streaming.remove_files", key=f"video-files:{asset.uuid}:{transcode.release}:dropped", args={"folders": folders})


def sweep_up(*, folder: str) -> None:
    """Remove what a piece wrote for a transcode that was dropped or deleted meanwhile."""
    release = folder.rpartition("/")[2]
    wanted = Transcode.objects.filter(release=release).exclude(state=Transcode.State.DROPPED).exists()
    if not wanted and not VideoAsset.objects.filter(release=release).exists():
        store().delete_tree(folder)


def locked_transcode(pk: int) -> Transcode | None:
    """The transcode with its asset, both locked, in the caller's transaction; None when it was deleted or is another take's."""
    found = Transcode.objects.filter(pk=pk).values_list("asset_id", flat=True).first()
    asset = VideoAsset.objects.select_for_update(no_key=True).filter(pk=found).first() if found else None
    transcode = Transcode.objects.select_for_update(no_key=True).filter(pk=pk).first() if asset else None
    if asset is None or transcode is None or transcode.take != asset.take:
        return None
    transcode.asset = asset
    return transcode


def lock_for_deletion(asset: VideoAsset) -> None:
    """Take the locks in our order; deletion would begin with the pieces and meet a worker that begins with the transcode."""
    VideoAsset.objects.select_for_update().filter(pk=asset.pk).first()
    list(asset.transcodes.select_for_update())


def begin(*, transcode: int) -> Transcode | None:
    """Show that work on it has begun. None when there is nothing to begin: it was deleted, dropped, given up or is done."""
    with transaction.atomic():
        found = locked_transcode(transcode)
        if found is None or found.state not in {Transcode.State.WAITING, Transcode.State.WORKING}:
            return None
        asset = found.asset
        if asset.started_at is None or asset.state == VideoAsset.State.QUEUED:
            asset.started_at = asset.started_at or clock.now()
            asset.state = VideoAsset.State.READY if asset.state == VideoAsset.State.READY else VideoAsset.State.PROCESSING
            asset.save(update_fields=["state", "started_at", "updated_at"])
        return found


def cut_into_pieces(*, transcode: int, plan: Plan, specs: list[PieceSpec], source_key: str) -> bool:
    """Fix the plan and queue the first pieces. False for a transcode that was dropped, which stays as it is."""
    with transaction.atomic():
        found = locked_transcode(transcode)
        if found is None or found.state != Transcode.State.WAITING:
            return False
        found.plan, found.source_key = plan.to_json(), source_key
        found.state, found.started_at = Transcode.State.WORKING, clock.now()
        found.save(update_fields=["plan", "source_key", "state", "started_at", "updated_at"])
        found.asset.probe = plan.probe.raw
        found.asset.save(update_fields=["probe", "updated_at"])
        Piece.objects.bulk_create(Piece(transcode=found, kind=spec.kind, number=spec.number, spec=spec.to_json(), weight=_weight(spec, plan)) for spec in specs)
        queue_pieces(found)
    return True


def _weight(spec: PieceSpec, plan: Plan) -> int:
    """Thousands of pixels to encode: what the time of a piece grows with."""
    if spec.kind == Piece.Kind.SOUND:
        return 1 + sum(rung.pixels for rung in plan.rungs) * plan.segments // SOUND_SHARE // 1000
    return 1 + sum(plan.rung(name).pixels for name in spec.rungs) * spec.segments // 1000


def queue_pieces(transcode: Transcode) -> None:
    """Keep a few pieces queued, in order; when all are done, queue the end. The caller holds the transcode's lock."""
    waiting = list(transcode.pieces.filter(done_at__isnull=True).order_by("number").values_list("number", flat=True))
    if not waiting:
        enqueue("streaming.finish_asset", key=f"video-finish:{transcode.pk}:{transcode.round}", args=_args(transcode))
        return
    if waiting[0] == LEAD:  # alone, so that nothing else of the film slows down its first seconds
        waiting = [LEAD]
    queued = set(_open_jobs(transcode, "streaming.make_piece").values_list("args__number", flat=True)).intersection(waiting)
    free = max(0, settings.VIDEO_PIECES_AT_ONCE - len(queued))
    for number in [number for number in waiting if number not in queued][:free]:
        lane = FIRST_LANE if number == LEAD else ""
        enqueue("streaming.make_piece", key=f"video-piece:{transcode.pk}:{number}:{transcode.round}", args={**_args(transcode), "number": number}, queue=lane)


def _queue_start(transcode: Transcode) -> None:
    enqueue("streaming.prepare_asset", key=f"video-prepare:{transcode.pk}:{transcode.round}", args=_args(transcode))


def _args(transcode: Transcode) -> dict[str, Any]:
    return {"transcode": transcode.pk, "folder": transcode.folder}


def _open_jobs(transcode: Transcode, *kinds: str) -> Any:
    return Job.objects.open().filter(kind__in=kinds or tasks.KINDS, args__transcode=transcode.pk)


def give_up(*, transcode: int, error: str) -> None:
    """Show staff why the transcode was given up; its other pieces stop. Sentences are ours; several lines are a programmer's business."""
    with transaction.atomic():
        found = locked_transcode(transcode)
        if found is None or found.state not in {Transcode.State.WAITING, Transcode.State.WORKING}:
            return
        found.state, found.finished_at = Transcode.State.FAILED, clock.now()
        found.save(update_fields=["state", "finished_at", "updated_at"])
        asset = found.asset
        asset.error = GAVE_UP if "\n" in error or not error.strip() or error.startswith(jobs.SILENT) else error
        asset.started_at = None
        if asset.state != VideoAsset.State.READY:
            asset.state = VideoAsset.State.FAILED
        asset.save(update_fields=["state", "error", "started_at", "updated_at"])


def try_again(*, asset: VideoAsset) -> None:
    """Go on with a transcode that was given up, from the pieces that are done. On any other asset it changes nothing."""
    with transaction.atomic():
        locked = VideoAsset.objects.select_for_update(no_key=True).get(pk=asset.pk)
        transcode = locked.transcodes.select_for_update(no_key=True).filter(take=locked.take).first()
        if locked.state != VideoAsset.State.FAILED and (transcode is None or transcode.state != Transcode.State.FAILED):
            return
        locked.error, locked.started_at = "", clock.now()
        if locked.state != VideoAsset.State.READY:
            locked.state = VideoAsset.State.QUEUED
        locked.save(update_fields=["state", "error", "started_at", "updated_at"])
        if transcode is None:  # it failed before transcodes had rows
            start_transcode(asset=locked)
        elif transcode.state == Transcode.State.FAILED:
            transcode.asset, transcode.finished_at = locked, None
            transcode.state = Transcode.State.WORKING if transcode.plan else Transcode.State.WAITING
            _queue_anew(transcode)


def _queue_anew(transcode: Transcode) -> None:
    """Queue what is missing under keys of a new round; dead jobs of the rounds before are forgotten."""
    Job.objects.dead().filter(kind__in=tasks.KINDS, args__transcode=transcode.pk).delete()
    transcode.round, transcode.started_at = transcode.round + 1, clock.now()
    transcode.save(update_fields=["state", "round", "started_at", "finished_at", "updated_at"])
    if transcode.state == Transcode.State.WORKING:
        queue_pieces(transcode)
    else:
        _queue_start(transcode)


def heal() -> int:
    """Compare what should be queued with what is, and queue what is missing; returns how many transcodes were mended.

    Nothing that is known leads here but lost rows: every step queues the next one in its own transaction.
    """
    mended = 0
    current = Transcode.objects.filter(asset=OuterRef("pk"), take=OuterRef("take"))
    waited_for = VideoAsset.objects.filter(state__in=[VideoAsset.State.QUEUED, VideoAsset.State.PROCESSING]).exclude(original_key="")
    for asset in waited_for.filter(~Exists(current)):
        start_transcode(asset=asset)
        mended += 1
    for pk in Transcode.objects.under_way().filter(take=F("asset__take")).values_list("pk", flat=True):
        with transaction.atomic():
            transcode = locked_transcode(pk)
            if transcode and transcode in Transcode.objects.under_way() and not _open_jobs(transcode).exists():
                _queue_anew(transcode)
                mended += 1
    return mended
