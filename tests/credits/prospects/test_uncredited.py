"""A completion without credit is put before an officer, once for an activity, board and day, and taken off when it is credited."""

from datetime import UTC, date, datetime

import pytest

from accounts.models import Role
from credits.models import OfficerTask
from credits.services import award_completion, claim_completion
from tests.factories.accounts import user_with_role
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory, DossierFactory, LicenceFactory

pytestmark = pytest.mark.django_db

DAY = date(2026, 6, 10)


@pytest.fixture
def board():
    return BoardFactory(code="us_fl_massage", name="Florida Board")


@pytest.fixture
def activity(board):
    activity = ActivityFactory(title="The knee")
    AccreditationFactory(activity=activity, board=board, valid_to=date(2026, 5, 1))
    return activity


def uncredited(activity, board):
    licence = LicenceFactory(board=board)
    dossier = DossierFactory(user=licence.user, activity=activity, completed_on=DAY, completed_at=datetime(2026, 6, 10, 15, tzinfo=UTC))
    award_completion(dossier=dossier)
    return dossier, licence


def test_one_task_for_everybody_of_a_day(activity, board):
    uncredited(activity, board)
    uncredited(activity, board)

    task = OfficerTask.objects.get()
    assert (task.kind, task.title) == ("file_a_change", "No credit with Florida Board for “The knee” on June 10, 2026")
    assert task.address == activity.get_absolute_url()
    assert "No approval covered the completion date" in task.detail


def test_it_is_settled_when_the_last_of_them_is_credited(activity, board):
    first, second = uncredited(activity, board), uncredited(activity, board)
    AccreditationFactory(activity=activity, board=board, valid_from=date(2026, 5, 2))

    claim_completion(dossier=first[0], licence=first[1])
    assert OfficerTask.objects.get().is_open

    claim_completion(dossier=second[0], licence=second[1])
    assert OfficerTask.objects.get().note == "The completions of that day were decided anew."


def test_asking_again_in_vain_changes_nothing(activity, board):
    dossier, licence = uncredited(activity, board)

    claim_completion(dossier=dossier, licence=licence)

    assert OfficerTask.objects.get().is_open


def test_what_no_board_ever_approved_is_no_task(board):
    uncredited(ActivityFactory(), board)

    assert not OfficerTask.objects.exists()


def test_the_activity_s_page_shows_the_days_and_the_people(client, activity, board):
    dossier, _licence = uncredited(activity, board)
    client.force_login(user_with_role(Role.CE_OFFICER))

    page = client.get(activity.get_absolute_url()).content.decode()

    assert "Days without an approval" in page
    assert "from May 2, 2026 on" in page
    assert "1 completion without credit" in page
    assert dossier.get_absolute_url() in page
