"""Background work on assets. Each function bears running twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from core.jobs import Postponed, RunningJob, job, periodic

LOOKS_AGAIN = timedelta(seconds=20)  # at films being made anew

PIECE_LIMIT_S = 2 * 3600  # no piece of an honest film takes nearly so long
KINDS = ("streaming.prepare_asset", "streaming.make_piece", "streaming.finish_asset")


def give_up(*, transcode: int, error: str, **rest: Any) -> None:
    from streaming.services import transcode as service

    service.give_up(transcode=transcode, error=error)


@job(KINDS[0], queue="video-first", on_dead=give_up, time_limit_s=PIECE_LIMIT_S, forget_done=True)
def prepare_asset(job: RunningJob, *, transcode: int, folder: str) -> None:
    from streaming.services.making import prepare

    prepare(transcode_id=transcode, folder=folder, report=job.report)


@job(KINDS[1], queue="video", on_dead=give_up, time_limit_s=PIECE_LIMIT_S, forget_done=True)
def make_piece(job: RunningJob, *, transcode: int, number: int, folder: str) -> None:
    from streaming.services.making import make_piece

    make_piece(transcode_id=transcode, number=number, folder=folder, report=job.report)


@job(KINDS[2], queue="video", on_dead=give_up, time_limit_s=PIECE_LIMIT_S, forget_done=True)
def finish_asset(job: RunningJob, *, transcode: int, folder: str) -> None:
    from streaming.services.making import finish

    finish(transcode_id=transcode, folder=folder, report=job.report)


@job("streaming.remove_files")
def remove_files(job: RunningJob, *, folders: list[str]) -> None:
    from streaming.stores import store

    for folder in folders:
        store().delete_tree(folder)


@job("streaming.sweep_files", time_limit_s=3600, forget_done=True)
def sweep_files(job: RunningJob) -> None:
    from streaming.services.sweep import sweep

    sweep()


periodic("streaming.sweep_files", every=timedelta(days=1))


@job("streaming.write_captions")
def write_captions(job: RunningJob, *, asset: int) -> None:
    from streaming.models import VideoAsset
    from streaming.services.editions import write_master

    if found := VideoAsset.objects.filter(pk=asset).first():
        write_master(asset=found)


@job("streaming.drop_caption_file")
def drop_caption_file(job: RunningJob, *, asset_id: int, release: str, path: str) -> None:
    from streaming.services.captions.keeping import drop_caption_file

    drop_caption_file(asset_id=asset_id, release=release, path=path)


@job("streaming.measure_release", forget_done=True)
def measure_release(job: RunningJob, *, release: str) -> None:
    from streaming.services.space import measure_release as measure

    measure(release=release)


@job("streaming.measure_space", time_limit_s=3600, forget_done=True)
def measure_space(job: RunningJob) -> None:
    from streaming.services.space import measure_space as measure

    measure()


periodic("streaming.measure_space", every=timedelta(days=1))


@job("streaming.cool_originals", queue="video", forget_done=True)
def cool_originals(job: RunningJob) -> None:
    from streaming.services.originals import cool_originals as cool

    cool()


periodic("streaming.cool_originals", every=timedelta(days=1))


@job("streaming.forget_stale_uploads", forget_done=True)
def forget_stale_uploads(job: RunningJob) -> None:
    from streaming.services.uploads import forget_stale_uploads as forget

    forget()


periodic("streaming.forget_stale_uploads", every=timedelta(days=1))


@job("streaming.remake", forget_done=True)
def remake(job: RunningJob, *, remake: int) -> None:
    from streaming.services.remake import advance

    standing = advance(remake=remake)
    if not standing.is_over:
        job.report(standing.percent, standing.words)
        raise Postponed(standing.words, delay=LOOKS_AGAIN)


@job("streaming.heal_transcodes", forget_done=True)
def heal_transcodes(job: RunningJob) -> None:
    from streaming.services.transcode import heal

    heal()


periodic("streaming.heal_transcodes", every=timedelta(minutes=5))
