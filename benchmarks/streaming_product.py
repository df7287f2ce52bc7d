"""From the last byte of an upload to a picture, through the whole site: store, job table, workers, publishing.

V7, V8, V10 and V12 of the figures in docs/decisions/0004, and one worker beside two, each pinned to a core. Real Celery workers on the
embedded Postgres and Valkey. Takes about nine minutes on two cores.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, cast

from benchmarks import film_peers
from benchmarks.film_clips import clips, film_6min, film_24s, folder
from benchmarks.rows import CannotMeasure, row

ROOT = Path(__file__).resolve().parent.parent
SECRET_KEY = "only-for-measuring-0123456789abcdefghijklmnop"
ROUNDS = 3
LIMIT_S = 900
QUEUES = "video-first,video,default"
MAKING = ("streaming.prepare_asset", "streaming.make_piece", "streaming.finish_asset")


def rows() -> list[dict[str, Any]]:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        raise CannotMeasure("Workers are compared on two cores; this machine has one.")
    place = folder() / "site"
    os.environ.update(SECRET_KEY=SECRET_KEY, MEDIA_ROOT=str(place / "media"), WORK_DIR=str(place / "work"), JOB_LEASE_S="15", JOB_RENEW_S="5")
    import django

    django.setup()
    return [*_first_pictures(cores), *_two_workers(cores), *_kill(cores), *_every_clip(cores)]


def line(name: str, ours: float, theirs: float | None, unit: str, bar: float | None, better: str = "lower") -> dict[str, Any]:
    return row(area="streaming", name=name, ours=ours, theirs=theirs, unit=unit, bar=bar, better=better)


@contextmanager
def _workers(*pins: int | None) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Celery workers of one process each, pinned to the cores given (None: all of them), and the clock that sweeps for them."""
    log = open(ROOT / "var" / "bench-workers.log", "ab")
    celery = [sys.executable, "-m", "celery", "-A"]
    commands = [
        [*(["taskset", "-c", str(pin)] if pin is not None else []), *celery, "smrt_platform", "worker", "-Q", QUEUES, "-c", "1", "-n", f"bench{number}@%h"]
        for number, pin in enumerate(pins)
    ]
    commands.append([*celery, "smrt_platform.clock", "beat", "-s", str(folder() / "beat"), "--pidfile="])
    started = [subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log, start_new_session=True) for command in commands]
    try:
        _wait(lambda: _answering() >= len(pins), "workers")
        yield started[:-1]
    finally:
        for process in started:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        log.close()


def _answering() -> int:
    from celery import current_app

    return len(current_app.control.inspect(timeout=0.5).ping() or {})


def _wait(ready: Callable[[], Any], what: str, every_s: float = 0.05) -> None:
    end = time.monotonic() + LIMIT_S
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError(f"No {what} after {LIMIT_S} s; see var/bench-workers.log.")
        time.sleep(every_s)


class _Upload:
    """A film's bytes as they come in; `ended` is when the last of them was taken, from where a person waits for us."""

    def __init__(self, file: IO[bytes]):
        self.file, self.ended = file, 0.0

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        if data:
            self.ended = time.monotonic()
        return data


def _bring_in(film: Path) -> Any:
    return _upload(film)[0]


def _upload(film: Path) -> tuple[Any, float]:
    """The asset, and when its last byte was taken."""
    from streaming.services import create_asset_from_file

    with film.open("rb") as file:
        upload = _Upload(file)
        asset = create_asset_from_file(title=film.stem, file=cast(IO[bytes], upload), original_name=film.name, uploaded_by=_teacher())
    return asset, upload.ended


def _teacher() -> Any:
    from accounts.models import Role, User
    from accounts.services import grant_role

    person = User.objects.filter(email="bench@example.org").first()
    if person is None:
        person = User.objects.create_user("bench@example.org", SECRET_KEY, display_name="Bench")
        grant_role(user=person, role=Role.STAFF, granted_by=None)
    return person


def _is_playable(asset: Any) -> bool:
    """Whether a player that opens the film now finds a picture: a rung in the master, a segment in it, and the segment's bytes."""
    from streaming.stores import store

    asset.refresh_from_db(fields=["release", "state"])
    if not asset.release:
        return False
    text = _text(f"{asset.prefix}/master.m3u8")
    rung = next((entry for entry in text.splitlines() if entry.endswith("/index.m3u8") and not entry.startswith("#")), "")
    segment = next((entry for entry in _text(f"{asset.prefix}/{rung}").splitlines() if entry.endswith(".m4s")), "") if rung else ""
    return bool(segment) and store().stat(f"{asset.prefix}/{rung.partition('/')[0]}/{segment}") is not None


def _text(key: str) -> str:
    from streaming.stores import store

    found = store().stat(key)
    return store().read(key, 0, found.size).read().decode() if found else ""


def _is_settled(asset: Any) -> bool:
    from streaming.models import VideoAsset

    asset.refresh_from_db()
    return asset.state in {VideoAsset.State.READY, VideoAsset.State.FAILED}


def _remove(asset: Any) -> None:
    """Delete the film, whatever is being made of it, and wait until the workers have nothing left."""
    from core.models import Job
    from streaming.services import delete_asset

    delete_asset(asset=asset, by=_teacher())
    _wait(lambda: not Job.objects.open().filter(kind__in=MAKING).exists(), "end of the work", 0.2)


def _first_pictures(cores: list[int]) -> list[dict[str, Any]]:
    short, long = film_24s(), film_6min()
    times: dict[Path, list[float]] = {short: [], long: []}
    with _workers(*[None for _ in cores[:2]]):
        for _ in range(ROUNDS):
            for film, found in times.items():
                asset, began = _upload(film)
                _wait(partial(_is_playable, asset), "picture", 0.02)
                found.append(time.monotonic() - began)
                _remove(asset)
    ours, ours_long = statistics.median(times[short]), statistics.median(times[long])
    mediacms = film_peers.mediacms(short, folder() / "mediacms").first_hls_s
    peertube = film_peers.peertube(short, folder() / "peertube").first_hls_s
    return [
        line("V7 first picture through the site, beside MediaCMS's first HLS", ours, mediacms, "s", 0.15),
        line("V7 first picture through the site, beside PeerTube's first HLS", ours, peertube, "s", 0.30),
        line("V8 first picture of six minutes, beside that of the first 24 s", ours_long, ours, "s", 1.2),
    ]


def _two_workers(cores: list[int]) -> list[dict[str, Any]]:
    film = film_24s()
    wall: dict[int, list[float]] = {1: [], 2: []}
    for _ in range(ROUNDS):
        for count, found in wall.items():
            with _workers(*cores[:count]):
                asset, began = _upload(film)
                _wait(partial(_is_settled, asset), "finished film")
                found.append(time.monotonic() - began)
                _remove(asset)
    return [line("two workers pinned to a core each, beside one", statistics.median(wall[2]), statistics.median(wall[1]), "s", 0.6)]


def _kill(cores: list[int]) -> list[dict[str, Any]]:
    """kill -9 of one of two workers in the middle of its third piece: another takes over, and what was finished stays finished."""
    from core.models import Job
    from streaming.models import Piece, VideoAsset

    film = film_24s()
    with _workers(*cores[:2]) as workers:
        asset = _bring_in(film)
        _wait(lambda: Piece.objects.filter(transcode__asset=asset, done_at__isnull=False).count() >= 4, "fourth piece")
        os.killpg(workers[0].pid, signal.SIGKILL)
        _wait(partial(_is_settled, asset), "finished film")
        again = Job.objects.filter(kind="streaming.make_piece", attempts__gt=1).count()
        running = Job.objects.filter(state=Job.State.RUNNING, kind__in=MAKING).count()
        undone = int(asset.state != VideoAsset.State.READY)
        _remove(asset)
    return [
        line("V10 pieces made again after kill -9 of one worker", again, None, "pieces", 1),
        line("V10 films unfinished or jobs left running after it", undone + running, None, "rows", 0),
    ]


def _every_clip(cores: list[int]) -> list[dict[str, Any]]:
    """Clips that came out upright, whole and of the right length, or were refused for their reason."""
    from core.errors import DomainError
    from streaming.models import VideoAsset

    wanted, wrong = clips(), []
    if not wanted:
        return []
    with _workers(*[None for _ in cores[:2]]):
        waiting = {}
        for path, shown in wanted.items():
            try:
                waiting[path] = _bring_in(path)
            except DomainError as refusal:
                if not isinstance(shown, str) or shown not in refusal.message:
                    wrong.append(path.name)
        for path, asset in waiting.items():
            shown = wanted[path]
            _wait(partial(_is_settled, asset), f"end of {path.name}")
            if isinstance(shown, str):
                good = asset.state == VideoAsset.State.FAILED and shown in asset.error
            else:
                frame_s = 1 / float(asset.fps or 1)
                good = (asset.width, asset.height) == shown[:2] and abs((asset.duration_ms or 0) / 1000 - shown[2]) <= frame_s + 0.05
            if not good:
                wrong.append(f"{path.name} {asset.state} {asset.width}x{asset.height} {asset.duration_ms} ms {asset.error}")
            _remove(asset)
    for name in wrong:
        print(f"  not as it should be: {name}", flush=True)
    return [line(f"V12 of {len(wanted)} clips, neither whole and upright nor refused with their reason", len(wrong), None, "clips", 0)]
