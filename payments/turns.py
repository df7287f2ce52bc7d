"""Asking about one object at a time.

Two workers may ask Stripe about one subscription, and the slower may hold the older answer: whoever writes last would
win, and the row lock comes too late to help, because no network call is made inside a transaction. So fetching and
writing an object takes its turn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError, connection


@contextmanager
def in_turn(object_id: str) -> Iterator[None]:
    """Wait until nobody else fetches and writes `object_id`, and keep others waiting until the block ends.

    A lock of the database session, held outside any transaction; it ends with the session should this process die. Taken
    again inside itself it is counted. Take it before row locks, never under them.
    """
    number = int.from_bytes(hashlib.blake2b(object_id.encode(), digest_size=8).digest(), signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [number])
    session = connection.connection
    try:
        yield
    finally:
        if connection.connection is session:  # a new session has no lock to give back
            _release(number)


def _release(number: int) -> None:
    if connection.needs_rollback:  # ends with the session's transaction; only a test has one here
        return
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
    except (OperationalError, InterfaceError):  # the session is gone, and its locks with it
        connection.close()
