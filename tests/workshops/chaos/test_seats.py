"""500 buyers, 20 seats, three processes: a seat is never sold twice, and without the lock it is."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.factories.accounts import UserFactory
from tests.factories.workshops import WorkshopFactory

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(300)]

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PROMISE = "Exactly as many seats as there are places"
BUYERS, SEATS, PROCESSES = 500, 20, 3
START_S = 8  # for three processes to come up before the doors open


@pytest.fixture
def sell(site_environment, seats_seen):
    """Let everybody in at once; the workshop, what became of the buyers, whom it sold to, the most seats ever seen taken, and the seconds."""

    def run(*, is_locked=True, with_churn=False):
        workshop = WorkshopFactory(capacity=SEATS, is_free=False)
        people = [person.pk for person in UserFactory.create_batch(BUYERS)]
        begin_at = time.time() + START_S
        orders = {"workshop": workshop.pk, "begin_at": begin_at, "is_locked": is_locked, "with_churn": with_churn}
        running = []
        for n in range(PROCESSES):
            command = [sys.executable, "-m", "tests.workshops.chaos.buyers", json.dumps(orders | {"people": people[n::PROCESSES]})]
            running.append(subprocess.Popen(command, cwd=ROOT, env=site_environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        outcomes, paid = Counter(), []
        for process in running:
            out, err = process.communicate(timeout=240)
            assert process.returncode == 0, err[-4000:]
            told = json.loads(out)
            outcomes.update(told["outcomes"])
            paid += told["paid"]
        return workshop, outcomes, paid, max(seats_seen()), time.time() - begin_at

    return run


def test_five_hundred_buyers_get_exactly_twenty_seats(sell, held):
    workshop, outcomes, paid, most, seconds = sell()

    assert (outcomes["full"], outcomes["held"] + outcomes["paid"], most) == (BUYERS - SEATS, SEATS, SEATS)
    assert sorted(paid) == sorted(workshop.seats.confirmed().values_list("learner", flat=True))
    assert seconds < 60
    held(
        PROMISE,
        done=f"{BUYERS} buyers over {PROCESSES} processes for {SEATS} seats",
        outcome=f"{most} seats, {outcomes['full']} told that it is full, {seconds:.0f} s",
    )


def test_seats_let_go_and_run_out_are_sold_again_and_never_twice(sell, held):
    workshop, outcomes, paid, most, _ = sell(with_churn=True)

    assert set(outcomes) <= {"full", "held", "paid", "refunded", "released"}
    assert most <= SEATS
    assert sorted(paid) == sorted(workshop.seats.confirmed().values_list("learner", flat=True))
    assert workshop.seats.confirmed().count() + workshop.seats.held().count() <= SEATS
    told = ", ".join(f"{count} {what}" for what, count in sorted(outcomes.items()))
    held(PROMISE, done="the same, with holds let go, run out and paid late at once", outcome=f"at most {most} seats at any moment ({told})")


def test_without_the_lock_seats_are_sold_twice(sell, held):
    """The control: the same crowd, the lock of the workshop's row left out."""
    *_, most, _ = sell(is_locked=False)

    assert most > SEATS
    held(PROMISE, done="control: the lock of the workshop's row left out", outcome=f"{most} seats sold of {SEATS}")
