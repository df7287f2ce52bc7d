"""The people who renew with several boards, made twice."""

import pytest

from credits.models import HeldCredential, Licence, StandingMark, StandingSnapshot
from credits.services import load_boards
from demo.renewals import RENEWALS, make_renewals

pytestmark = pytest.mark.django_db


def test_people_who_renew_are_made_once_and_stand_where_the_dashboards_show_them():
    load_boards()
    for _ in range(2):
        make_renewals()

    assert (Licence.objects.count(), HeldCredential.objects.count()) == (len(RENEWALS), 3)
    assert not StandingMark.objects.exists()
    assert {row.gap_code for row in StandingSnapshot.objects.all()} == {"", "no_calendar"}
