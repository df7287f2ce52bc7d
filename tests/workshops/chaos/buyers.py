"""One process of buyers: `python -m tests.workshops.chaos.buyers '{"workshop": 1, "people": [4, 5, …], "begin_at": 1790000000.0, …}'`.

Writes what became of each, as JSON. With `"is_locked": false` the lock of the workshop's row is left out: the control.
"""

import json
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import django

from tests.workshops.chaos.row_lock import patiently, unlocked

THREADS = 30


def main(orders):
    django.setup()
    from django.db import connection
    from django.utils import timezone

    from accounts.models import User
    from payments import subjects
    from payments.signals import line_released
    from workshops.errors import WorkshopFull
    from workshops.services import seats

    if not orders["is_locked"]:
        seats.locked_workshop = unlocked
    subject = f"workshop:{orders['workshop']}"
    kind = subjects.kind_of(subject)

    def buy(pk):
        try:
            user, reference = User.objects.get(pk=pk), f"order:{pk}"
            time.sleep(max(0.0, orders["begin_at"] - time.time()))
            try:
                patiently(lambda: kind.reserve(user=user, subject=subject, reference=reference, until=timezone.now() + timedelta(minutes=40)))
            except WorkshopFull:
                return "full"
            turn = pk % 4 if orders["with_churn"] else pk % 2
            if turn == 0:
                return "held"
            if turn == 1:
                return "paid" if patiently(lambda: kind.confirm(user=user, subject=subject, reference=reference)) else "refunded"
            if turn == 2:
                patiently(lambda: line_released.send(sender=None, user=user, subject=subject, reference=reference))
                return "released"
            with connection.cursor() as cursor:  # the hold runs out while the bank works
                cursor.execute("UPDATE workshops_seat SET hold_until = now() - interval '1 second' WHERE reference = %s AND state = 'held'", [reference])
            return "paid" if patiently(lambda: kind.confirm(user=user, subject=subject, reference=reference)) else "refunded"
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        finally:
            connection.close()

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(buy, orders["people"]))
    paid = [pk for pk, outcome in zip(orders["people"], outcomes, strict=True) if outcome == "paid"]
    sys.stdout.write(json.dumps({"outcomes": Counter(outcomes), "paid": paid}))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
