"""Counting towns, announcing a workshop and calling one off change many pins at once: one at a time, or they would lock each other out."""

from __future__ import annotations

from django.db import connection

LOCK = 0x5057_4D50


def lock_the_map() -> None:
    """Until the end of the caller's transaction. Who needs a workshop's row too locks that first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
