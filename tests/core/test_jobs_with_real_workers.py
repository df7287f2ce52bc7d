"""What the job table promises when real workers are killed and the real broker forgets (RELIABILITY §3).

Every test states its control: what must be taken away for it to fail.
"""

import contextlib
import os
import signal
import time

import pytest
from celery import current_app
from django.conf import settings
from django.db import transaction

from core import jobs
from core.models import Job
from embedded.processes import spawn
from embedded.servers import valkey_server
from tests.core.probe_jobs import lines  # this also registers the kinds in this process
from tests.fixtures.site_processes import SiteProcess, use_broker

FAST = {"JOB_LEASE_S": "3", "JOB_RENEW_S": "0.4", "JOB_SWEEP_S": "0.5", "JOB_WAKE_AGAIN_S": "1"}
LASTING = {"JOB_LEASE_S": "60"}  # where no lease may lapse: a machine with other work can keep a worker from renewing its own for seconds
UNTIL_KILLED_S = 600


@pytest.fixture
def worker(celery_worker_process, settings, monkeypatch):
    """Starts a worker with short leases; the one with `beat=True` sweeps twice a second."""
    settings.JOB_LEASE_S, settings.JOB_WAKE_AGAIN_S = float(FAST["JOB_LEASE_S"]), float(FAST["JOB_WAKE_AGAIN_S"])
    monkeypatch.setattr(jobs, "_broker_rests_until", 0.0)
    monkeypatch.setattr(jobs, "BROKER_REST_S", 0.2)

    def start(**options):
        return celery_worker_process(jobs="tests.core.probe_jobs", env=FAST | options.pop("env", {}), **options)

    return start


@pytest.fixture
def own_broker(tmp_path, real_broker):
    """A broker that this test may stop and start: `start()`, `stop()`, `url`. It keeps nothing on disk."""

    class OwnBroker:
        path = tmp_path / "v.sock"
        url = f"redis+socket://{path}"
        process = None

        def start(self):
            command = [valkey_server(), "--port", 0, "--unixsocket", self.path, "--dir", tmp_path, "--save", "", "--appendonly", "no"]
            self.process = SiteProcess(spawn(command, death_signal=signal.SIGKILL, log=tmp_path / "valkey.log"), tmp_path / "valkey.log")
            self.process.wait_for(self.path.exists)

        def stop(self):
            self.process.kill()
            self.path.unlink(missing_ok=True)

    broker = OwnBroker()
    use_broker(broker.url)
    yield broker
    if broker.process:
        broker.stop()


def wait_until(ready, limit_s=150):
    end = time.monotonic() + limit_s
    while not ready():
        assert time.monotonic() < end, [(row.key, row.state, row.attempts, row.error) for row in Job.objects.exclude(state="done")[:5]]
        time.sleep(0.05)


def all_done():
    return not Job.objects.exclude(state=Job.State.DONE).exists()


def queue(kind, key, lane="", **args):
    with transaction.atomic():
        return jobs.enqueue(kind, key=key, args=args, queue=lane)


def test_a_job_outlives_kill_9_of_its_whole_worker(worker, tmp_path):
    """Control: with a lease that does not lapse (JOB_LEASE_S=90) the job still waits when the test gives up."""
    first = worker()
    queue("probe.slow", "one", folder=str(tmp_path), seconds=UNTIL_KILLED_S)
    wait_until(lambda: lines(tmp_path, "starts"))

    first.kill()
    worker(beat=True, env=LASTING)
    wait_until(all_done)

    assert lines(tmp_path, "effects") == ["2"]
    assert Job.objects.get(kind="probe.slow").attempts == 2


def test_a_job_outlives_kill_9_of_the_child_that_ran_it(worker, tmp_path):
    """Control: with a lease that does not lapse nobody takes it up again."""
    worker(beat=True)
    queue("probe.slow", "one", folder=str(tmp_path), seconds=UNTIL_KILLED_S)
    wait_until(lambda: lines(tmp_path, "starts"))

    os.kill(int(lines(tmp_path, "starts")[0]), signal.SIGKILL)
    wait_until(all_done)

    assert lines(tmp_path, "effects") == ["2"]


def test_a_job_longer_than_its_lease_is_worked_on_once(worker, tmp_path):
    """Control: with JOB_RENEW_S above the lease another worker starts it as well."""
    worker(beat=True, concurrency=2, env={"JOB_LEASE_S": "6"})
    queue("probe.slow", "one", folder=str(tmp_path), seconds=8)
    wait_until(all_done)

    assert (lines(tmp_path, "effects"), len(lines(tmp_path, "starts"))) == (["1"], 1)


def test_fifty_jobs_outlive_a_broker_that_forgets_everything(worker, own_broker, tmp_path):
    """Control: without the sweeper nothing is done, the messages are gone for good."""
    own_broker.start()
    for number in range(50):
        queue("probe.quick", f"job:{number}", folder=str(tmp_path), number=number)
    with current_app.connection_for_read() as connection:
        waiting = connection.default_channel.client.llen("default")
        connection.default_channel.client.flushall()

    own_broker.stop()
    own_broker.start()
    worker(beat=True, concurrency=2, env=LASTING | {"TEST_BROKER_URL": own_broker.url})
    wait_until(all_done)

    assert waiting == 50
    assert sorted(lines(tmp_path, "effects"), key=int) == [str(number) for number in range(50)]


def test_a_broker_that_restarts_under_a_working_worker_is_found_again(worker, own_broker, tmp_path):
    """Control: with the broker left down the jobs stay queued."""
    own_broker.start()
    worker(beat=True, env=LASTING | {"TEST_BROKER_URL": own_broker.url})
    queue("probe.slow", "slow", folder=str(tmp_path), seconds=2.0)
    wait_until(lambda: lines(tmp_path, "starts"))

    own_broker.stop()
    queue("probe.quick", "while it was down", folder=str(tmp_path), number=7)
    own_broker.start()
    wait_until(all_done)

    assert sorted(lines(tmp_path, "effects")) == ["1", "7"]


def test_queueing_with_the_broker_down_neither_fails_nor_waits(worker, own_broker, tmp_path):
    """Control: with kombu's own retries (no max_retries among the transport options) the first call alone takes 6 s."""
    begun = time.monotonic()
    for number in range(5):
        queue("probe.quick", f"job:{number}", folder=str(tmp_path), number=number)
    took = time.monotonic() - begun

    own_broker.start()
    worker(beat=True, env=LASTING | {"TEST_BROKER_URL": own_broker.url})
    wait_until(all_done)

    assert took < 6
    assert sorted(lines(tmp_path, "effects")) == ["0", "1", "2", "3", "4"]


def test_every_effect_happens_once_with_two_sweepers_and_repeated_messages(worker, tmp_path):
    """Control: a claim without FOR UPDATE SKIP LOCKED runs some of them twice."""
    worker(beat=True, concurrency=2, env=LASTING)
    worker(beat=True, concurrency=2, env=LASTING)
    for number in range(30):
        row = queue("probe.quick", f"job:{number}", folder=str(tmp_path), number=number)
        for _ in range(3):
            jobs.wake(row)
    wait_until(all_done)
    time.sleep(1)  # what was sent too often arrives too

    assert sorted(lines(tmp_path, "effects"), key=int) == [str(number) for number in range(30)]


def test_a_poison_job_dies_after_five_attempts_while_others_pass(worker, tmp_path):
    """Control: Celery's own redelivery runs it for ever; here the attempts are counted in the row."""
    worker(beat=True, concurrency=2)
    poison = queue("probe.poison", "poison", folder=str(tmp_path))
    for number in range(10):
        queue("probe.quick", f"job:{number}", folder=str(tmp_path), number=number)
    wait_until(lambda: Job.objects.filter(state=Job.State.DONE).count() == 10)
    wait_until(lambda: Job.objects.get(pk=poison.pk).state == Job.State.DEAD)

    poison.refresh_from_db()
    assert (poison.attempts, len(lines(tmp_path, "starts")), lines(tmp_path, "buried")) == (5, 5, ["once"])
    assert "stopped without a word" in poison.error


def test_a_job_that_never_ends_is_killed_at_its_time_limit(worker, tmp_path):
    """Control: without the limit in the message the first run goes on for ten minutes."""
    worker(beat=True)
    row = queue("probe.endless", "endless", folder=str(tmp_path))
    wait_until(lambda: len(lines(tmp_path, "starts")) >= 2)

    with contextlib.suppress(ProcessLookupError):
        os.kill(int(lines(tmp_path, "starts")[0]), 0)
        pytest.fail("The first run was not ended.")
    row.refresh_from_db()
    assert row.attempts >= 2


def test_a_worker_empties_the_first_of_its_queues_first(celery_worker_process, tmp_path):
    """Control: with Celery's own order (no queue_order_strategy) the two queues take turns."""
    for number in range(6):
        queue("probe.quick", f"late:{number}", lane="video", folder=str(tmp_path), number=number)
    for number in range(6, 9):
        queue("probe.quick", f"first:{number}", lane="video-first", folder=str(tmp_path), number=number)

    celery_worker_process("video-first", "video", jobs="tests.core.probe_jobs", env=FAST)
    wait_until(all_done)

    assert lines(tmp_path, "effects") == ["6", "7", "8", "0", "1", "2", "3", "4", "5"]


def test_the_schedule_sweeps():
    entry = settings.CELERY_BEAT_SCHEDULE["core.sweep_jobs"]

    assert (entry["task"], entry["schedule"]) == ("core.sweep_jobs", 15.0)
