"""The lock of a workshop's row, on which a crowd meets: waited for patiently, or left out for a control."""

import random
import time
from contextlib import contextmanager

from django.db import transaction

from workshops.errors import SeatsBusy

TRIES = 60


def patiently(act):
    """As a person who is asked to try again, or a job that is run again."""
    for _ in range(TRIES):
        try:
            return act()
        except SeatsBusy:
            time.sleep(random.uniform(0.02, 0.2))
    raise SeatsBusy("never a quiet moment")


@contextmanager
def unlocked(workshop):
    """`locked_workshop` without its lock: a transaction, and a plain read."""
    with transaction.atomic():
        yield type(workshop).objects.select_related("venue").get(pk=workshop.pk)
