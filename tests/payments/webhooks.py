"""Events as Stripe sends them: a body, and its signature."""

from __future__ import annotations

import itertools
import json
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import stripe
from django.apps import apps
from django.test import Client
from django.urls import reverse

SECRET = "whsec_standin"
_numbers = itertools.count(1)


def an_event(type: str = "checkout.session.completed", *, object_type: str = "checkout.session", object_id: str = "cs_1", **changes: Any) -> dict[str, Any]:
    """An event of the shape Stripe sends, with a new id; `changes` replace its top-level fields."""
    event = {
        "id": f"evt_{next(_numbers)}",
        "object": "event",
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),
        "data": {"object": {"id": object_id, "object": object_type}},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": type,
    }
    return {**event, **changes}


def signature(body: str, *, secret: str = SECRET, at: float | None = None) -> str:
    return stripe.WebhookSignature.generate_signature_header(body, secret, int(at if at is not None else time.time()))


def deliver(client: Client, event: dict[str, Any] | str | bytes, *, header: str | None = None, secret: str = SECRET, at: float | None = None) -> Any:
    """POST it as Stripe does, signed now with the stand-in's secret unless said otherwise. Bytes need a `header` of their own."""
    body = event if isinstance(event, str | bytes) else json.dumps(event)
    if header is None:
        header = signature(body if isinstance(body, str) else body.decode("latin-1"), secret=secret, at=at)
    return client.post(reverse("payments:stripe_webhook"), data=body, content_type="application/json", headers={"Stripe-Signature": header})


@contextmanager
def nothing_changed(besides: Collection[str] = ()) -> Iterator[None]:
    """The block adds, changes and removes no row of any table of payments (`besides` those named), nor a job, a mail or an audit entry."""
    before = _rows(besides)
    yield
    assert _rows(besides) == before


def _rows(besides: Collection[str]) -> dict[str, list[Any]]:
    models = [*apps.get_app_config("payments").get_models(), *(apps.get_model(name) for name in ("core.Job", "core.AuditEntry", "notifications.MailMessage"))]
    return {model._meta.label: list(model.objects.order_by("pk").values()) for model in models if model._meta.label not in besides}
