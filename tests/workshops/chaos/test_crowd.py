"""Everything at once over three processes: no commit oversells, nobody is passed by; and both controls do fail."""

import json
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from django.utils import timezone

from accounts.models import Role
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import WorkshopFactory
from workshops.models import Seat, WaitingEntry
from workshops.services import tidy_holds
from workshops.waiting.turns import turns_of

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parent.parent.parent.parent
PROMISE = "Exactly as many seats as there are places"
FAIRNESS = "Nobody passes the waiting list by"
PEOPLE, GUESTS, SEATS, PROCESSES = 500, 60, 20, 3
START_S, SPREAD_S = 8, 2


@pytest.fixture
def crowd(site_environment, commits_seen):
    """Let everybody in at once; the workshop, what became of people, and what the database saw at every commit."""

    def run(*, is_locked=True, is_fair=True, people=PEOPLE):
        workshop = WorkshopFactory(capacity=SEATS, is_free=False)
        keys = [person.pk for person in UserFactory.create_batch(people)]
        guests = [person.pk for person in UserFactory.create_batch(GUESTS)]
        begin_at = time.time() + START_S
        orders = {"workshop": workshop.pk, "staff": user_with_role(Role.STAFF).pk, "seats": SEATS, "begin_at": begin_at, "spread_s": SPREAD_S}
        orders |= {"is_locked": is_locked, "is_fair": is_fair}
        running = []
        for n in range(PROCESSES):
            own = orders | {"people": keys[n::PROCESSES], "guests": guests[n::PROCESSES]}
            command = [sys.executable, "-m", "tests.workshops.chaos.crowd", json.dumps(own)]
            running.append(subprocess.Popen(command, cwd=ROOT, env=site_environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        outcomes, beside, refunded = Counter(), Counter(), []
        for process in running:
            out, err = process.communicate(timeout=400)
            assert process.returncode == 0, err[-4000:]
            told = json.loads(out)
            outcomes.update(told["outcomes"])
            refunded += told["refunded"]
            for counted in told["beside"].values():
                beside.update(counted)
        return workshop, outcomes, beside, refunded, commits_seen(), time.time() - begin_at

    return run


def test_everything_at_once_sells_no_seat_twice_and_passes_nobody_by(crowd, held):
    workshop, outcomes, beside, refunded, commits, seconds = crowd()

    told = ", ".join(f"{count} {what}" for what, count in sorted(outcomes.items()))
    assert not [what for what in (*outcomes, *beside) if ": " in what], (outcomes, beside)  # nothing but answers
    assert max(taken - capacity for taken, capacity, _ in commits) <= 0
    assert sum(passed_by for *_, passed_by in commits) == 0
    workshop.refresh_from_db()
    tidy_holds(workshop=workshop)
    assert not [turn for turn in turns_of(workshop) if turn.is_offer]
    free = workshop.capacity - workshop.seats.taken().count()
    assert free == 0 or not workshop.waiting.filter(state=WaitingEntry.State.WAITING).exists()
    # Whoever was told that the money goes back has no seat by it, and each taken-over seat has one who took it.
    assert not Seat.objects.confirmed().filter(workshop=workshop, reference__in=[f"order:{pk}" for pk in refunded]).exists()
    for seat in Seat.objects.filter(workshop=workshop, replaces__isnull=False, state="confirmed").select_related("replaces"):
        assert seat.replaces.state == "cancelled"
    # Nobody had two offers at a time, and what is closed holds nothing.
    assert not Seat.objects.filter(workshop=workshop, offer__state__in=["passed", "left"], state="held", hold_until__gt=timezone.now()).exists()
    held(
        PROMISE,
        done=f"{PEOPLE} people over {PROCESSES} processes: register, pay late, cancel, offer to the list, wait, answer, while staff give, take and resize",
        outcome=f"0 of {len(commits)} commits over capacity, {seconds:.0f} s ({told})",
    )
    held(
        FAIRNESS,
        done="the same crowd, every commit looked at",
        outcome=f"0 people passed by in {len(commits)} commits; {beside['done']} changes by staff and jobs",
    )


def test_without_the_lock_the_crowd_oversells(crowd, held):
    """The control: the same crowd, the lock of the workshop's row left out."""
    *_, commits, _ = crowd(is_locked=False, people=240)

    most = max(taken - capacity for taken, capacity, _ in commits)
    assert most > 0
    held(PROMISE, done="control: the crowd without the lock", outcome=f"{most} seats over capacity")


def test_without_the_look_at_the_list_strangers_pass_it_by(crowd, held):
    """The control: seats change without the list being served first."""
    *_, commits, _ = crowd(is_fair=False, people=240)

    passed = sum(1 for *_, passed_by in commits if passed_by)
    assert passed > 0
    held(FAIRNESS, done="control: seats change without a look at the list", outcome=f"{passed} seats went to strangers while people waited")
