"""Making many films anew with the ladder of today: one after another, after new uploads, until done or stopped.

All of it is rows. A worker that dies in between leaves the job to the next one, which goes on with the next film; a
film's transcode is named in the transaction that queues it, so that none is queued twice.
"""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from streaming import tasks  # noqa: F401  (registers the kind enqueued here)
from streaming.models import Remake, RemakeItem, Transcode, VideoAsset
from streaming.selectors.remake import Standing, outdated, standing_of
from streaming.services.transcode import retranscode

AT_ONCE = 2  # so that workers have the next film when one is nearly done
UNDER_WAY = [Transcode.State.WAITING, Transcode.State.WORKING]


class NothingToRemake(DomainError):
    code = "nothing_to_remake"


def begin_remake(*, by: Any, assets: QuerySet[VideoAsset] | None = None, force: bool = False) -> Remake:
    """Queue the making anew of `assets` (all, unless told) that another ladder made. While one is running, that one is returned.

    Raises NothingToRemake when every film is as it would be made today.
    """
    if running := Remake.objects.filter(state=Remake.State.RUNNING).first():
        return running
    chosen = list(outdated(VideoAsset.objects.all() if assets is None else assets, force=force))
    if not chosen:
        raise NothingToRemake(_("Every film is as it would be made today. There is nothing to do."))
    try:
        with transaction.atomic():
            remake = Remake.objects.create(begun_by=by)
            RemakeItem.objects.bulk_create(RemakeItem(remake=remake, asset=asset) for asset in chosen)
            record_audit(actor=by, action="streaming.begin_remake", record=remake, films=len(chosen), force=force)
            enqueue("streaming.remake", key=remake.job_key, args={"remake": remake.pk})
    except IntegrityError:  # somebody else began one at the same moment
        return Remake.objects.get(state=Remake.State.RUNNING)
    return remake


def stop_remake(*, remake: Remake, by: Any) -> None:
    """Begin no further film; those begun are finished. A second call changes nothing."""
    with transaction.atomic():
        locked = Remake.objects.select_for_update().get(pk=remake.pk)
        if locked.state != Remake.State.RUNNING:
            return
        left = locked.items.filter(state=RemakeItem.State.WAITING).update(state=RemakeItem.State.LEFT)
        _end(locked, Remake.State.STOPPED)
        record_audit(actor=by, action="streaming.stop_remake", record=locked, left=left)


def advance(*, remake: int) -> Standing:
    """Note which films are made, and begin the next one unless other films wait to be made."""
    with transaction.atomic():
        locked = Remake.objects.select_for_update().get(pk=remake)
        started = _settle(locked)
        if locked.state == Remake.State.RUNNING:
            waiting = locked.items.filter(state=RemakeItem.State.WAITING)
            if not started and not waiting.exists():
                _end(locked, Remake.State.DONE)
            elif len(started) < AT_ONCE and not Transcode.objects.filter(state__in=UNDER_WAY).exclude(pk__in=started).exists():
                _start(waiting.select_related("asset").first(), locked.begun_by)
        return standing_of(locked)


def _settle(remake: Remake) -> list[int]:
    """Note what became of the films begun; returns the transcodes that are still under way."""
    going = []
    for item in remake.items.filter(state=RemakeItem.State.STARTED).select_related("transcode"):
        state = item.transcode.state if item.transcode else Transcode.State.DROPPED
        if item.transcode and state in UNDER_WAY:
            going.append(item.transcode.pk)
            continue
        ends = {Transcode.State.DONE: RemakeItem.State.DONE, Transcode.State.FAILED: RemakeItem.State.FAILED}
        item.state = ends.get(Transcode.State(state), RemakeItem.State.LEFT)
        item.save(update_fields=["state"])
    return going


def _start(item: RemakeItem | None, by: Any) -> None:
    if item is None:
        return
    if item.asset.state == VideoAsset.State.READY:
        item.transcode, item.state = retranscode(asset=item.asset, by=by), RemakeItem.State.STARTED
    else:
        item.state = RemakeItem.State.LEFT  # replaced, failed or uploaded anew since it was chosen
    item.save(update_fields=["transcode", "state"])


def _end(remake: Remake, state: Remake.State) -> None:
    remake.state, remake.finished_at = state, clock.now()
    remake.save(update_fields=["state", "finished_at", "updated_at"])
