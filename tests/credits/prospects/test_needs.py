"""What a licence's current cycle still asks for."""

from datetime import date
from decimal import Decimal

import pytest

from credits.prospects.prospector import Prospector
from tests.credits.prospects.test_prospector import TODAY, florida
from tests.credits.test_standings import award_for
from tests.factories.credits import LicenceFactory

pytestmark = pytest.mark.django_db


def test_a_need_names_the_cycle_what_is_missing_and_the_day():
    licence = florida()

    need = Prospector(licence.user, TODAY).need(licence)

    assert (need.deadline, need.needed, need.required) == (date(2027, 8, 31), Decimal(24), Decimal(24))
    assert [(part.label, part.units) for part in need.missing if part.code == "technique"] == [("Massage technique, hands-on in person", Decimal(12))]
    assert set(need.labels) >= {part.code for part in need.missing}
    assert (need.unit.plural, need.blocked_by, need.renewed_on, need.is_verified) == ("hours", (), None, False)


def test_what_is_earned_is_needed_no_more():
    licence = florida()
    award_for(licence, units="5", day=date(2026, 11, 10))

    assert Prospector(licence.user, TODAY).need(licence).needed == Decimal(19)


def test_nothing_is_said_of_a_licence_whose_board_has_no_rules():
    licence = LicenceFactory()

    assert Prospector(licence.user, TODAY).need(licence) is None
