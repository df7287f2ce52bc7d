"""Every connection to the database is at READ COMMITTED, or there is none.

Seats are decided under a row's lock, and that lock oversells at any other level: a REPEATABLE READ transaction that
waited for it goes on counting what it saw before (measured: 118 seats of 20). So web and workers refuse to work with
such a database instead of selling wrongly in silence.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.dispatch import receiver

REQUIRED = "read committed"


@receiver(connection_created, dispatch_uid="core.assert_read_committed")
def assert_read_committed(sender: Any, connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """Close a new connection that begins its transactions at another level, and raise ImproperlyConfigured."""
    with connection.connection.cursor() as cursor:  # the driver's own: not one of the queries that a page is counted by
        cursor.execute("SHOW default_transaction_isolation")
        (level,) = cursor.fetchone()
    if level != REQUIRED:
        connection.close()
        raise ImproperlyConfigured(
            f"The database begins transactions at {level}, where seats would be sold twice. "
            "Set default_transaction_isolation to 'read committed' for this role and database."
        )
