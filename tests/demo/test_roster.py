"""The demonstration's roster that waits for a decision."""

import pytest

from accounts.models import Role
from demo.roster import SLUG, make_roster
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory
from tests.factories.workshops import PAST, workshop_with_blocks
from workshops.models import AttendanceCorrection, Workshop
from workshops.roster.selectors import roster


@pytest.fixture
def school(db):
    BoardFactory(code="us_id_massage")
    activity = ActivityFactory(kind="workshop", title="The Knee, Hands On")
    AccreditationFactory(activity=activity, board=BoardFactory(code="ncbtmb_ap"), mode="in_person_hands_on")
    workshop_with_blocks(slug="the-knee-pensacola-last-month", starts_at=PAST, activity=activity, state="completed")
    roles = {"staff": Role.STAFF, "officer": Role.CE_OFFICER, "instructor": Role.INSTRUCTOR}
    return {name: user_with_role(role) for name, role in roles.items()} | {"people": [UserFactory() for _ in range(3)]}


def test_one_stayed_one_left_and_one_forgot_to_sign_out(school):
    for _ in range(2):
        make_roster(**school)

    found = roster(Workshop.objects.prefetch_related("blocks").select_related("venue", "activity").get(slug=SLUG))
    assert [row.state for row in found.rows] == ["full", "partial", "partial"]
    assert [gap.code for row in found.rows for gap in row.gaps] == ["early", "no_departure"]
    assert [line.units_shown for line in found.rows[1].hours if line.board_code == "us_id_massage"] != ["0"]
    assert AttendanceCorrection.objects.count() == 1
