"""The demonstration's phone at the door."""

import pytest

from accounts.models import Role
from demo.checkin import make_checkin
from demo.roster import make_roster
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory
from tests.factories.workshops import PAST, workshop_with_blocks
from workshops.models import CheckinConflict, CheckinDevice, WalkIn


@pytest.fixture
def school(db):
    BoardFactory(code="us_id_massage")
    activity = ActivityFactory(kind="workshop", title="The Knee, Hands On")
    AccreditationFactory(activity=activity, board=BoardFactory(code="ncbtmb_ap"), mode="in_person_hands_on")
    workshop_with_blocks(slug="the-knee-pensacola-last-month", starts_at=PAST, activity=activity, state="completed")
    roles = {"staff": Role.STAFF, "officer": Role.CE_OFFICER, "instructor": Role.INSTRUCTOR}
    return {name: user_with_role(role) for name, role in roles.items()} | {"people": [UserFactory() for _ in range(3)]}


def test_one_came_without_a_seat_and_one_entry_waits(school):
    make_roster(**school)
    for _ in range(2):
        make_checkin(instructor=school["instructor"])

    assert CheckinDevice.objects.get().state == "active"
    assert WalkIn.objects.get().name == "Robin Vale"
    assert CheckinConflict.objects.get().code == "other_device"
