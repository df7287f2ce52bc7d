"""Webhooks: signed anew at each try, repeated for three days of the stand-in's clock, and spoiled on request."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

import stripe

from stripe_standin.agenda import catch_up
from stripe_standin.clock import DAY_S
from stripe_standin.knobs import WebhookKnobs
from stripe_standin.shapes import public
from stripe_standin.store import Store

GIVE_UP_AFTER_S = 3 * DAY_S
PAUSES_S = (5, 30, 300, 1800, 7200, 18_000, 36_000)  # then the last one again
TRY_LIMIT_S = 20
WORKERS = 6
QUEUE = 200  # handed to the threads at a time


def endpoints(store: Store) -> list[dict[str, str]]:
    found: list[dict[str, str]] = store.setting("endpoints", [])
    return found


def listen(store: Store, url: str | None, secret: str = "") -> None:
    """Send events to `url` from now on, and nowhere else; None: nowhere."""
    store.remember("endpoints", [{"url": url, "secret": secret}] if url else [])


def plan(store: Store, event: dict[str, Any], listening: list[dict[str, str]]) -> None:
    knobs = store.webhooks if store.webhooks.apply_to(event["type"]) else WebhookKnobs()
    at = store.clock.exact() + knobs.delay_s
    for endpoint in listening:
        for _ in range(1 + knobs.duplicate):
            state = "held" if knobs.hold else "pending"
            if knobs.drop > 0:
                knobs.drop -= 1
                state = "dropped"
            store.execute(
                "INSERT INTO deliveries (event, url, secret, state, next_at, first_at) VALUES (?, ?, ?, ?, ?, ?)",
                (event["id"], endpoint["url"], endpoint["secret"], state, at, at),
            )


def release(store: Store) -> int:
    """Let everything held go now."""
    with store.transaction():
        held = store.execute("SELECT count(*) FROM deliveries WHERE state = 'held'")[0][0]
        store.execute("UPDATE deliveries SET state = 'pending', next_at = ? WHERE state = 'held'", (store.clock.exact(),))
    return int(held)


def resend(store: Store, event: str) -> None:
    """As the dashboard's "Resend": one delivery more to each address."""
    with store.transaction():
        at = store.clock.exact()
        for endpoint in endpoints(store):
            values = (event, endpoint["url"], endpoint["secret"], at, at)
            store.execute("INSERT INTO deliveries (event, url, secret, state, next_at, first_at) VALUES (?, ?, ?, 'pending', ?, ?)", values)


class Courier:
    """The threads that carry what is due, and that wake the agenda."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._carrying: set[int] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="webhook")
        self._thread = threading.Thread(target=self._run, name="courier", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        with self.store.changed:
            self.store.changed.notify_all()
        self._thread.join(5)
        self._pool.shutdown(wait=True, cancel_futures=True)

    def settle(self, limit_s: float) -> bool:
        """Wait until nothing is due and nothing is on its way. False: it took longer than `limit_s`."""
        end = time.monotonic() + limit_s
        while time.monotonic() < end:
            with self._lock:
                quiet = not self._carrying and not self._due(1)
            if quiet:
                return True
            time.sleep(0.01)
        return False

    def _run(self) -> None:
        while not self._stopping.is_set():
            catch_up(self.store)
            busy = self._hand_out()
            with self.store.changed:
                self.store.changed.wait(0.02 if busy else 0.25)

    def _hand_out(self) -> bool:
        """Give the threads what is due and not under way. One lock over both questions, or a row that just arrived would go twice."""
        with self._lock:
            if len(self._carrying) > WORKERS:
                return True
            fresh = [row for row in self._due(QUEUE) if row[0] not in self._carrying]
            self._carrying.update(row[0] for row in fresh)
        for row in fresh:
            self._pool.submit(self._carry, *row)
        return bool(fresh)

    def _due(self, limit: int) -> list[tuple[Any, ...]]:
        order = "random()" if self.store.webhooks.shuffle else "next_at, id"
        query = f"SELECT id, event, url, secret FROM deliveries WHERE state = 'pending' AND next_at <= ? ORDER BY {order} LIMIT ?"  # noqa: S608 - one of two words
        with self.store.lock:
            return self.store.execute(query, (self.store.clock.exact(), limit))

    def _carry(self, number: int, event_id: str, url: str, secret: str) -> None:
        try:
            with self.store.lock:
                event = self.store.find(event_id)
            if event is None:  # a reset came in between
                return
            answer = send(url, secret, event, self.store.webhooks)
            with self.store.transaction(news=False):
                self._note(number, event_id, answer)
        finally:
            with self._lock:
                self._carrying.discard(number)

    def _note(self, number: int, event_id: str, answer: str) -> None:
        rows = self.store.execute("SELECT attempts, first_at FROM deliveries WHERE id = ?", (number,))
        if not rows:
            return
        attempts, first_at = rows[0][0] + 1, rows[0][1]
        state, next_at = "delivered", 0.0
        if not answer.startswith("2"):
            next_at = self.store.clock.exact() + PAUSES_S[min(attempts, len(PAUSES_S)) - 1] * random.uniform(0.9, 1.1)  # noqa: S311 - a jitter
            state = "pending" if next_at - first_at < GIVE_UP_AFTER_S else "given_up"
        values = (state, attempts, next_at, answer, number)
        self.store.execute("UPDATE deliveries SET state = ?, attempts = ?, next_at = ?, answer = ? WHERE id = ?", values)
        waiting = self.store.execute("SELECT count(DISTINCT url) FROM deliveries WHERE event = ? AND state != 'delivered'", (event_id,))[0][0]
        event = self.store.find(event_id)
        if event is not None and (event["pending_webhooks"], event["_delivered"]) != (waiting, not waiting):
            self.store.save({**event, "pending_webhooks": waiting, "_delivered": not waiting})


def send(url: str, secret: str, event: dict[str, Any], knobs: WebhookKnobs) -> str:
    """One try. The first word of the answer is the status, or "failed"."""
    if not knobs.apply_to(event["type"]):
        knobs = WebhookKnobs()
    if knobs.wrong_secret > 0:
        knobs.wrong_secret -= 1
        secret = "whsec_of_somebody_else"  # noqa: S105 - a knob, meant to be refused
    body = json.dumps(public(event), indent=2)
    # The wall's time, not the stand-in's: the receiver compares it with its own.
    signature = stripe.WebhookSignature.generate_signature_header(body, secret, int(time.time()) + knobs.timestamp_offset_s)
    headers = {"Content-Type": "application/json; charset=utf-8", "Stripe-Signature": signature, "User-Agent": "Stripe/1.0 (stand-in)", "Accept": "*/*"}
    parts = urlsplit(url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.hostname or "localhost", parts.port, timeout=TRY_LIMIT_S)
    try:
        connection.request("POST", parts.path or "/", body.encode(), headers)
        answer = connection.getresponse()
        return f"{answer.status} {answer.read(300).decode(errors='replace')}"
    except (OSError, http.client.HTTPException) as error:
        return f"failed {error}"
    finally:
        connection.close()
