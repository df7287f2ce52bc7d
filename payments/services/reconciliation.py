"""Looking for what Stripe told nobody, or told while nobody listened: the hourly comparison with Stripe (decision 0014)."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction

from accounts.models import User
from core import clock, jobs
from core.audit import record_audit
from core.models import Job
from notifications.services import send_mail_once
from payments.gateway import events
from payments.gateway.client import GatewayRefused, GatewayUnavailable, PaymentsClosed, environment
from payments.models import ReconcileRun, StripeEvent
from payments.services.checkout import heal_orders
from payments.services.inbox import apply_event, store_event
from payments.services.refunds import heal_refunds
from payments.services.subscriptions import heal_subscriptions
from payments.services.sums import compare_sums
from payments.turns import in_turn

logger = logging.getLogger(__name__)

KEPT_BY_STRIPE = timedelta(days=30)
OVERLAP = timedelta(hours=1)  # an event may be listed later than its own second

# Each finishes what a crash or an outage left half done, and returns how many rows it looked at.
HEALERS: dict[str, Callable[[], int]] = {"orders": heal_orders, "memberships": heal_subscriptions, "refunds": heal_refunds}


def reconcile() -> ReconcileRun:
    """Store events that never arrived, apply all that wait, finish what a crash left half done, and compare the sums.

    What fails is noted on the run; the next run begins where this one stood. One at a time; safe to repeat. Speaks to
    Stripe: never call it inside a transaction.
    """
    with in_turn("reconcile"):
        run = ReconcileRun.objects.create(environment=environment(), cursor=_cursor())
        try:
            _catch_up(run)
            _apply_waiting(run)
            for name, heal in HEALERS.items():
                _heal(run, name, heal)
            _compare(run)
        except (GatewayUnavailable, GatewayRefused, PaymentsClosed) as failure:
            _note(run, str(failure))
        except Exception as bug:
            _note(run, repr(bug))
            raise
        finally:
            run.finished_at = clock.now()
            run.save()
    return run


def ask_reconcile(*, by: User) -> Job:
    """Queue a comparison now; asking again within the minute is the same one."""
    now = clock.now()
    with transaction.atomic():
        job = jobs.enqueue("payments.reconcile", key=f"payments.reconcile:asked:{now:%Y-%m-%dT%H:%M}")
        record_audit(actor=by, action="payments.ask_reconcile", record=job)
    return job


def _cursor() -> datetime | None:
    return ReconcileRun.objects.filter(environment=environment(), cursor__isnull=False).values_list("cursor", flat=True).first()


def _catch_up(run: ReconcileRun) -> None:
    """Store every event since the cursor that is not in the inbox. The cursor moves when all pages have been read."""
    now = clock.now()
    since = max(min(run.cursor or now, now) - OVERLAP, now - KEPT_BY_STRIPE) if run.cursor else now - KEPT_BY_STRIPE
    newest, after, has_more = run.cursor, "", True
    run.counts["found"] = 0
    while has_more:
        asked_at = clock.now()
        page = events.list_events(since=since, after=after)
        if page.answered_at:
            run.clock_skew_s = round((page.answered_at - asked_at).total_seconds())
        for notice in _new(page.events):
            run.counts["found"] += store_event(notice=notice, source=StripeEvent.Source.RECONCILE)[1]
        if page.events:
            newest = max(filter(None, [newest, *(events.instant_of(event) for event in page.events)]))
            after = page.events[-1]["id"]
        has_more = page.has_more and bool(page.events)
    run.cursor = newest


def _new(listed: list[dict[str, Any]]) -> list[events.Notice]:
    """Those the inbox does not hold, the oldest first; one that is not for us is left alone, as a webhook would."""
    known = set(StripeEvent.objects.filter(event_id__in=[event["id"] for event in listed]).values_list("event_id", flat=True))
    found = []
    for event in reversed(listed):
        if event["id"] not in known:
            try:
                found.append(events.notice_of(event))
            except events.EventRefused as refusal:
                logger.warning("Event %s was left alone: %s", event["id"], refusal.message)
    return found


def _apply_waiting(run: ReconcileRun) -> None:
    """Apply what waits, whatever became of its job; an event that cannot be applied is tried again by every run."""
    run.counts |= {"applied": 0, "failed": 0}
    waiting = StripeEvent.objects.waiting().filter(environment=environment())
    before, last = waiting.count(), 0
    while event := waiting.filter(pk__gt=last).order_by("pk").first():
        last = event.pk
        try:
            apply_event(event=event)
        except GatewayUnavailable:
            raise
        except Exception as failure:
            logger.exception("Event %s could not be applied.", event)
            run.counts["failed"] += 1
            _note(run, f"{event}: {failure!r}")
    run.counts["applied"] = before - waiting.count()
    _close_jobs()


def _close_jobs() -> None:
    """A job that died over an event which has been applied since runs once more, to find that nothing is left to do."""
    dead = {row.args["event"]: row for row in Job.objects.dead().filter(kind="payments.apply_event")}
    for pk in StripeEvent.objects.filter(pk__in=dead, applied_at__isnull=False).values_list("pk", flat=True):
        jobs.retry(dead[pk])


def _heal(run: ReconcileRun, name: str, heal: Callable[[], int]) -> None:
    try:
        run.counts[name] = heal()
    except (GatewayUnavailable, PaymentsClosed):
        raise
    except Exception as failure:
        logger.exception("Healing of %s failed.", name)
        _note(run, f"{name}: {failure!r}")


def _compare(run: ReconcileRun) -> None:
    run.discrepancies = compare_sums()
    by_day: dict[str, list[dict[str, Any]]] = {}
    for found in run.discrepancies:
        by_day.setdefault(found["day"], []).append(found)
    for day, rows in by_day.items():
        send_mail_once(
            key=f"discrepancy:{run.environment}:{day}",
            template="payments/mail/staff_discrepancy",
            context={"day": day, "rows": rows},
            to_address=settings.SCHOOL_EMAIL,
        )


def _note(run: ReconcileRun, sentence: str) -> None:
    run.error = f"{run.error}\n{sentence}".strip()[:4000]
