"""Background work that survives crashes: Celery and Redis alone lost, doubled or looped it in trials.

`enqueue` writes a `Job` row in the caller's transaction; after commit a Celery message wakes a worker.
A worker claims the row with SKIP LOCKED under a lease, renews the lease while it works, and finishes only if
the claim is still its own. The sweeper re-sends whatever is due, so a lost message costs seconds, not work.

All times are the database's. What is promised is at least once: a worker that dies after a job function's last
commit and before the job is marked done leaves a job that runs again, so a job function bears running twice.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, connections, transaction
from django.db.models import Q
from django.db.models.functions import Now

from core import clock
from core.audit import record_audit
from core.models import Job

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
MAX_BURIALS = 3  # tries to tell the owner of a job that died
RETRY_DELAYS_S = (5, 20, 60, 300)
UNKNOWN_KIND_DELAY_S = 60
DEFAULT_TIME_LIMIT_S = 15 * 60
LONG_TIME_LIMIT_S = 6 * 3600  # queues other than "default" exist for long work
BROKER_REST_S = 5.0
FORGET_AFTER = timedelta(days=30)
ERROR_LENGTH = 4000
SILENT = "The worker stopped without a word"  # how the error of a run begins that was killed


class ClaimLost(Exception):
    """Another worker took this job over; stop and write nothing more."""


class PermanentFailure(Exception):
    """Trying again cannot help (a damaged file, say): the job is dead at once. The message is shown to staff."""


class Postponed(Exception):
    """What the job needs is not there yet (a file on its way back from an archive, say): it is run again after `delay`.

    That is no failure and counts as no attempt. The message is shown as the job's stage meanwhile.
    """

    def __init__(self, message: str, *, delay: timedelta):
        super().__init__(message)
        self.delay = delay


@dataclass(frozen=True)
class Kind:
    name: str
    function: Callable[..., None]
    queue: str
    on_dead: Callable[..., None] | None
    time_limit_s: int
    retry_delays_s: tuple[int, ...]
    forget_done: bool


_kinds: dict[str, Kind] = {}
_periods: dict[str, timedelta] = {}


def job(
    name: str,
    *,
    queue: str = "default",
    on_dead: Callable[..., None] | None = None,
    time_limit_s: int | None = None,
    retry_delays_s: tuple[int, ...] = RETRY_DELAYS_S,
    forget_done: bool = False,
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function `f(job: RunningJob, **args)` for jobs of kind `name`.

    It takes primary keys, refetches, calls one service and bears running twice. `on_dead(**args, error=str)` is
    called once when the job dies, in the transaction that marks it dead, so that the thing it worked on can say so.
    A run longer than `time_limit_s` is killed and counts as an attempt. `retry_delays_s` are the waits after each failure.

    A done job's row is what makes a second `enqueue` harmless, so it stays. `forget_done` lets it be deleted after
    FORGET_AFTER: say so only where no key of this kind is queued again so late, or where a second run changes nothing.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        limit = time_limit_s or (DEFAULT_TIME_LIMIT_S if queue == "default" else LONG_TIME_LIMIT_S)
        _kinds[name] = Kind(name, function, queue, on_dead, limit, retry_delays_s, forget_done)
        return function

    return register


def periodic(kind: str, *, every: timedelta) -> None:
    """Have the sweeper queue a job of `kind`, without arguments, once in each period of `every` (counted from 1970, UTC).

    However many sweepers run, each period has one job: its key holds the period's start by the database's clock. A period
    in which nobody swept is not made up for, and none is queued while an earlier one still waits or runs.
    """
    _periods[kind] = every


def queue_periodic() -> list[Job]:
    """Queue what is due by the clock; returns what this call queued."""
    now = database_now()
    keys = {f"{kind}:{_period_start(now, every):%Y-%m-%dT%H:%M:%SZ}": kind for kind, every in _periods.items()}
    settled = set(Job.objects.filter(key__in=keys).values_list("key", flat=True))
    busy = set(Job.objects.open().filter(kind__in=keys.values()).values_list("kind", flat=True))
    return [enqueue(kind, key=key) for key, kind in keys.items() if key not in settled and kind not in busy]


def _period_start(now: datetime, every: timedelta) -> datetime:
    seconds = int(every.total_seconds())
    return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, tz=UTC)


def database_now() -> datetime:
    """The database's clock, which all machines share."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (now,) = cursor.fetchone()
    return now


def forget_done(limit: int = 10_000) -> int:
    """Delete jobs of forgettable kinds that are long done; returns how many. Dead jobs stay for people to look at.

    The last job of each kind stays too: the one of the current period, should a period be longer than FORGET_AFTER.
    """
    kinds = [kind.name for kind in _kinds.values() if kind.forget_done]
    done = Job.objects.filter(state=Job.State.DONE, kind__in=kinds)
    latest = done.order_by("kind", "-pk").distinct("kind").values("pk")
    old = done.filter(finished_at__lt=Now() - FORGET_AFTER).exclude(pk__in=latest).order_by("pk")
    return Job.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:limit])).delete()[0]


def enqueue(kind: str, *, key: str, args: dict[str, Any] | None = None, run_after: datetime | None = None, queue: str = "") -> Job:
    """Queue work inside the caller's transaction; a second call with the same `key` returns the first job, whatever its state.

    `queue` puts this one job on another queue than its kind's, such as the one that the same workers empty first.

    Raises ValueError when the key stands for other work, TypeError when `args` are not JSON.
    """
    registered = _kinds[kind]
    args = json.loads(json.dumps(args or {}, allow_nan=False))  # as they will be read back, so that a repeat compares equal
    values: dict[str, Any] = {"kind": kind, "args": args, "queue": queue or registered.queue}
    wake_now = run_after is None or run_after <= clock.now()
    values |= {"woken_at": Now()} if wake_now else {"run_after": run_after}
    found, created = Job.objects.get_or_create(key=key, defaults=values)
    if not created and (found.kind, found.args) != (kind, args):
        raise ValueError(f"Job key {key!r} is taken by other work.")
    if created and wake_now:
        found.woken_at = found.created_at  # what the database wrote, near enough, without another query
        transaction.on_commit(lambda: wake(found))
    return found


_broker_rests_until = 0.0


def wake(row: Job) -> bool:
    """Send the wake-up message. A broker that is down costs nothing: the sweeper sends it again.

    After a failure the broker is left alone for a few seconds, so that pages do not all wait for it in turn.
    """
    global _broker_rests_until
    if time.monotonic() < _broker_rests_until:
        return False
    kind = _kinds.get(row.kind)
    limit = kind.time_limit_s if kind else LONG_TIME_LIMIT_S
    try:
        current_app.send_task("core.run_job", args=[row.pk], queue=row.queue, retry=False, time_limit=limit)
    except Exception as error:
        _broker_rests_until = time.monotonic() + BROKER_REST_S
        logger.warning("The broker did not take job %s (%s); the sweeper will send it again.", row.pk, error)
        return False
    return True


class RunningJob:
    """What a job function may ask of its job while it holds the claim."""

    def __init__(self, row: Job):
        self.row = row
        self.lost = threading.Event()

    def report(self, progress: int, stage: str = "") -> None:
        """Show progress (percent) and renew the lease. Raises ClaimLost when another worker has the job."""
        values = {"progress": max(0, min(100, progress)), "stage": stage[:120], "lease_until": Now() + _lease(), "updated_at": Now()}
        if not _steadily(lambda: _held(self.row).update(**values)):
            self.lost.set()
            raise ClaimLost(self.row.key)

    def renew(self) -> None:
        if not _held(self.row).update(lease_until=Now() + _lease()):
            self.lost.set()


def _lease() -> timedelta:
    return timedelta(seconds=settings.JOB_LEASE_S)


def _due() -> Q:
    return Q(state=Job.State.QUEUED, run_after__lte=Now()) | Q(state=Job.State.RUNNING, lease_until__lt=Now())


def _held(row: Job) -> Any:
    """The row, as long as the claim that `row` was read with is the one in force."""
    return Job.objects.filter(pk=row.pk, claim_token=row.claim_token, state=row.state)


def _steadily(write: Callable[[], int]) -> int:
    """Write once more on a new connection when the old one broke: Postgres may restart during an hour of transcoding."""
    try:
        return write()
    except (OperationalError, InterfaceError):
        if connection.in_atomic_block:
            raise
        connection.close()
        return write()


def _mend_connection() -> None:
    """Drop a connection that an error left unusable, so that what is written next gets a new one."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def claim(pk: int) -> Job | None:
    """Take a due job, or None when it is done, not due, another worker's, or of a kind this worker does not know."""
    with transaction.atomic():
        row = Job.objects.select_for_update(skip_locked=True).filter(_due(), pk=pk).first()
        if row is None:
            return None
        if row.kind not in _kinds:  # queued by newer code than this worker runs: leave it to a worker that knows it
            logger.error("No function for jobs of kind %s; job %s waits.", row.kind, row.pk)
            sentence = f"The worker that looked at this has no function for “{row.kind}”. Restart the workers with the current version."
            delay = timedelta(seconds=UNKNOWN_KIND_DELAY_S)
            _held(row).update(state=Job.State.QUEUED, lease_until=None, claim_token=None, run_after=Now() + delay, woken_at=None, error=sentence)
            return None
        if row.state == Job.State.RUNNING:
            row.error = f"{SILENT} during attempt {row.attempts}."
        if row.attempts >= MAX_ATTEMPTS:
            _bury(row, row.error)
            return None
        _held(row).update(
            state=Job.State.RUNNING,
            claim_token=uuid.uuid4(),
            lease_until=Now() + _lease(),
            attempts=row.attempts + 1,
            error=row.error,
            updated_at=Now(),
        )
        row.refresh_from_db()
        return row


def run(pk: int) -> bool:
    """Claim and run job `pk`. True when it ran to its end, False when it was not claimed or did not finish."""
    row = claim(pk)
    if row is None:
        return False
    running, stop = RunningJob(row), threading.Event()
    renewer = threading.Thread(target=_keep_lease, args=(running, stop), daemon=True)
    renewer.start()
    try:
        _kinds[row.kind].function(running, **row.args)
    except ClaimLost:
        logger.warning("Job %s was taken over by another worker.", row)
        return False
    except Postponed as later:
        _mend_connection()
        _requeue(row, "", later.delay.total_seconds(), attempts=row.attempts - 1, stage=str(later)[:120])
        return False
    except PermanentFailure as failure:
        _mend_connection()
        _bury(row, str(failure))
        return False
    except Exception:
        logger.exception("Job %s failed (attempt %s of %s).", row, row.attempts, MAX_ATTEMPTS)
        _fail(row, traceback.format_exc())
        return False
    finally:
        stop.set()
        renewer.join()
    values = {"state": Job.State.DONE, "progress": 100, "lease_until": None, "error": "", "finished_at": Now(), "updated_at": Now()}
    return bool(_steadily(lambda: _held(row).update(**values)))


def _keep_lease(running: RunningJob, stop: threading.Event) -> None:
    try:
        while not stop.wait(settings.JOB_RENEW_S) and not running.lost.is_set():
            try:
                running.renew()
            except Exception:  # a database that is away for a moment must not end the renewals
                logger.exception("The lease of job %s was not renewed.", running.row)
                connection.close()
    finally:
        connections.close_all()


def _fail(row: Job, error: str) -> None:
    _mend_connection()
    if row.attempts >= MAX_ATTEMPTS:
        _bury(row, error)
    else:
        delays = _kinds[row.kind].retry_delays_s
        _requeue(row, error, delays[min(row.attempts, len(delays)) - 1])


def _requeue(row: Job, error: str, delay_s: float, **changes: Any) -> None:
    values: dict[str, Any] = {"state": Job.State.QUEUED, "lease_until": None, "claim_token": None, "woken_at": None, "updated_at": Now()}
    values |= {"error": error[-ERROR_LENGTH:], "run_after": Now() + timedelta(seconds=delay_s), **changes}
    _steadily(lambda: _held(row).update(**values))


def _bury(row: Job, error: str) -> None:
    """Mark the job dead and tell its owner, both or neither.

    An owner that cannot be told is told again later; in the end the job is dead all the same, and says so.
    """
    on_dead = _kinds[row.kind].on_dead
    death = {"state": Job.State.DEAD, "lease_until": None, "finished_at": Now(), "updated_at": Now()}
    try:
        with transaction.atomic():
            if _held(row).update(**death, error=error[-ERROR_LENGTH:]) and on_dead:
                on_dead(**row.args, error=error)
    except Exception:
        logger.exception("The owner of dead job %s could not be told.", row)
        _mend_connection()
        tries = max(row.attempts, MAX_ATTEMPTS) + 1
        if tries < MAX_ATTEMPTS + MAX_BURIALS:
            _requeue(row, error, RETRY_DELAYS_S[1], attempts=tries)
        else:
            both = f"{error[-ERROR_LENGTH // 2 :]}\n\nThe record this job worked on could not be told:\n{traceback.format_exc()}"
            _held(row).update(**death, error=both[-ERROR_LENGTH:])


def retry(row: Job, *, by: Any = None) -> bool:
    """Give a dead job five more attempts. Calling it on a job that is not dead changes nothing; says whether it did."""
    fresh = {"state": Job.State.QUEUED, "attempts": 0, "progress": 0, "stage": "", "claim_token": None, "finished_at": None}
    with transaction.atomic():
        revived = Job.objects.filter(pk=row.pk, state=Job.State.DEAD).update(**fresh, run_after=Now(), woken_at=Now(), updated_at=Now())
        if revived:
            record_audit(actor=by, action="core.retry_job", record=row, kind=row.kind, key=row.key)
            transaction.on_commit(lambda: wake(row))
    return bool(revived)


def sweep(limit: int = 500) -> int:
    """Wake workers for due jobs that nobody was called for lately; returns how many.

    Safe to run twice at once: two sweepers share the rows between them, and claiming decides who works. Jobs that
    wait in a long queue are called again only now and then, or the queue would fill with repeats.
    """
    unwoken = Q(woken_at__isnull=True) | Q(woken_at__lt=Now() - timedelta(seconds=settings.JOB_WAKE_AGAIN_S))
    with transaction.atomic():
        rows = list(Job.objects.select_for_update(skip_locked=True).filter(_due(), unwoken).order_by("run_after")[:limit])
        Job.objects.filter(pk__in=[row.pk for row in rows]).update(woken_at=Now())
    woken = 0
    for row in rows:
        if not wake(row):
            break
        woken += 1
    return woken
