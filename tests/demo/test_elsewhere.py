"""What the demonstration's learner earned elsewhere."""

import pytest

from accounts.models import Role
from credits.models import ExternalCredit, ExternalProof, TranscriptLink
from demo.elsewhere import make_earned_elsewhere
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.credits import BoardFactory, LicenceFactory


@pytest.mark.django_db
def test_it_is_there_in_every_state_and_a_second_run_changes_nothing():
    learner, officer = UserFactory(display_name="Zoë"), user_with_role(Role.CE_OFFICER)
    LicenceFactory(user=learner, board=BoardFactory(code="us_fl_massage"))

    for _time in range(2):
        make_earned_elsewhere(learner=learner, reviewer=officer)

    assert [credit.status for credit in ExternalCredit.objects.with_status().order_by("completed_on")] == ["accepted", "waiting", "asked"]
    assert (ExternalProof.objects.count(), TranscriptLink.objects.count()) == (3, 1)
