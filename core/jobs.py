"""Background work that survives crashes (RELIABILITY: Celery and Redis alone lost, doubled or looped it).

`enqueue` writes a `Job` row in the caller's transaction; after commit a Celery message wakes a worker.
A worker claims the row with SKIP LOCKED under a lease, renews the lease while it works, and finishes only if
the claim is still its own. The sweeper re-sends whatever is due, so a lost message costs seconds, not work.
"""

from __future__ import annotations

import logging
import threading
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from celery import current_app
from django.db import connection, connections, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from core.models import Job

logger = logging.getLogger(__name__)

MAX_ATTEMPTS = 5
LEASE = timedelta(seconds=90)
RENEW_EVERY_S = 30.0
RETRY_DELAYS_S = (5, 20, 60, 300)


class ClaimLost(Exception):
    """Another worker took this job over; stop and write nothing more."""


class PermanentFailure(Exception):
    """Trying again cannot help (a damaged file, say): the job is dead at once. The message is shown to staff."""


@dataclass(frozen=True)
class Kind:
    name: str
    function: Callable[..., None]
    queue: str
    on_dead: Callable[..., None] | None


_kinds: dict[str, Kind] = {}


def job(name: str, *, queue: str = "default", on_dead: Callable[..., None] | None = None) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a function `f(job: RunningJob, **args)` for jobs of kind `name`.

    It takes primary keys, refetches, calls one service and bears running twice. `on_dead(**args, error=str)` is
    called once when the job dies, so that the thing it worked on can say so.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        _kinds[name] = Kind(name, function, queue, on_dead)
        return function

    return register


def enqueue(kind: str, *, key: str, args: dict[str, Any] | None = None, run_after: datetime | None = None) -> Job:
    """Queue work inside the caller's transaction; a second call with the same `key` returns the first job.

    Raises ValueError when the key stands for other work.
    """
    registered = _kinds[kind]
    values = {"kind": kind, "args": args or {}, "queue": registered.queue, "run_after": run_after or timezone.now()}
    found, created = Job.objects.get_or_create(key=key, defaults=values)
    if not created and (found.kind, found.args) != (kind, args or {}):
        raise ValueError(f"Job key {key!r} is taken by other work.")
    if created and run_after is None:
        transaction.on_commit(lambda: wake(found))
    return found


def wake(job_row: Job) -> None:
    """Send the wake-up message. A broker that is down costs nothing: the sweeper sends it again."""
    try:
        current_app.send_task("core.run_job", args=[job_row.pk], queue=job_row.queue, retry=False)
    except Exception:
        logger.warning("The broker did not take job %s; the sweeper will send it again.", job_row.pk)


class RunningJob:
    """What a job function may ask of its job while it holds the claim."""

    def __init__(self, row: Job):
        self.row = row
        self.lost = threading.Event()

    def _mine(self) -> Any:
        return Job.objects.filter(pk=self.row.pk, state=Job.State.RUNNING, claim_token=self.row.claim_token)

    def report(self, progress: int, stage: str = "") -> None:
        """Show progress (percent) and renew the lease. Raises ClaimLost when another worker has the job."""
        if not self._mine().update(progress=max(0, min(100, progress)), stage=stage, lease_until=Now() + LEASE):
            self.lost.set()
            raise ClaimLost(self.row.key)

    def renew(self) -> None:
        if not self._mine().update(lease_until=Now() + LEASE):
            self.lost.set()


def claim(pk: int) -> Job | None:
    """Take a due job, or None when it is done, not due, or another worker's."""
    with transaction.atomic():
        due = Q(state=Job.State.QUEUED, run_after__lte=Now()) | Q(state=Job.State.RUNNING, lease_until__lt=Now())
        row = Job.objects.select_for_update(skip_locked=True).filter(due, pk=pk).first()
        if row is None:
            return None
        if row.attempts >= MAX_ATTEMPTS:
            _bury(row, row.error or "The worker died each time this was tried.")
            return None
        Job.objects.filter(pk=pk).update(
            state=Job.State.RUNNING, claim_token=uuid.uuid4(), lease_until=Now() + LEASE, attempts=F("attempts") + 1, updated_at=Now()
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
    except PermanentFailure as failure:
        with transaction.atomic():
            _bury(row, str(failure))
        return False
    except Exception:
        _fail(row, traceback.format_exc())
        logger.exception("Job %s failed (attempt %s of %s).", row, row.attempts, MAX_ATTEMPTS)
        return False
    finally:
        stop.set()
        renewer.join()
    finished = Job.objects.filter(pk=pk, claim_token=row.claim_token, state=Job.State.RUNNING).update(
        state=Job.State.DONE, progress=100, lease_until=None, error="", finished_at=Now()
    )
    return bool(finished)


def _keep_lease(running: RunningJob, stop: threading.Event) -> None:
    try:
        while not stop.wait(RENEW_EVERY_S) and not running.lost.is_set():
            try:
                running.renew()
            except Exception:  # a database that is away for a moment must not end the renewals
                logger.exception("The lease of job %s was not renewed.", running.row)
                connection.close()
    finally:
        connections.close_all()


def _fail(row: Job, error: str) -> None:
    connection.close_if_unusable_or_obsolete()
    with transaction.atomic():
        mine = Job.objects.filter(pk=row.pk, claim_token=row.claim_token, state=Job.State.RUNNING)
        if row.attempts >= MAX_ATTEMPTS:
            _bury(row, error)
        else:
            delay = timedelta(seconds=RETRY_DELAYS_S[min(row.attempts, len(RETRY_DELAYS_S)) - 1])
            mine.update(state=Job.State.QUEUED, lease_until=None, claim_token=None, error=error[-4000:], run_after=Now() + delay)


def _bury(row: Job, error: str) -> None:
    """Mark the job dead and tell its owner, once. The caller holds a transaction."""
    buried = Job.objects.filter(pk=row.pk, claim_token=row.claim_token, state__in=[Job.State.RUNNING, Job.State.QUEUED]).update(
        state=Job.State.DEAD, lease_until=None, error=error[-4000:], finished_at=Now()
    )
    on_dead = _kinds[row.kind].on_dead
    if buried and on_dead:
        on_dead(**row.args, error=error)


def retry(row: Job) -> None:
    """Give a dead job five more attempts. Calling it on a job that is not dead changes nothing."""
    with transaction.atomic():
        revived = Job.objects.filter(pk=row.pk, state=Job.State.DEAD).update(
            state=Job.State.QUEUED, attempts=0, progress=0, stage="", claim_token=None, run_after=Now(), finished_at=None
        )
        if revived:
            transaction.on_commit(lambda: wake(row))


def sweep(limit: int = 500) -> int:
    """Wake workers for every due job; safe to run twice at once, because claiming decides. Returns how many."""
    due = Q(state=Job.State.QUEUED, run_after__lte=Now()) | Q(state=Job.State.RUNNING, lease_until__lt=Now())
    rows = list(Job.objects.filter(due).order_by("run_after")[:limit])
    for row in rows:
        wake(row)
    return len(rows)
