"""A Florida and a Georgia that are set up, and learners who completed something for them."""

from datetime import timedelta

import pytest

from credits.selectors import school_today
from tests.factories.accounts import user_with_role
from tests.factories.credits import AccreditationFactory, ActivityFactory, AwardFactory, BoardFactory, DossierFactory, LicenceFactory
from tests.factories.reports import ReportConsentFactory, ReportCourseFactory, ReportRouteFactory


@pytest.fixture
def officer():
    return user_with_role("ce_officer")


@pytest.fixture
def florida():
    return ReportRouteFactory()


@pytest.fixture
def georgia():
    board = BoardFactory(code="us_ga_massage", name="Georgia Board of Massage Therapy", jurisdiction="US-GA")
    return ReportRouteFactory(board=board, state="GA", profession_code="MT")


@pytest.fixture
def roster():
    """A body whose roster is the school's own CSV."""
    board = BoardFactory(code="us_la_massage", name="Louisiana Board of Massage Therapy", jurisdiction="US-LA")
    return ReportRouteFactory(board=board, system="board", layout="roster_csv", state="LA", profession_code="")


@pytest.fixture
def complete():
    """`complete(route)`: an award of a completion some days ago, whose course the system knows."""
    approvals = {}

    def make(route, *, number=None, days_ago=3, consent=True, course=True, **values):
        if route.pk not in approvals:
            approvals[route.pk] = AccreditationFactory(board=route.board, activity=ActivityFactory(title="SMRT for the knee"))
            if course:
                ReportCourseFactory(route=route, accreditation=approvals[route.pk], course_number="557203")
        approval = approvals[route.pk]
        dossier = DossierFactory(activity=approval.activity, completed_on=school_today() - timedelta(days=days_ago))
        licence = LicenceFactory(user=dossier.user, board=route.board, **({"number": number} if number is not None else {}))
        if consent and route.board.code == "us_ga_massage":
            ReportConsentFactory(user=dossier.user, board=route.board)
        return AwardFactory(dossier=dossier, accreditation=approval, licence=licence, **values)

    return make
