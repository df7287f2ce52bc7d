"""Stripe's news: stored first, then applied by asking Stripe how the object stands now."""

from __future__ import annotations

import logging

from django.core.cache import cache
from django.db import transaction
from django.db.models import Model

from core import clock
from core.jobs import enqueue
from payments.gateway import events
from payments.gateway.client import GatewayRefused, environment
from payments.models import StripeEvent
from payments.projections import PROJECTIONS
from payments.turns import in_turn

logger = logging.getLogger(__name__)

CLOCK_WARNING = "payments:clock-warning"  # in the cache: what a refused event says is not kept in the database
CLOCK_WARNING_S = 24 * 3600


def receive_event(payload: bytes, signature: str) -> StripeEvent:
    """Store the event of a webhook and queue its application; a repeat returns the row that stands.

    Raises EventRefused, with nothing stored, for whatever is not signed, in time and ours.
    """
    try:
        notice = events.read_webhook(payload, signature)
    except events.ClockSuspected as suspicion:
        logger.error("A signed event came %s s from our time: it was replayed, or this machine's clock is wrong.", suspicion.skew_s)
        cache.set(CLOCK_WARNING, {"at": clock.now(), "skew_s": suspicion.skew_s}, CLOCK_WARNING_S)
        raise
    return store_event(notice=notice, source=StripeEvent.Source.WEBHOOK)[0]


def store_event(*, notice: events.Notice, source: str) -> tuple[StripeEvent, bool]:
    """The event's row, and whether this call made it. The row's key decides between two deliveries at once."""
    values = {"type": notice.type, "object_type": notice.object_type, "object_id": notice.object_id, "occurred_at": notice.occurred_at}
    with transaction.atomic():
        found, created = StripeEvent.objects.get_or_create(
            event_id=notice.event_id, defaults={**values, "environment": environment(), "source": StripeEvent.Source(source)}
        )
        if created:
            enqueue("payments.apply_event", key=job_key(found), args={"event": found.pk})
    return found, created


def job_key(event: StripeEvent) -> str:
    return f"stripe-event:{event.event_id}"


def apply_event(*, event: StripeEvent) -> StripeEvent:
    """Write down how the object of `event` stands at Stripe now; every event of it that waits by then is applied with it.

    Nothing is read from the event but which object it is about, so neither order nor number of events matters. Raises
    GatewayUnavailable when Stripe does not answer: the event waits. An event of another environment waits for that one.
    """
    project = PROJECTIONS.get(event.object_type)
    if event.environment != environment():
        return event
    if project is None or not event.object_id:
        return _mark([event.pk], event, "not ours")
    with in_turn(event.object_id):
        together = StripeEvent.objects.waiting().filter(environment=event.environment, object_type=event.object_type, object_id=event.object_id)
        waiting = list(together.values_list("pk", flat=True))  # an event stored after this may tell of something newer than the fetch
        if event.pk not in waiting:
            event.refresh_from_db()
            return event
        try:
            row = project(event.object_id)
        except GatewayRefused as refusal:
            if refusal.code != "resource_missing":
                raise
            return _mark(waiting, event, "no longer there")
        return _mark(waiting, event, f"{row._meta.verbose_name} {row.pk}" if isinstance(row, Model) else "nothing of ours")


def _mark(waiting: list[int], event: StripeEvent, note: str) -> StripeEvent:
    now = clock.now()
    StripeEvent.objects.waiting().filter(pk__in=waiting).update(applied_at=now, updated_at=now, note=note)
    event.refresh_from_db()
    return event
