"""What the steps of the demonstration find when they begin."""

import pytest

from accounts.models import Role
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory
from tests.factories.workshops import PAST, workshop_with_blocks


@pytest.fixture
def school(db):
    """A workshop that was given last month, staff, and three people; by the names the steps ask for."""
    BoardFactory(code="us_id_massage")
    activity = ActivityFactory(kind="workshop", title="The Knee, Hands On")
    AccreditationFactory(activity=activity, board=BoardFactory(code="ncbtmb_ap"), mode="in_person_hands_on")
    workshop_with_blocks(slug="the-knee-pensacola-last-month", starts_at=PAST, activity=activity, state="completed")
    roles = {"staff": Role.STAFF, "officer": Role.CE_OFFICER, "instructor": Role.INSTRUCTOR}
    return {name: user_with_role(role) for name, role in roles.items()} | {"people": [UserFactory() for _ in range(3)]}
