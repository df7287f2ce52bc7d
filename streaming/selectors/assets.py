"""Reads about assets that are not one QuerySet."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from django.db.models import F, Q, Sum
from django.utils.translation import ngettext

from core import clock
from core.models import Job
from streaming.models import Piece, Transcode, VideoAsset
from streaming.tasks import KINDS

READ, FINISHED = 2, 97  # percent when the first pieces are queued, and when all are done
TELLING = 0.03  # the share of the work that says how fast the rest goes; the lead piece alone says nothing


class Progress(TypedDict):
    percent: int
    stage: str
    eta_s: int | None
    left_text: str
    state: str
    error: str


class Edition(TypedDict):
    edition: int
    state: str
    percent: int
    stage: str
    left_text: str


def edition_of(asset: VideoAsset) -> Edition:
    """What a player of a film that is still being made asks every few seconds."""
    progress = asset_progress(asset)
    return {
        "edition": asset.edition,
        "state": asset.state,
        "percent": progress["percent"],
        "stage": progress["stage"],
        "left_text": progress["left_text"],
    }


def asset_progress(asset: VideoAsset) -> Progress:
    """How far the transcode of `asset` is; three queries while it is waited for, none after."""
    return progress_of([asset])[asset.pk]


def progress_of(assets: Iterable[VideoAsset]) -> dict[int, Progress]:
    """`asset_progress` of many assets in as many queries."""
    assets = list(assets)
    waited_for = [asset.pk for asset in assets if asset.is_waited_for]
    work = _work_of(waited_for) if waited_for else {}
    return {asset.pk: _progress(asset, work.get(asset.pk)) for asset in assets}


@dataclass
class _Work:
    """The transcode of an asset's current take, weighed."""

    is_cut: bool
    began_at: datetime | None
    whole: int  # the work of all pieces
    done: int
    fresh: int  # done since they were last queued
    begun: float = 0  # what is done of pieces that are being made
    stage: str = ""  # of what runs
    step: int = 0  # percent of a step that is no piece

    @property
    def share(self) -> float:
        return min(1.0, (self.done + self.begun) / self.whole) if self.whole else 0.0


def _work_of(assets: list[int]) -> dict[int, _Work]:
    done, fresh = Q(pieces__done_at__isnull=False), Q(pieces__done_at__gte=F("started_at"))
    transcodes = Transcode.objects.filter(asset__in=assets, take=F("asset__take")).order_by("pk")
    weighed = transcodes.annotate(
        whole=Sum("pieces__weight", default=0), done=Sum("pieces__weight", filter=done, default=0), fresh=Sum("pieces__weight", filter=fresh, default=0)
    )
    by_asset, by_pk = {}, {}
    for row in weighed.values("pk", "asset", "state", "started_at", "whole", "done", "fresh"):
        is_cut = row["state"] != Transcode.State.WAITING
        by_asset[row["asset"]] = by_pk[row["pk"]] = _Work(is_cut, row["started_at"], row["whole"], row["done"], row["fresh"])
    running = list(Job.objects.filter(state=Job.State.RUNNING, kind__in=KINDS, args__transcode__in=list(by_pk)).order_by("pk"))
    numbers = {job.args["number"] for job in running if "number" in job.args}
    unfinished = Piece.objects.filter(transcode__in=list(by_pk), number__in=numbers, done_at__isnull=True)
    weights = {(piece.transcode_id, piece.number): piece.weight for piece in unfinished}
    for job in running:
        work = by_pk[job.args["transcode"]]
        work.stage = job.stage or work.stage
        if "number" in job.args:
            work.begun += weights.get((job.args["transcode"], job.args["number"]), 0) * job.progress / 100
        else:
            work.step = job.progress
    return by_asset


def _progress(asset: VideoAsset, work: _Work | None) -> Progress:
    percent, stage, eta_s = 0, asset.get_state_display(), None
    if work is not None and work.is_cut:
        percent = READ + int((FINISHED - READ) * work.share) + (work.step * (99 - FINISHED) // 100 if work.done == work.whole else 0)
        stage, eta_s = work.stage or stage, _left_s(work)
    elif work is not None:
        percent, stage = min(READ, work.step), work.stage or stage
    elif asset.state == VideoAsset.State.READY:
        percent = 100
    return {"percent": percent, "stage": str(stage), "eta_s": eta_s, "left_text": _left_text(eta_s), "state": asset.state, "error": asset.error}


def _left_s(work: _Work) -> int | None:
    """From the rate measured since the pieces were last queued; None until that is a measure."""
    made, left = work.fresh + work.begun, work.whole - work.done - work.begun
    if work.began_at is None or work.fresh <= 0 or left <= 0 or made < TELLING * work.whole:
        return None
    return round((clock.now() - work.began_at).total_seconds() * left / made)


def _left_text(eta_s: int | None) -> str:
    """“40 seconds”, “3 minutes”, “2 hours”: no more exact than an estimate is."""
    if eta_s is None:
        return ""
    if eta_s < 90:
        seconds = max(5, math.ceil(eta_s / 5) * 5)
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    minutes = math.ceil(eta_s / 60)
    if minutes <= 90:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
