"""Makes a film in the test's own process, as one worker would."""

from collections.abc import Callable
from uuid import uuid4

from core import jobs
from core.models import Job
from streaming.models import Piece, VideoAsset


def next_job() -> Job | None:
    """What a worker of `-Q video-first,video` would take next."""
    due = Job.objects.filter(state=Job.State.QUEUED, queue__in=["video-first", "video"]).order_by("pk")
    return due.filter(queue="video-first").first() or due.first()


def run_next() -> Job:
    row = next_job()
    assert row is not None, "Nothing is queued."
    jobs.run(row.pk)
    row.refresh_from_db()
    return row


def run_until(ready: Callable[[], bool]) -> None:
    while not ready():
        run_next()


def make(asset: VideoAsset) -> VideoAsset:
    """Run what is queued until nothing is; a step that fails ends it."""
    while row := next_job():
        jobs.run(row.pk)
        row.refresh_from_db()
        if row.state == Job.State.QUEUED:
            raise AssertionError(row.error)
    asset.refresh_from_db()
    return asset


def running_job(piece: Piece, **values) -> Job:
    """The job of `piece` as another worker holds it."""
    lease = {"state": Job.State.RUNNING, "claim_token": uuid4(), "lease_until": "2100-01-01T00:00Z"}
    args = {"transcode": piece.transcode_id, "number": piece.number, "folder": piece.transcode.folder}
    return Job.objects.create(kind="streaming.make_piece", key=f"piece:{piece.pk}", queue="video", args=args, **lease, **values)
