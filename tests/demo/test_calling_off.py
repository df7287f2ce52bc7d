"""The demo's workshop that does not take place."""

from demo.calling_off import SLUG, make_called_off
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.workshops import workshop_with_blocks
from workshops.models import CallOffEntry, Workshop


def test_one_person_still_chooses_and_one_was_moved(db):
    source, staff, people = workshop_with_blocks(), user_with_role("staff"), UserFactory.create_batch(2)

    for _time in range(2):
        make_called_off(staff=staff, chooses=people[0], moved=people[1])

    assert Workshop.objects.get(slug=SLUG).state == "cancelled"
    assert list(CallOffEntry.objects.order_by("pk").values_list("seat__learner", "action", "outcome")) == [
        (people[0].pk, "ask", "waiting"),
        (people[1].pk, "move", "done"),
    ]
    assert source.seats.confirmed().get().learner == people[1]
