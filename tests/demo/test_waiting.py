"""The demonstration's policy and waiting list."""

import pytest

from accounts.models import Role
from demo.waiting import make_policy, make_waiting_list
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import SeatFactory
from workshops.models import CancellationPolicy, WaitingEntry


@pytest.mark.django_db
def test_it_is_all_there_and_a_second_run_changes_nothing():
    seat, staff = SeatFactory(workshop__capacity=1), user_with_role(Role.STAFF)
    people = [*UserFactory.create_batch(2), seat.learner]

    for _time in range(2):
        make_policy(staff=staff)
        make_waiting_list(people=people)

    assert CancellationPolicy.objects.get().is_default
    assert [entry.learner for entry in WaitingEntry.objects.in_turn()] == people[:2]
