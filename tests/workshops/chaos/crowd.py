"""One process of a crowd that does everything at once: `python -m tests.workshops.chaos.crowd '{"workshop": 1, "people": [4, 5, …], …}'`.

Every person registers and pays, in time or late; gives the seat back, offers it to the list, or keeps it; who finds it full
joins the waiting list and answers offers, or lets them lie. Beside them staff give and take seats, change how many there
are, and the list is looked at by its job. Writes what became of everybody, as JSON.

`"is_locked": false` leaves the lock of the workshop's row out, `"is_fair": false` the look at the list: the controls.
"""

import json
import random
import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import django

from tests.workshops.chaos.row_lock import patiently, unlocked

THREADS = 24
LAPSE = "UPDATE workshops_seat SET hold_until = now() - interval '1 second' WHERE learner_id = %s AND state = 'held'"
LAPSE_OFFER = "UPDATE workshops_waitingentry SET offer_until = now() - interval '1 second' WHERE id = %s AND state = 'offered'"


def main(orders):
    django.setup()
    from django.db import connection
    from django.utils import timezone

    from accounts.models import User
    from core.errors import DomainError
    from payments import subjects
    from payments.services import grant_access
    from payments.signals import line_released
    from workshops.models import Seat, WaitingEntry, Workshop
    from workshops.services import capacity, change_seat, seats, tidy_holds
    from workshops.waiting import services as waiting

    if not orders["is_locked"]:
        for module in (seats, capacity, waiting):
            module.locked_workshop = unlocked
    if not orders["is_fair"]:
        seats.serve_list = lambda workshop: 0
    workshop = Workshop.objects.get(pk=orders["workshop"])
    subject, staff = workshop.subject, User.objects.get(pk=orders["staff"])
    kind = subjects.kind_of(subject)
    is_over = threading.Event()

    def sql(statement, key):
        with connection.cursor() as cursor:
            cursor.execute(statement, [key])

    def pay(user, chance):
        """Hold and pay, in time or late, or let go. What became of it."""
        reference = f"order:{user.pk}"
        patiently(lambda: kind.reserve(user=user, subject=subject, reference=reference, until=timezone.now() + timedelta(minutes=40)))
        time.sleep(chance.uniform(0, 0.05))
        act = chance.random()
        if act < 0.15:
            patiently(lambda: line_released.send(sender=None, user=user, subject=subject, reference=reference))
            return "released"
        if act < 0.3:  # the hold runs out while the bank works
            sql(LAPSE, user.pk)
        if not patiently(lambda: kind.confirm(user=user, subject=subject, reference=reference)):
            return "refunded"
        act = chance.random()
        if act < 0.35:
            patiently(lambda: change_seat(workshop=workshop, learner=user, to="cancelled", by=user))
            return "given back"
        if act < 0.5:  # offered to the list; whether somebody takes it is theirs to decide
            Seat.objects.filter(workshop=workshop, learner=user, state="confirmed").update(resale_at=timezone.now())
            patiently(lambda: tidy_holds(workshop=workshop))
            return "offered"
        return "paid"

    def wait(user, chance):
        entry = patiently(lambda: waiting.join_list(workshop=workshop, learner=user, party=1))
        patience = time.time() + chance.uniform(1, 6)
        while time.time() < patience:
            entry.refresh_from_db()
            if entry.state == WaitingEntry.State.OFFERED:
                act = chance.random()
                if act < 0.2:
                    patiently(lambda: waiting.leave_list(entry=entry))
                    return "declined"
                if act < 0.35:  # never answered
                    sql(LAPSE_OFFER, entry.pk)
                    sql(LAPSE, user.pk)
                    return "let lie"
                return f"waited, {pay(user, chance)}"
            if entry.state != WaitingEntry.State.WAITING:
                return "closed"
            time.sleep(0.05)
        if chance.random() < 0.5:
            patiently(lambda: waiting.leave_list(entry=entry))
            return "left"
        return "waits"

    def live(pk):
        chance = random.Random(pk)
        try:
            user = User.objects.get(pk=pk)
            time.sleep(max(0.0, orders["begin_at"] - time.time()) + chance.uniform(0, orders["spread_s"]))
            try:
                return pay(user, chance)
            except DomainError as refusal:
                if refusal.code != "workshop_full":
                    raise
            try:
                return wait(user, chance)
            except DomainError as refusal:
                return refusal.code
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        finally:
            connection.close()

    def steadily(act):
        """Beside the crowd, until it is gone; refusals are answers."""
        done = Counter()
        time.sleep(max(0.0, orders["begin_at"] - time.time()))
        while not is_over.wait(0.05):
            try:
                act()
                done["done"] += 1
            except DomainError as refusal:
                done[refusal.code] += 1
            except Exception as error:
                done[f"{type(error).__name__}: {error}"] += 1
        connection.close()
        return done

    guests = iter(orders["guests"])

    def edit():
        """Staff give a seat by hand, or take one back."""
        if random.random() < 0.5 and (pk := next(guests, None)):
            user = User.objects.get(pk=pk)
            grant_access(user=user, subject=subject, source="staff", reason="Paid in cash", granted_by=staff)
            change_seat(workshop=workshop, learner=user, to="confirmed", by=staff)
        elif seat := workshop.seats.confirmed().select_related("learner").order_by("?").first():
            change_seat(workshop=workshop, learner=seat.learner, to="cancelled", by=staff)

    def resize():
        capacity.set_capacity(workshop=workshop, capacity=random.choice([orders["seats"], orders["seats"] + 2, orders["seats"] + 4]), by=staff)

    with ThreadPoolExecutor(3) as beside, ThreadPoolExecutor(THREADS) as crowd:
        sides = {name: beside.submit(steadily, act) for name, act in (("edits", edit), ("resizes", resize), ("looks", lambda: tidy_holds(workshop=workshop)))}
        outcomes = list(crowd.map(live, orders["people"]))
        is_over.set()
        done = {name: side.result() for name, side in sides.items()}
    told = {"outcomes": Counter(outcomes), "beside": done}
    told["refunded"] = [pk for pk, outcome in zip(orders["people"], outcomes, strict=True) if outcome.endswith("refunded")]
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
