"""Days that no approval covers, between approvals and after them."""

from datetime import date
from decimal import Decimal

import pytest

from credits.models import Accreditation
from credits.prospects.gaps import approval_gaps, gaps_today
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory

pytestmark = pytest.mark.django_db


def test_a_gap_lies_between_two_approvals_and_after_the_last():
    activity, board = ActivityFactory(), BoardFactory(name="Florida")
    AccreditationFactory(activity=activity, board=board, valid_from=date(2020, 1, 1), valid_to=date(2024, 12, 31))
    AccreditationFactory(activity=activity, board=board, valid_from=date(2025, 3, 1), valid_to=date(2026, 5, 1))

    found = [(gap.first, gap.last, gap.sentence) for gap in approval_gaps(activity)]

    assert found == [
        (date(2025, 1, 1), date(2025, 2, 28), "the approval ended on December 31, 2024, the next begins on March 1, 2025"),
        (date(2026, 5, 2), None, "the approval ended on May 1, 2026"),
    ]
    assert [gap.first for gap in gaps_today(activity, date(2025, 2, 1))] == [date(2025, 1, 1)]
    assert gaps_today(activity, date(2025, 3, 1)) == []


def test_approvals_that_follow_without_a_day_between_leave_no_gap():
    activity, board = ActivityFactory(), BoardFactory()
    AccreditationFactory(activity=activity, board=board, valid_from=date(2020, 1, 1), valid_to=date(2024, 12, 31))
    AccreditationFactory(activity=activity, board=board, valid_from=date(2025, 1, 1), units=Decimal(7))

    assert approval_gaps(activity) == []


def test_drafts_cover_nothing_and_a_withdrawal_opens_a_gap():
    activity, board = ActivityFactory(), BoardFactory()
    AccreditationFactory(activity=activity, board=board, status=Accreditation.Status.WITHDRAWN, withdrawn_on=date(2026, 2, 1))
    AccreditationFactory(activity=activity, board=board, status=Accreditation.Status.DRAFT, valid_from=date(2026, 3, 1))
    withdrawn_at_once = AccreditationFactory(activity=activity, status=Accreditation.Status.WITHDRAWN, withdrawn_on=date(2020, 1, 1))

    assert [(gap.board, gap.first, gap.last) for gap in approval_gaps(activity)] == [(board, date(2026, 2, 1), None)]
    assert withdrawn_at_once.board != board


@pytest.mark.parametrize("number", [1, 3])
def test_gaps_cost_one_query(django_assert_num_queries, number):
    activity = ActivityFactory()
    for _ in range(number):
        AccreditationFactory(activity=activity, valid_to=date(2024, 1, 1))

    with django_assert_num_queries(1):
        assert len(approval_gaps(activity)) == number
