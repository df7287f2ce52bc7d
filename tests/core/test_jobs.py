"""The job table: claims, leases, attempts, death."""

import subprocess
import sys
import threading
import time
import uuid
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.contrib.sessions.models import Session
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils import timezone

from core import jobs
from core.models import AuditEntry, Job
from core.tasks import clear_sessions, forget_jobs, sweep_jobs
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.core import JobFactory
from tests.fixtures.at_once import at_once


class Probe:
    """What the test's jobs did and what they should do."""

    def __init__(self):
        self.calls, self.deaths = [], []
        self.act = self.mourn = lambda *args: None

    def run(self, job, **args):
        self.calls.append(args)
        self.act(job)

    def dead(self, *, error, **args):
        self.deaths.append((args, error))
        self.mourn()


@pytest.fixture
def probe(monkeypatch):
    monkeypatch.setattr(jobs, "_kinds", {})
    probe = Probe()
    jobs.job("tests.note", on_dead=probe.dead)(probe.run)
    return probe


@pytest.fixture
def woken(monkeypatch):
    """The ids of the jobs that workers were woken for."""
    calls = []
    monkeypatch.setattr(jobs, "wake", lambda row: calls.append(row.pk) or True)
    return calls


def fail(job):
    raise RuntimeError("a cable came loose")


def refuse(job):
    raise jobs.PermanentFailure("This file is damaged.")


def make_due(**changes):
    Job.objects.update(run_after=Now() - timedelta(seconds=1), **changes)


# enqueue


def test_enqueue_wakes_a_worker_after_commit(db, probe, woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        row = jobs.enqueue("tests.note", key="one", args={"thing": 1})
        assert woken == []

    assert woken == [row.pk]


def test_a_key_is_work_once(db, probe, woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = jobs.enqueue("tests.note", key="one", args={"thing": 1})
        again = jobs.enqueue("tests.note", key="one", args={"thing": 1})

    assert first == again
    assert woken == [first.pk]


def test_a_done_job_is_not_queued_again(db, probe):
    row = jobs.enqueue("tests.note", key="one")
    jobs.run(row.pk)

    assert jobs.enqueue("tests.note", key="one").state == Job.State.DONE
    assert not jobs.run(row.pk)
    assert len(probe.calls) == 1


@pytest.mark.parametrize("other", [{"thing": 2}, {}, {"thing": 1, "more": 1}])
def test_a_key_taken_by_other_work_is_a_bug_that_shows(db, probe, other):
    jobs.enqueue("tests.note", key="one", args={"thing": 1})

    with pytest.raises(ValueError, match="taken by other work"):
        jobs.enqueue("tests.note", key="one", args=other)

    assert Job.objects.count() == 1


def test_args_that_json_writes_differently_still_compare_equal(db, probe):
    first = jobs.enqueue("tests.note", key="one", args={"pair": (1, 2)})

    assert jobs.enqueue("tests.note", key="one", args={"pair": (1, 2)}) == first


@pytest.mark.parametrize("wrong", [{"user": object()}, {"number": float("nan")}])
def test_args_that_are_not_json_are_refused(db, probe, wrong):
    with pytest.raises((TypeError, ValueError)):
        jobs.enqueue("tests.note", key="one", args=wrong)

    assert not Job.objects.exists()


def test_an_unknown_kind_cannot_be_queued(db, probe):
    with pytest.raises(KeyError):
        jobs.enqueue("tests.unheard_of", key="one")


def test_a_job_for_later_wakes_nobody_and_is_not_claimed(db, probe, woken, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        row = jobs.enqueue("tests.note", key="one", run_after=timezone.now() + timedelta(hours=1))

    assert woken == []
    assert jobs.claim(row.pk) is None
    assert jobs.sweep() == 0


def test_a_job_is_due_by_the_database_clock_at_once(db, probe, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: timezone.datetime(2099, 1, 1, tzinfo=timezone.get_default_timezone()))

    row = jobs.enqueue("tests.note", key="one")

    assert jobs.claim(row.pk) == row


@pytest.mark.django_db(transaction=True)
def test_work_of_a_transaction_that_is_undone_never_was(probe, woken):
    def undone():
        with transaction.atomic():
            jobs.enqueue("tests.note", key="one")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()

    assert not Job.objects.exists()
    assert woken == []


@pytest.mark.django_db(transaction=True)
def test_two_transactions_with_one_key_make_one_job(probe, woken):
    def request():
        with transaction.atomic():
            jobs.enqueue("tests.note", key="one", args={"thing": 1})

    at_once(request, request)

    assert Job.objects.count() == 1
    assert len(woken) == 1


# waking


def test_a_broker_that_is_down_costs_nothing_and_is_left_alone_for_a_while(db, probe, monkeypatch):
    sent = []

    class Broker:
        def send_task(self, *args, **kwargs):
            sent.append(args)
            raise OSError("connection refused")

    monkeypatch.setattr(jobs, "current_app", Broker())
    monkeypatch.setattr(jobs, "_broker_rests_until", 0.0)
    rows = JobFactory.create_batch(3)

    assert [jobs.wake(row) for row in rows] == [False, False, False]
    assert len(sent) == 1
    assert jobs.sweep() == 0


def test_a_wake_up_call_carries_the_id_and_the_time_limit_alone(db, probe, monkeypatch):
    sent = []

    class Broker:
        def send_task(self, name, **options):
            sent.append((name, options))

    monkeypatch.setattr(jobs, "current_app", Broker())
    monkeypatch.setattr(jobs, "_broker_rests_until", 0.0)
    row = JobFactory(args={"secret": "x"})

    assert jobs.wake(row)
    assert sent == [("core.run_job", {"args": [row.pk], "queue": "default", "retry": False, "time_limit": jobs.DEFAULT_TIME_LIMIT_S})]


# claim and run


def test_run_does_the_work_and_marks_it_done(db, probe):
    row = jobs.enqueue("tests.note", key="one", args={"thing": 1})

    assert jobs.run(row.pk)

    row.refresh_from_db()
    assert (row.state, row.progress, row.attempts, row.lease_until, row.error) == ("done", 100, 1, None, "")
    assert row.finished_at is not None
    assert probe.calls == [{"thing": 1}]


def test_a_claim_holds_a_lease_by_the_database_clock(db, probe, settings):
    settings.JOB_LEASE_S = 60
    row = jobs.claim(JobFactory().pk)

    left = Job.objects.filter(pk=row.pk, lease_until__gt=Now() + timedelta(seconds=58), lease_until__lte=Now() + timedelta(seconds=60))

    assert left.exists()
    assert jobs.claim(row.pk) is None


def test_an_abandoned_job_is_taken_over_and_says_what_happened(db, probe):
    abandoned = JobFactory(abandoned=True)

    row = jobs.claim(abandoned.pk)

    assert (row.attempts, row.error) == (2, "The worker stopped without a word during attempt 1.")
    assert row.claim_token != abandoned.claim_token


def test_the_old_worker_of_a_job_that_was_taken_over_can_write_nothing_more(db, probe):
    row = jobs.claim(JobFactory().pk)
    new_token = uuid.uuid4()

    def taken_over(job):
        Job.objects.update(claim_token=new_token)
        with pytest.raises(jobs.ClaimLost):
            job.report(50)
        job.renew()
        assert job.lost.is_set()
        raise jobs.ClaimLost

    probe.act = taken_over
    make_due(state=Job.State.QUEUED, claim_token=None, lease_until=None)

    assert not jobs.run(row.pk)
    row.refresh_from_db()
    assert (row.state, row.claim_token, row.progress) == (Job.State.RUNNING, new_token, 0)


@pytest.mark.parametrize("end", [lambda job: None, fail, refuse])
def test_no_ending_of_the_old_worker_touches_the_new_workers_claim(db, probe, end):
    row, new_token = JobFactory(), uuid.uuid4()

    def taken_over(job):
        Job.objects.update(claim_token=new_token)
        end(job)

    probe.act = taken_over

    assert not jobs.run(row.pk)
    row.refresh_from_db()
    assert (row.state, row.claim_token) == (Job.State.RUNNING, new_token)
    assert probe.deaths == []


def test_report_shows_progress_within_bounds_and_renews_the_lease(db, probe, settings):
    row = jobs.claim(JobFactory().pk)
    settings.JOB_LEASE_S = 3600

    jobs.RunningJob(row).report(140, "packing " + "x" * 200)

    row.refresh_from_db()
    assert (row.progress, len(row.stage)) == (100, 120)
    assert row.lease_until > timezone.now() + timedelta(minutes=50)


def test_a_job_of_a_kind_this_worker_does_not_know_waits_without_an_attempt(db, probe):
    row = JobFactory(kind="tests.from_next_release")

    assert not jobs.run(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("queued", 0)
    assert row.run_after > timezone.now() + timedelta(seconds=30)
    assert "Restart the workers" in row.error


@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_while_a_long_job_works(probe, settings):
    settings.JOB_LEASE_S, settings.JOB_RENEW_S = 60, 0.1
    row = JobFactory()

    def work(job):
        lease, end = Job.objects.get().lease_until, time.monotonic() + 50
        while Job.objects.get().lease_until < lease + timedelta(seconds=0.5):  # renewed again and again
            assert time.monotonic() < end
            time.sleep(0.05)
        assert jobs.claim(job.row.pk) is None

    probe.act = work

    assert jobs.run(row.pk)
    assert len(probe.calls) == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_with_one_message_run_it_once(probe):
    entered = threading.Event()
    probe.act = lambda job: entered.wait(0.05)

    for row in JobFactory.create_batch(12):
        assert sorted(at_once(*[partial(jobs.run, row.pk)] * 2)) == [False, True]

    assert len(probe.calls) == 12


@pytest.mark.django_db(transaction=True)
def test_a_job_survives_a_connection_that_broke_while_it_worked(probe):
    row = JobFactory()

    def cut(job):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
        cut_from_elsewhere(backend)
        job.report(50)

    probe.act = cut

    assert jobs.run(row.pk)
    row.refresh_from_db()
    assert row.state == "done"


@pytest.mark.django_db(transaction=True)
def test_a_job_that_failed_with_a_broken_connection_is_queued_again(probe):
    row = JobFactory()

    def cut(job):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            (backend,) = cursor.fetchone()
        cut_from_elsewhere(backend)
        Job.objects.count()

    probe.act = cut

    assert not jobs.run(row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("queued", 1)


# failure and death


def test_a_failure_is_tried_again_later_with_its_traceback(db, probe):
    probe.act = fail
    row = JobFactory()

    assert not jobs.run(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts, row.claim_token, row.woken_at) == ("queued", 1, None, None)
    assert "a cable came loose" in row.error
    assert row.run_after > timezone.now() + timedelta(seconds=jobs.RETRY_DELAYS_S[0] - 2)
    assert probe.deaths == []


def test_a_kind_may_wait_longer_between_its_tries(db, probe):
    jobs.job("tests.patient", retry_delays_s=(30, 7200))(probe.run)
    probe.act, waits = fail, []
    row = JobFactory(kind="tests.patient")

    for _ in range(3):
        jobs.run(row.pk)
        row.refresh_from_db()
        waits.append(round((row.run_after - timezone.now()).total_seconds(), -1))
        make_due()

    assert waits == [30, 7200, 7200]


def test_after_five_failures_the_job_is_dead_and_its_owner_told_once(db, probe):
    probe.act = fail
    row = JobFactory(args={"thing": 7})

    for _ in range(8):
        make_due()
        jobs.run(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts, len(probe.calls)) == ("dead", 5, 5)
    assert [args for args, error in probe.deaths] == [{"thing": 7}]
    assert "a cable came loose" in probe.deaths[0][1]


def test_a_job_whose_worker_died_five_times_is_buried_by_the_next_claim(db, probe):
    row = JobFactory(abandoned=True, attempts=5)

    assert not jobs.run(row.pk)

    row.refresh_from_db()
    assert (row.state, probe.calls) == ("dead", [])
    assert "stopped without a word during attempt 5" in probe.deaths[0][1]


def test_a_permanent_failure_is_dead_at_once(db, probe):
    probe.act = refuse
    row = JobFactory()

    assert not jobs.run(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == ("dead", 1, "This file is damaged.")
    assert len(probe.deaths) == 1


def test_the_owner_is_told_in_the_transaction_that_buries(db, probe):
    def check():
        assert connection.in_atomic_block
        assert Job.objects.get().state == "dead"

    probe.act, probe.mourn = refuse, check
    row = JobFactory()

    jobs.run(row.pk)

    row.refresh_from_db()
    assert row.state == "dead"


def test_an_owner_that_cannot_be_told_now_is_told_later(db, probe):
    def deadlock():
        raise OperationalError("deadlock detected")

    probe.act, probe.mourn = refuse, deadlock
    row = JobFactory()
    jobs.run(row.pk)
    row.refresh_from_db()
    waiting = row.state
    probe.mourn = lambda: None
    make_due()

    jobs.run(row.pk)

    row.refresh_from_db()
    assert (waiting, row.state, row.error) == ("queued", "dead", "This file is damaged.")
    assert (len(probe.calls), len(probe.deaths)) == (1, 2)


def test_an_owner_that_can_never_be_told_does_not_keep_the_job_alive(db, probe):
    def broken():
        raise RuntimeError("the listener is broken")

    probe.act, probe.mourn = refuse, broken
    row = JobFactory()

    for _ in range(9):
        make_due()
        jobs.run(row.pk)

    row.refresh_from_db()
    assert (row.state, len(probe.calls), len(probe.deaths)) == ("dead", 1, jobs.MAX_BURIALS)
    assert "This file is damaged." in row.error
    assert "the listener is broken" in row.error


@pytest.mark.django_db(transaction=True)
def test_two_workers_bury_a_job_once(probe):
    row = JobFactory(abandoned=True, attempts=5)
    slow = threading.Event()
    probe.mourn = lambda: slow.wait(0.3)

    at_once(*[lambda: jobs.run(row.pk)] * 2)

    assert len(probe.deaths) == 1


# retry and sweep


def test_retry_gives_a_dead_job_five_more_attempts_and_notes_who_asked(db, probe, woken, django_capture_on_commit_callbacks):
    row, staff = JobFactory(dead=True), user_with_role("staff")

    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.retry(row, by=staff)

    row.refresh_from_db()
    entry = AuditEntry.objects.get()
    assert (row.state, row.attempts, row.error) == ("queued", 0, "It broke.")
    assert woken == [row.pk]
    assert (entry.actor, entry.action, entry.subject) == (staff, "core.retry_job", f"core.Job:{row.pk}")
    assert jobs.run(row.pk)


@pytest.mark.parametrize("state", [{}, {"running": True}, {"state": "done"}])
def test_retry_leaves_a_job_that_is_not_dead_alone(db, probe, woken, state):
    row = JobFactory(**state)

    assert not jobs.retry(row, by=UserFactory())

    row.refresh_from_db()
    assert row.state == state.get("state", "running" if state else "queued")
    assert not AuditEntry.objects.exists()


def test_the_sweeper_wakes_what_is_due_and_nothing_else(db, probe, woken):
    lost, abandoned = JobFactory(), JobFactory(abandoned=True)
    JobFactory(running=True)
    JobFactory(dead=True)
    JobFactory(state="done")
    JobFactory(run_after=timezone.now() + timedelta(hours=1))

    assert jobs.sweep() == 2
    assert sorted(woken) == [lost.pk, abandoned.pk]


def test_the_sweeper_does_not_fill_a_long_queue_with_repeats(db, probe, woken, settings):
    settings.JOB_WAKE_AGAIN_S = 30
    row = JobFactory()

    counts = [jobs.sweep(), jobs.sweep()]
    Job.objects.update(woken_at=timezone.now() - timedelta(seconds=31))
    counts.append(jobs.sweep())

    assert counts == [1, 0, 1]
    assert woken == [row.pk, row.pk]


def test_a_failed_job_is_swept_as_soon_as_it_is_due(db, probe, woken):
    probe.act = fail
    row = JobFactory(woken_at=timezone.now())
    jobs.run(row.pk)

    assert jobs.sweep() == 0
    make_due()
    assert jobs.sweep() == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_at_once_share_the_work(probe, woken):
    JobFactory.create_batch(40)

    at_once(*[jobs.sweep] * 2)

    assert len(woken) == len(set(woken)) == 40


# by the clock


@pytest.fixture
def clock_at(probe, monkeypatch):
    """Sets the database's clock, as far as periods go; `tests.hourly` is due once an hour."""
    jobs.job("tests.hourly", forget_done=True)(probe.run)
    monkeypatch.setattr(jobs, "_periods", {})
    jobs.periodic("tests.hourly", every=timedelta(hours=1))

    def set_to(hour, minute=0):
        monkeypatch.setattr(jobs, "database_now", lambda: datetime(2026, 11, 22, hour, minute, tzinfo=UTC))

    return set_to


def test_a_periodic_job_is_queued_once_in_each_period(db, probe, clock_at):
    queued = []
    for hour, minute in [(9, 0), (9, 30), (9, 59), (10, 0), (10, 1)]:
        clock_at(hour, minute)
        queued += [row.key for row in jobs.queue_periodic()]
        Job.objects.update(state=Job.State.DONE)

    assert queued == ["tests.hourly:2026-11-22T09:00:00Z", "tests.hourly:2026-11-22T10:00:00Z"]


def test_missed_periods_are_not_made_up(db, probe, clock_at):
    clock_at(9)
    jobs.queue_periodic()
    Job.objects.update(state=Job.State.DONE)
    clock_at(15)
    jobs.queue_periodic()

    assert list(Job.objects.order_by("pk").values_list("key", flat=True)) == ["tests.hourly:2026-11-22T09:00:00Z", "tests.hourly:2026-11-22T15:00:00Z"]


def test_nothing_piles_up_while_no_worker_runs(db, probe, clock_at):
    for hour in range(9, 18):
        clock_at(hour)
        jobs.queue_periodic()

    assert Job.objects.count() == 1


def test_a_dead_run_does_not_keep_the_next_period_from_its_own(db, probe, clock_at):
    clock_at(9)
    jobs.queue_periodic()
    Job.objects.update(state=Job.State.DEAD)
    clock_at(10)

    assert len(jobs.queue_periodic()) == 1


@pytest.mark.django_db(transaction=True)
def test_two_sweepers_queue_each_period_once(probe, woken, clock_at):
    """Control: a key without the period's start makes one job in all, a key with the sweeper's own time two in each."""
    for hour in range(8):
        clock_at(hour)
        at_once(*[jobs.queue_periodic] * 4)
        Job.objects.update(state=Job.State.DONE)

    assert Job.objects.count() == 8
    assert len(woken) == 8


def test_the_sweepers_own_task_queues_what_is_due(db, probe, woken, clock_at):
    clock_at(9)

    sweep_jobs()

    assert Job.objects.get().kind == "tests.hourly"


# forgetting


def test_long_done_jobs_of_forgettable_kinds_are_forgotten(db, probe, clock_at):
    long_ago = timezone.now() - timedelta(days=31)
    JobFactory(kind="tests.hourly", state="done", finished_at=long_ago)
    recent = JobFactory(kind="tests.hourly", state="done", finished_at=timezone.now() - timedelta(days=29))
    kept = [JobFactory(kind="tests.note", state="done", finished_at=long_ago), JobFactory(kind="tests.hourly", state="dead", finished_at=long_ago)]
    kept.append(JobFactory(kind="tests.hourly", key="waits", run_after=long_ago))

    assert jobs.forget_done() == 1
    assert set(Job.objects.all()) == {recent, *kept}


def test_the_last_job_of_a_kind_is_kept_however_old(db, probe, clock_at):
    """A period may be longer than what is kept: forgetting its job would queue the period again."""
    jobs.periodic("tests.hourly", every=timedelta(days=365))
    clock_at(9)
    (row,) = jobs.queue_periodic()
    Job.objects.update(state=Job.State.DONE, finished_at=timezone.now() - timedelta(days=200))

    assert jobs.forget_done() == 0
    assert jobs.queue_periodic() == []
    assert list(Job.objects.all()) == [row]


def test_the_pruning_job_works_through_everything_in_pieces(db, probe, clock_at, monkeypatch):
    JobFactory.create_batch(5, kind="tests.hourly", state="done", finished_at=timezone.now() - timedelta(days=31))
    running = jobs.claim(JobFactory().pk)
    monkeypatch.setattr(jobs.forget_done, "__defaults__", (2,))

    forget_jobs(jobs.RunningJob(running))

    assert Job.objects.filter(kind="tests.hourly").count() == 1


def test_expired_sessions_are_cleared(db):
    Session.objects.create(session_key="old", session_data="", expire_date=timezone.now() - timedelta(days=1))
    Session.objects.create(session_key="new", session_data="", expire_date=timezone.now() + timedelta(days=1))

    clear_sessions(jobs.RunningJob(JobFactory()))

    assert [session.session_key for session in Session.objects.all()] == ["new"]


# the rows themselves


@pytest.mark.parametrize("wrong", [{"progress": 101}, {"state": "running"}])
def test_the_database_refuses_a_job_that_breaks_a_rule(db, wrong):
    with pytest.raises(IntegrityError), transaction.atomic():
        JobFactory(**wrong)

    assert not Job.objects.exists()


def cut_from_elsewhere(backend):
    """End a database session from another one, as a restart of Postgres does."""

    def cut():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 60000)", [backend])
        connection.close()

    thread = threading.Thread(target=cut)
    thread.start()
    thread.join(100)


def test_the_clock_keeps_the_schedule_and_loads_none_of_the_site():
    program = (
        "import sys; from smrt_platform.clock import app; app.loader.init_worker(); app.finalize(); "
        "print(list(app.conf.beat_schedule), any(name.endswith('.models') for name in sys.modules))"
    )

    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert answer.stdout.split("\n")[0] == "['core.sweep_jobs'] False"


def test_what_waits_for_something_is_run_again_and_counts_as_no_attempt(db, probe, woken):
    def wait(job):
        raise jobs.Postponed("The original is on its way back.", delay=timedelta(hours=1))

    row = JobFactory(kind="tests.note", attempts=2)
    probe.act = wait

    assert jobs.run(row.pk) is False

    row.refresh_from_db()
    assert (row.state, row.attempts, row.stage, row.error, row.lease_until) == (Job.State.QUEUED, 2, "The original is on its way back.", "", None)
    assert timedelta(minutes=59) < row.run_after - timezone.now() < timedelta(minutes=61)
