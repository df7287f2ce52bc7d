"""Stripe's events: applied per second beside what they cannot do without, and webhooks per second beside a bare view.

Applying is one process that stores an event, asks a stand-in for Stripe on the same machine about its object and writes down
how that stands. Beside it, in the same run and one after the other: the bare statements (insert of the event, update of a row
under its lock), and the bare request for the same object. Against Stripe itself, some 200 ms away, the request is nearly all of it.
"""

# ruff: noqa: E402  the models need a Django that is set up

from __future__ import annotations

import itertools
import json
import multiprocessing
import os
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import django

os.environ.setdefault("SECRET_KEY", secrets.token_hex(32))
django.setup()

import psycopg2
import requests
import stripe
from django.conf import settings
from django.db import connection

from benchmarks.rows import row
from benchmarks.serving import ROOT, gunicorn, read_answer
from payments.gateway.checkout import PARTS, fetch_session
from payments.gateway.events import notice_of
from payments.models import Order, StripeEvent
from payments.services import apply_event, open_checkout, start_order
from payments.services.inbox import store_event
from stripe_standin.control import Control
from tests.factories.accounts import UserFactory
from tests.factories.payments import PriceFactory

PURCHASES = int(os.environ.get("PURCHASES", "120"))
TURNS, TURN_S, CLIENTS = 3, 4.0, 4
SECRET = "whsec_bench"
# Events a second that one worker must apply: a thousand people who buy within an hour make some ten (each purchase has a
# dozen events, each settling the same order). The ratios guard against growing worse: about two thirds of what a busy
# machine of two cores measured. A webhook checks a signature, makes two rows (event and job), calls a worker and passes the
# site's middleware, where the bare view makes one row.
WORKER_BAR, APPLY_BAR, WEBHOOK_BAR = 10, 0.04, 0.12


def rows() -> list[dict[str, Any]]:
    with _stand_in() as url:
        settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE = "sk_test_bench", url
        sessions = _purchases(Control(url))
        first = _rate(lambda: _apply(sessions))
        rates: dict[str, list[float]] = {"applied": [], "library": [], "fetched": [], "sql": [], "both": []}
        for _turn in range(TURNS):
            rates["applied"].append(_rate(lambda: _apply(sessions)))
            rates["library"].append(_rate(lambda: [fetch_session(session) for session in sessions]))
            rates["fetched"].append(_rate(lambda: _fetch(url, sessions)))
            rates["sql"].append(_rate(lambda: _sql(sessions)))
            rates["both"].append(1 / (1 / rates["fetched"][-1] + 1 / rates["sql"][-1]))
    median = {name: statistics.median(values) for name, values in rates.items()}
    name, unit = "news of a paid order applied, beside", "events/s"
    return [
        row(area="payments", name=f"{name} the bare SQL", ours=median["applied"], theirs=median["sql"], unit=unit, bar=None),
        row(area="payments", name=f"{name} the bare fetch", ours=median["applied"], theirs=median["fetched"], unit=unit, bar=None),
        row(area="payments", name=f"{name} the library's fetch", ours=median["applied"], theirs=median["library"], unit=unit, bar=None),
        row(area="payments", name=f"{name} bare fetch and SQL in turn", ours=median["applied"], theirs=median["both"], unit=unit, bar=APPLY_BAR),
        row(area="payments", name="first news of a purchase, which settles it", ours=first, theirs=median["both"], unit=unit, bar=None),
        row(area="payments", name="news of a paid order applied by one worker", ours=median["applied"], theirs=None, unit=unit, bar=WORKER_BAR),
        _webhooks(),
    ]


def _purchases(control: Control) -> list[str]:
    """Sessions that are paid at the stand-in and not yet known as paid here."""
    price = PriceFactory(product__slug=f"bench-{uuid.uuid4().hex[:8]}")
    ids = []
    for _number in range(PURCHASES):
        attempt = open_checkout(order=start_order(user=UserFactory(email=f"{uuid.uuid4().hex}@example.org"), price=price))
        control.pay(attempt.stripe_session_id)
        ids.append(attempt.stripe_session_id)
    return ids


def _rate(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return PURCHASES / (time.perf_counter() - began)


def _event(session: str) -> dict[str, Any]:
    about = {"id": session, "object": "checkout.session"}
    values = {"id": f"evt_{uuid.uuid4().hex}", "object": "event", "created": int(time.time()), "livemode": False}
    return {**values, "type": "checkout.session.completed", "data": {"object": about}}


def _apply(sessions: list[str]) -> None:
    for session in sessions:
        event, _created = store_event(notice=notice_of(_event(session)), source=StripeEvent.Source.WEBHOOK)
        if not apply_event(event=event).note.startswith("order"):
            raise RuntimeError("An event of the benchmark was not applied.")
    if Order.objects.open().exists():
        raise RuntimeError("An order of the benchmark was not settled.")


def _fetch(url: str, sessions: list[str]) -> None:
    """What `project_session` asks for, by the library's own transport and nothing else."""
    expand = {f"expand[{number}]": part for number, part in enumerate(PARTS)}
    with requests.Session() as client:
        client.headers["Authorization"] = "Bearer sk_test_bench"
        for session in sessions:
            answer = client.get(f"{url}/v1/checkout/sessions/{session}", params=expand, timeout=20)
            if answer.json()["payment_status"] != "paid":
                raise RuntimeError(answer.text[:400])


def _sql(sessions: list[str]) -> None:
    database = settings.DATABASES["default"]
    bare = psycopg2.connect(dbname=database["NAME"], user=database["USER"], host=database["HOST"], port=database["PORT"] or None)
    keep = """INSERT INTO payments_stripeevent (event_id, environment, type, object_type, object_id, occurred_at, source, note, created_at, updated_at)
              VALUES (%s, 'stand-in', 'checkout.session.completed', 'checkout.session', %s, now(), 'webhook', '', now(), now()) ON CONFLICT DO NOTHING"""
    for session in sessions:
        with bare, bare.cursor() as cursor:
            event = f"evt_{uuid.uuid4().hex}"
            cursor.execute(keep, [event, session])
            cursor.execute("SELECT order_id FROM payments_checkoutattempt WHERE stripe_session_id = %s", [session])
            (order,) = cursor.fetchone()
            cursor.execute("SELECT 1 FROM payments_order WHERE id = %s FOR NO KEY UPDATE", [order])
            cursor.execute("UPDATE payments_order SET updated_at = now() WHERE id = %s", [order])
            cursor.execute("UPDATE payments_stripeevent SET applied_at = now(), note = 'order' WHERE event_id = %s", [event])
    bare.close()


def _webhooks() -> dict[str, Any]:
    connection.close()  # nobody shares it with the processes that make the load
    variables = {"STRIPE_WEBHOOK_SECRETS": SECRET, "STRIPE_SECRET_KEY": "sk_test_bench", "STRIPE_API_BASE": "http://127.0.0.1:9"}
    with gunicorn("smrt_platform.wsgi", **variables) as ours, gunicorn("benchmarks.bare_webhook") as bare:
        rates: dict[int, list[float]] = {ours: [], bare: []}
        for port in rates:  # warm
            _load(port, 1.0)
        for _turn in range(TURNS):
            for port, found in rates.items():
                found.append(_load(port, TURN_S))
        name = "webhooks through gunicorn, beside a bare Django view"
        medians = statistics.median(rates[ours]), statistics.median(rates[bare])
        return row(area="payments", name=name, ours=medians[0], theirs=medians[1], unit="requests/s", bar=WEBHOOK_BAR)


def _load(port: int, seconds: float) -> float:
    with multiprocessing.get_context("fork").Pool(CLIENTS) as pool:
        return sum(pool.starmap(_deliver, [(port, seconds)] * CLIENTS)) / seconds


def _deliver(port: int, seconds: float) -> int:
    """New events over one connection until the time is up; each is answered with 200 or the measurement fails."""
    line, answered, end, run = None, 0, time.monotonic() + seconds, uuid.uuid4().hex
    for number in itertools.count():
        if time.monotonic() >= end:
            return answered
        body = json.dumps({**_event(f"cs_{number}"), "id": f"evt_{run}_{number}"})
        signature = stripe.WebhookSignature.generate_signature_header(body, SECRET, int(time.time()))
        head = f"POST /payments/stripe/webhook/ HTTP/1.1\r\nHost: 127.0.0.1\r\nStripe-Signature: {signature}\r\n"
        if line is None:
            line = socket.create_connection(("127.0.0.1", port))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(f"{head}Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        answer, keep = read_answer(line)
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer[:400].decode(errors="replace"))
        answered += 1
        if not keep:
            line.close()
            line = None
    return answered


@contextmanager
def _stand_in() -> Iterator[str]:
    """The stand-in for Stripe, empty, in a process of its own."""
    line = socket.create_server(("127.0.0.1", 0), backlog=512)
    url = f"http://127.0.0.1:{line.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "-m", "stripe_standin", "--fd", str(line.fileno()), "--data", data]
        process = subprocess.Popen(command, cwd=ROOT, pass_fds=[line.fileno()])
        line.close()
        try:
            end = time.monotonic() + 30
            while True:
                try:
                    urllib.request.urlopen(f"{url}/_control/health", timeout=5).close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > end:
                        raise
                    time.sleep(0.05)
            yield url
        finally:
            process.terminate()
            process.wait(20)
