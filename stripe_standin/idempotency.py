"""`Idempotency-Key`: the first answer to a key is the answer for a day, whatever it was (a 500 too)."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from stripe_standin.clock import DAY_S
from stripe_standin.errors import IdempotencyMismatch, InvalidRequest, KeyInUse
from stripe_standin.store import Store

LONGEST_KEY = 255


@dataclass(frozen=True)
class Remembered:
    status: int
    body: str
    request_id: str


class Keys:
    def __init__(self, store: Store) -> None:
        self.store = store
        self._running: set[str] = set()
        self._lock = threading.Lock()

    @contextmanager
    def hold(self, key: str) -> Iterator[None]:
        """Refuse a second request of the same key while the first is at work."""
        if len(key) > LONGEST_KEY:
            raise InvalidRequest(f"Keys for idempotent requests can only be up to {LONGEST_KEY} characters long.")
        with self._lock:
            if key in self._running:
                raise KeyInUse(
                    f"There is currently another in-progress request using this Idempotent Key {key} (that probably means you submitted twice, and "
                    "the other request is still going through). Please try again later.",
                    code="idempotency_key_in_use",
                )
            self._running.add(key)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(key)

    def recall(self, key: str, fingerprint: str) -> Remembered | None:
        self.store.execute("DELETE FROM idempotency WHERE key = ? AND created < ?", (key, self.store.now() - DAY_S))
        rows = self.store.execute("SELECT fingerprint, status, body, request FROM idempotency WHERE key = ?", (key,))
        if not rows:
            return None
        if rows[0][0] != fingerprint:
            raise IdempotencyMismatch(
                "Keys for idempotent requests can only be used with the same parameters they were first used with. Try using a key other than "
                f"'{key}' if you meant to execute a different request."
            )
        return Remembered(rows[0][1], rows[0][2], rows[0][3])

    def remember(self, key: str, fingerprint: str, answer: Remembered) -> None:
        values = (key, fingerprint, answer.status, answer.body, answer.request_id, self.store.now())
        self.store.execute("INSERT INTO idempotency (key, fingerprint, status, body, request, created) VALUES (?, ?, ?, ?, ?, ?)", values)


def fingerprint(method: str, path: str, parameters: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps([method, path, parameters], sort_keys=True).encode()).hexdigest()
