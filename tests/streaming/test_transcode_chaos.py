"""What becomes of films when real workers are killed at random, when database and broker go away, and when one film kills every worker.

Each promise has its control: the same with the protection taken away must fail.
"""

import os
import random
import signal
import subprocess
import time
from io import BytesIO
from pathlib import Path

import av
import m3u8
import pytest
from django.db import connection
from django.db.models import Sum

from core import jobs
from core.models import Job
from embedded.servers import EmbeddedServers, postgres_bin
from streaming import tasks
from streaming.models import Piece, Rendition, VideoAsset
from streaming.services import create_asset_from_file
from streaming.stores import store
from tests.factories.accounts import UserFactory
from tests.fixtures.site_processes import use_broker

FAST = {"JOB_LEASE_S": "2", "JOB_RENEW_S": "0.5", "JOB_SWEEP_S": "0.5", "JOB_WAKE_AGAIN_S": "1"}
LANES = ("video-first", "video")
# What a worker's log says of a job that failed, of one that could not even be put back, and of a broker that is gone.
FAILED, GAVE_UP, BROKER_LOST = "failed (attempt", "raised unexpected: OperationalError", "Connection to broker lost"


@pytest.fixture
def worker(celery_worker_process, monkeypatch, settings):
    settings.JOB_LEASE_S, settings.JOB_WAKE_AGAIN_S = float(FAST["JOB_LEASE_S"]), float(FAST["JOB_WAKE_AGAIN_S"])
    monkeypatch.setattr(jobs, "_broker_rests_until", 0.0)

    def start(*queues, **options):
        return celery_worker_process(*(queues or LANES), env=FAST | options.pop("env", {}), **options)

    return start


class Servers:
    """A database that keeps what was committed, and a broker that keeps nothing; both may be torn down."""

    def __init__(self, folder: Path):
        self.database, self.broker = EmbeddedServers(folder / "database"), EmbeddedServers(folder / "broker", throwaway=True)
        self.start_database()
        self.start_broker()
        self.environment = {
            "DATABASE_URL": self.database.urls["DATABASE_URL"],
            "TEST_BROKER_URL": self.broker.urls["REDIS_URL"].replace("unix://", "redis+socket://", 1),
        }

    def start_database(self) -> None:
        self.database.start(valkey=False)

    def start_broker(self) -> None:
        self.broker.start(postgres=False)

    def stop_database(self) -> None:
        """The stop that Postgres calls immediate: nobody is waited for or told."""
        self.database.postgres.send_signal(signal.SIGQUIT)
        self.database.postgres.wait()
        self.database.stop()
        connection.close()

    def lose_broker(self) -> None:
        self.broker.valkey.kill()
        self.broker.valkey.wait()
        self.broker.stop()

    def stop(self) -> None:
        self.broker.stop()
        self.database.stop()


@pytest.fixture
def own_servers(real_broker, tmp_path):
    """Servers of this test's own with a copy of the tests' database, which the test itself uses too."""
    servers, shared = Servers(tmp_path), dict(connection.settings_dict)
    copy = subprocess.run([postgres_bin() / "pg_dump", "-h", shared["HOST"], "-U", shared["USER"], shared["NAME"]], check=True, capture_output=True).stdout
    into = [postgres_bin() / "psql", "-q", "-v", "ON_ERROR_STOP=1", "-h", servers.database.sockets, "-U", "app", "app"]
    subprocess.run(into, check=True, capture_output=True, input=copy)
    connection.close()
    connection.settings_dict.update(HOST=str(servers.database.sockets), NAME="app", USER="app")
    use_broker(servers.environment["TEST_BROKER_URL"])
    yield servers
    connection.close()
    connection.settings_dict.update(shared)
    servers.stop()


def uploaded(path: Path) -> VideoAsset:
    with path.open("rb") as file:
        return create_asset_from_file(title=path.stem, file=file, original_name=path.name, uploaded_by=UserFactory())


def wait_for(ready, limit_s=60.0):
    end = time.monotonic() + limit_s
    while not ready():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def state_of(asset: VideoAsset) -> str:
    return VideoAsset.objects.values_list("state", flat=True).get(pk=asset.pk)


def whole_film(asset: VideoAsset) -> dict[str, int]:
    """The decoded frames of every rung of the release, read back from its playlists. Nothing else may lie there."""
    asset.refresh_from_db()
    found = {stored.key.removeprefix(f"{asset.prefix}/") for stored in store().listing(asset.prefix)}
    frames, named = {}, {"master.m3u8"}
    for rendition in asset.renditions.all():
        media = m3u8.loads(read(f"{asset.prefix}/{rendition.name}/index.m3u8").decode())
        assert media.is_endlist
        parts = [f"{rendition.name}/init.mp4", *(f"{rendition.name}/{segment.uri}" for segment in media.segments)]
        named |= {*parts, f"{rendition.name}/index.m3u8", f"{rendition.name}/iframes.m3u8"}
        if rendition.kind == Rendition.Kind.VIDEO:
            frames[rendition.name] = decoded(b"".join(read(f"{asset.prefix}/{part}") for part in parts))
    assert {name for name in found if not name.startswith(("posters/", "storyboard/")) and "/." not in name} - named == set()  # hidden: cut short, swept later
    return frames


def read(key: str) -> bytes:
    found = store().stat(key)
    assert found, key
    file = store().read(key, 0, found.size)
    try:
        return file.read()
    finally:
        file.close()


def decoded(data: bytes) -> int:
    with av.open(BytesIO(data)) as container:
        return sum(1 for _frame in container.decode(video=0))


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_films_outlive_workers_killed_at_any_moment(worker, clip, held):
    """Two workers; a moment after a piece is begun one is killed with all it started, and another takes its place."""
    chance = random.Random(11)
    clock = worker("default", beat=True)
    workers = [worker(), worker()]
    asset = uploaded(clip("nine-seconds.mkv"))
    kills = 0
    while state_of(asset) != "ready" and kills < 12:
        wait_for(lambda: state_of(asset) == "ready" or Job.objects.filter(kind__startswith="streaming.", state="running").exists())
        if wait_for(lambda: state_of(asset) == "ready", limit_s=chance.uniform(0.05, 0.8)):
            break
        workers[kills % 2].kill()
        kills += 1
        workers[kills % 2] = worker()
        Job.objects.open().update(attempts=0)  # kills are counted against the film; that is the promise of the next test
    assert wait_for(lambda: state_of(asset) == "ready"), [(row.key, row.state, row.error[-300:]) for row in Job.objects.exclude(state="done")]
    assert wait_for(lambda: not Job.objects.filter(state="running").exists(), limit_s=10)

    frames = whole_film(asset)
    clock.stop()
    assert frames == {"240": 225, "360": 225}
    assert (Rendition.objects.count(), VideoAsset.objects.get().transcodes.get().state) == (3, "done")
    held(
        "A film is made whatever happens to its workers",
        done=f"kill -9 of a worker {kills} times while 9 s are made by two",
        outcome="one set of renditions, every frame plays",
    )


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_loses_one_piece_at_most(worker, clip, held):
    """Kill -9 at a tenth, half and nine tenths of the film: what was done before is not made again."""
    worker("default", beat=True)
    asset = uploaded(clip("nine-seconds.mkv"))
    for share in (0.1, 0.5, 0.9):
        running = worker()
        assert wait_for(lambda: Piece.objects.exists() or state_of(asset) == "ready")
        total = Piece.objects.count()
        wait_for(lambda total=total, share=share: Piece.objects.filter(done_at__isnull=False).count() >= share * total or state_of(asset) == "ready")
        before = dict(Piece.objects.filter(done_at__isnull=False).values_list("number", "done_at"))
        running.kill()
        after = dict(Piece.objects.filter(done_at__isnull=False).values_list("number", "done_at"))
        assert before.items() <= after.items()
    worker()
    assert wait_for(lambda: state_of(asset) == "ready")
    assert wait_for(lambda: not Job.objects.filter(state="running").exists(), limit_s=10)

    begun = Job.objects.filter(kind="streaming.make_piece").aggregate(times=Sum("attempts"))["times"]
    again = begun - Piece.objects.count()
    assert again <= 3
    assert whole_film(asset) == {"240": 225, "360": 225}
    held("A killed worker costs one piece", done="kill -9 at 10, 50 and 90 %", outcome=f"{again} pieces begun anew by 3 kills; finished ones stay")


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_control_without_a_lease_that_ends_the_film_waits_for_ever(worker, clip, held):
    worker("default", beat=True, env={"JOB_LEASE_S": "600"})
    asset = uploaded(clip("nine-seconds.mkv"))
    first = worker(env={"JOB_LEASE_S": "600"})
    assert wait_for(lambda: Job.objects.filter(state="running", kind="streaming.make_piece").exists())

    first.kill()
    worker()

    assert not wait_for(lambda: state_of(asset) == "ready", limit_s=12)
    assert Job.objects.filter(state="running").exists()
    held("A film is made whatever happens to its workers", done="control: the same with a lease of ten minutes", outcome="the film waits, a row says “running”")


def pieces_done() -> int:
    return Piece.objects.filter(done_at__isnull=False).count()


def is_within_a_piece() -> bool:
    """Of the pictures after the first seconds and the sound; one that is done and only not yet shown does not count."""
    running = Job.objects.filter(kind="streaming.make_piece", state="running").values_list("args__number", flat=True)
    return Piece.objects.filter(done_at__isnull=True, number__in=list(running), number__gt=1).exists()


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_a_film_outlives_a_restart_of_the_database_and_an_empty_broker(own_servers, worker, clip, held):
    """The database is away until a piece has failed for it; later the broker is killed and comes back empty. Nobody restarts a worker."""
    processes = [worker("default", beat=True, env=own_servers.environment), worker(env=own_servers.environment)]
    video = processes[1]
    asset = uploaded(clip("nine-seconds.mkv"))
    assert wait_for(is_within_a_piece)
    own_servers.stop_database()
    assert wait_for(lambda: GAVE_UP in video.log.read_text().partition(FAILED)[2])
    own_servers.start_database()
    done = pieces_done()
    assert wait_for(lambda: pieces_done() > done)
    assert state_of(asset) == "processing"
    own_servers.lose_broker()
    assert wait_for(lambda: all(BROKER_LOST in process.log.read_text() for process in processes))
    own_servers.start_broker()

    assert wait_for(lambda: state_of(asset) == "ready", limit_s=120), [(row.key, row.state, row.error[-300:]) for row in Job.objects.exclude(state="done")]
    assert wait_for(lambda: not Job.objects.filter(state="running").exists(), limit_s=10)
    assert whole_film(asset) == {"240": 225, "360": 225}
    assert (Rendition.objects.count(), VideoAsset.objects.get().transcodes.get().state) == (3, "done")
    assert all(process.process.poll() is None for process in processes)
    held(
        "A film is made whatever happens to database and broker",
        done="the database stopped at once and back after a piece has failed; then the broker killed, back empty",
        outcome="the same workers make the rest unattended: one set of renditions, every frame plays",
    )


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_control_without_a_lease_that_ends_a_restart_of_the_database_stops_the_film(own_servers, worker, clip, held):
    environment = own_servers.environment | {"JOB_LEASE_S": "600"}
    worker("default", beat=True, env=environment)
    video = worker(env=environment)
    asset = uploaded(clip("nine-seconds.mkv"))
    assert wait_for(is_within_a_piece)
    own_servers.stop_database()
    assert wait_for(lambda: GAVE_UP in video.log.read_text().partition(FAILED)[2])
    own_servers.start_database()

    assert not wait_for(lambda: state_of(asset) == "ready", limit_s=12)
    assert Job.objects.filter(state="running").exists()
    held("A film is made whatever happens to database and broker", done="control: the same with a lease of ten minutes", outcome="the film waits")


@pytest.mark.chaos
@pytest.mark.django_db(transaction=True)
def test_a_poisoned_film_ends_while_others_pass(worker, clip, held):
    """Whoever makes its second piece is killed, as by a machine that runs out of memory."""
    worker("default", beat=True)
    poisoned = uploaded(clip("nine-seconds.mkv"))
    workers = [worker(jobs="tests.streaming.poison", env={"POISONED_ASSET": str(poisoned.pk)}, concurrency=1) for _ in range(2)]
    others = [uploaded(clip("tiny.mp4")) for _ in range(2)]
    began = time.monotonic()
    while state_of(poisoned) != "failed" and time.monotonic() < began + 120:
        Job.objects.filter(state="queued", attempts__gt=0).update(run_after="2000-01-01T00:00Z")  # not to wait minutes between tries
        if all(state_of(asset) == "ready" for asset in others):
            passed_s = round(time.monotonic() - began)
            others = []
        time.sleep(0.1)
    assert not others
    poisoned.refresh_from_db()
    dead = Job.objects.get(state="dead")
    assert (poisoned.state, dead.attempts, dead.args["number"]) == ("failed", 5, 1)
    assert poisoned.error.startswith("We could not process this video after several tries.")
    assert passed_s < 60
    assert wait_for(lambda: not Job.objects.open().filter(kind__in=tasks.KINDS).exists(), limit_s=20)
    for process in workers:
        os.kill(process.pid, signal.SIGTERM)
    held(
        "A poisoned film ends, and others pass",
        done="a film whose second piece kills every worker",
        outcome=f"dead after 5 tries with its sentence; two others ready after {passed_s} s",
    )
