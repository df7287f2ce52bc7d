"""Background work on assets. Each function bears running twice."""

from datetime import timedelta

from core.jobs import Postponed, RunningJob, job, periodic

LOOKS_AGAIN = timedelta(seconds=20)  # at films being made anew


def give_up(*, asset: int, error: str) -> None:
    from streaming.services.assets import note_failure

    note_failure(asset=asset, error=error)


@job("streaming.process_asset", queue="video", on_dead=give_up)
def process_asset(job: RunningJob, *, asset: int) -> None:
    from streaming.services.transcode import process

    process(asset_id=asset, report=job.report)


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
    from streaming.services.captions import write_captions

    if found := VideoAsset.objects.filter(pk=asset).first():
        write_captions(asset=found)


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
