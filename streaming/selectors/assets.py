"""Reads about assets that are not one QuerySet."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TypedDict

from django.utils.translation import ngettext

from core import clock
from core.models import Job
from streaming.models import VideoAsset


class Progress(TypedDict):
    percent: int
    stage: str
    eta_s: int | None
    left_text: str
    state: str
    error: str


def asset_progress(asset: VideoAsset) -> Progress:
    """How far the transcode of `asset` is; one query while it is waited for, none after."""
    return progress_of([asset])[asset.pk]


def progress_of(assets: Iterable[VideoAsset]) -> dict[int, Progress]:
    """`asset_progress` of many assets in one query."""
    assets = list(assets)
    keys = [asset.job_key for asset in assets if asset.is_waited_for]
    jobs = {job.key: job for job in Job.objects.filter(key__in=keys)} if keys else {}
    return {asset.pk: _progress(asset, jobs.get(asset.job_key)) for asset in assets}


def _progress(asset: VideoAsset, job: Job | None) -> Progress:
    percent, stage, eta_s = 0, asset.get_state_display(), None
    if asset.state == VideoAsset.State.READY:
        percent = 100
    elif job is not None and asset.is_waited_for:
        percent, stage = min(99, job.progress), job.stage or stage
        if percent >= 3 and asset.started_at:
            elapsed_s = (clock.now() - asset.started_at).total_seconds()
            eta_s = round(elapsed_s * (100 - percent) / percent)
    return {"percent": percent, "stage": stage, "eta_s": eta_s, "left_text": _left_text(eta_s), "state": asset.state, "error": asset.error}


def _left_text(eta_s: int | None) -> str:
    """“40 seconds”, “3 minutes”: no more exact than an estimate is."""
    if eta_s is None:
        return ""
    if eta_s < 90:
        seconds = max(5, math.ceil(eta_s / 5) * 5)
        return ngettext("%(n)s second", "%(n)s seconds", seconds) % {"n": seconds}
    minutes = math.ceil(eta_s / 60)
    return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": minutes}
