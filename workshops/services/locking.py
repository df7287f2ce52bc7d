"""The lock under which everything about a workshop's seats is decided."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _

from workshops.errors import SeatsBusy
from workshops.models import Workshop

LOCK_TIMEOUT = "3s"
BUSY_STATES = {"55P03", "40P01"}  # lock_not_available, deadlock_detected


@contextmanager
def locked_workshop(workshop: Workshop) -> Iterator[Workshop]:
    """The workshop's row under lock, in a transaction: one seat-taker at a time. Raises SeatsBusy after three seconds."""
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = %s", [LOCK_TIMEOUT])
                locked = Workshop.objects.select_for_update(of=("self",)).select_related("venue").get(pk=workshop.pk)
                cursor.execute("SET LOCAL lock_timeout TO DEFAULT")  # the caller's transaction may go on
            yield locked
    except OperationalError as error:
        if getattr(error.__cause__, "pgcode", "") not in BUSY_STATES:
            raise
        raise SeatsBusy(_("Many people are taking seats in this workshop at this moment. Try again in a few seconds.")) from error
