"""The school's cancellation policy and a full workshop's waiting list, as the demonstration shows them. Safe to repeat."""

from __future__ import annotations

from collections.abc import Iterable

from accounts.models import User
from workshops.leaving.services import save_policy
from workshops.models import CancellationPolicy, WaitingEntry, Workshop
from workshops.waiting.services import join_list

TIERS = [{"days": 14, "percent": 100}, {"days": 7, "percent": 50}]


def make_policy(*, staff: User) -> None:
    if not CancellationPolicy.objects.exists():
        save_policy(policy=CancellationPolicy(name="The school’s own", tiers=TIERS, fee_cents=1000, is_default=True), by=staff)


def make_waiting_list(*, people: Iterable[User]) -> None:
    """`people` wait for the one seat of the first workshop that is full."""
    for workshop in Workshop.objects.coming().with_seats_taken().order_by("starts_at", "pk"):
        if workshop.seats_free:
            continue
        if not WaitingEntry.objects.filter(workshop=workshop).exists():
            seated = set(workshop.seats.standing().values_list("learner_id", flat=True))
            for person in people:
                if person.pk not in seated:
                    join_list(workshop=workshop, learner=person)
        return
