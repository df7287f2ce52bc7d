import pytest

from accounts.models import Role
from accounts.services import grant_role
from credits.rulebook.loading import RULES
from tests.factories.accounts import UserFactory
from tests.factories.credits import BoardFactory, RuleRevisionFactory

FLORIDA = (RULES / "us_fl_massage.yaml").read_text(encoding="utf-8")


def ce_officer(name):
    officer = UserFactory(display_name=name)
    grant_role(user=officer, role=Role.CE_OFFICER, granted_by=None)
    return officer


@pytest.fixture
def officer(db):
    return ce_officer("Olive Officer")


@pytest.fixture
def second(db):
    return ce_officer("Sam Second")


@pytest.fixture
def florida(db):
    """Florida's board with its file's rules as revision 1, in force."""
    board = BoardFactory(code="us_fl_massage", name="Florida Board of Massage Therapy")
    RuleRevisionFactory(board=board, number=1)
    return board
