"""The facts of a licence in the words of the rules engine."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from credits.engine.vocabulary import check_case
from credits.licence_facts import FactsMissing, licence_facts, missing_facts
from credits.licence_needs import Needs, credential_choices, duty_name, needs_of
from credits.models import Board, Licence
from tests.factories.accounts import UserFactory
from tests.factories.credits import (
    BirthDateFactory,
    BoardFactory,
    HeldCredentialFactory,
    LicenceFactory,
    LicenceOverrideFactory,
    LicenceRenewalFactory,
    LicenceStatusFactory,
    MetDutyFactory,
)

pytestmark = pytest.mark.django_db

ISSUED = date(2019, 3, 4)


def full_licence(**options):
    """A licence of a board that goes by the month of birth, with every fact there is."""
    board = BoardFactory(code="us_va_massage")
    licence = LicenceFactory(**{"board": board, "number": "0019-1", "issued_on": ISSUED, "practising_since": date(2010, 5, 1), **options})
    LicenceStatusFactory(licence=licence, begins_on=date(2024, 6, 1), status="active")
    LicenceStatusFactory(licence=licence, begins_on=date(2024, 1, 1))
    LicenceRenewalFactory(licence=licence, cycle_end=date(2025, 6, 30), submitted_on=date(2025, 6, 1), renewed_on=date(2025, 6, 20))
    LicenceOverrideFactory(licence=licence, cycle_end=date(2023, 6, 30), required=Decimal("12.50"), window_close=date(2023, 9, 30), reason="Extension")
    gone = {"withdrawn_at": timezone.now(), "withdrawn_by": licence.user, "withdraw_reason": "Misread"}
    LicenceOverrideFactory(licence=licence, cycle_end=date(2025, 6, 30), **gone)
    MetDutyFactory(licence=licence, code="hiv", cycle_end=date(2021, 6, 30))
    HeldCredentialFactory(user=licence.user, begins_on=date(2025, 4, 1), expires_on=date(2027, 3, 31))
    certified = BoardFactory(code="ncbtmb_bc", kind=Board.Kind.CERTIFICATION_BODY, jurisdiction="US")
    LicenceFactory(user=licence.user, board=certified, issued_on=date(2024, 1, 1), expires_on=date(2027, 12, 31))
    BirthDateFactory(user=licence.user)
    return Licence.objects.with_facts().get(pk=licence.pk)


def test_every_fact_is_given_in_the_engines_words():
    licence = full_licence()

    facts = licence_facts(licence, licence.user)

    assert facts == {
        "issued_on": "2019-03-04",
        "number": "0019-1",
        "born_on": "1985-06-15",
        "practising_since": "2010-05-01",
        "status_history": [{"from": "2024-01-01", "status": "inactive"}, {"from": "2024-06-01", "status": "active"}],
        "credentials": [
            {"credential": "cpr", "from": "2025-04-01", "expires": "2027-03-31"},
            {"credential": "ncbtmb_bc", "from": "2024-01-01", "expires": "2027-12-31"},
        ],
        "renewals": [{"cycle_end": "2025-06-30", "submitted_on": "2025-06-01", "renewed_on": "2025-06-20"}],
        "overrides": [{"cycle_end": "2023-06-30", "required": "12.5", "window_close": "2023-09-30", "reason": "Extension"}],
        "met_before": [{"code": "hiv", "cycle_end": "2021-06-30"}],
    }


def test_the_engine_takes_them_as_a_case():
    licence = full_licence()
    case = {
        "schema": "smrt-ce-case/1",
        "operation": "cycle_dates",
        "licence": licence_facts(licence, licence.user),
        "calendar": {"anchor": "birth_month_end", "months": 24, "parity": "birth_year"},
        "count": 2,
    }

    assert check_case(case) == []


def test_a_licence_with_its_issue_date_alone_says_no_more():
    licence = LicenceFactory(number="", issued_on=ISSUED)
    BirthDateFactory(user=licence.user)

    facts = licence_facts(licence, licence.user)

    assert facts == {"issued_on": "2019-03-04"}  # this board's calendar does not go by the birthday


def test_without_an_issue_date_there_are_no_facts():
    licence = LicenceFactory()

    with pytest.raises(FactsMissing, match="issued"):
        licence_facts(licence, licence.user)


def test_what_the_boards_rules_ask_for_is_named_until_it_is_given():
    licence = LicenceFactory(board=BoardFactory(code="us_va_massage"), issued_on=None)
    before = missing_facts(licence, licence.user)
    licence.issued_on = ISSUED
    BirthDateFactory(user=licence.user)

    after = missing_facts(licence, licence.user)

    assert (before, after) == (["issued_on", "born_on"], [])


@pytest.mark.parametrize("number", [1, 3])
def test_many_licences_cost_as_many_queries_as_one(django_assert_num_queries, number):
    user = UserFactory()
    for _ in range(number):
        licence = LicenceFactory(user=user, board=BoardFactory(), issued_on=ISSUED)
        LicenceRenewalFactory(licence=licence)
        LicenceStatusFactory(licence=licence)
    needs_of("us_va_massage")  # the rule files are read once

    with django_assert_num_queries(7):
        found = [licence_facts(row, row.user) for row in Licence.objects.with_facts().filter(user=user)]

    assert len(found) == number


def test_needs_come_from_the_boards_calendar_and_rules():
    virginia = needs_of("us_va_massage")

    assert (virginia.born_on, virginia.credentials, needs_of("nobody")) == (True, ("ncbtmb_bc",), Needs())


def test_credentials_and_duties_have_words():
    board = BoardFactory(code="ncbtmb_bc", name="NCBTMB Board Certification")

    choices = dict(credential_choices())

    assert (choices["cpr"], choices[board.code]) == ("CPR card", board.name)
    assert (duty_name("ethics"), duty_name("first_course")) == ("Ethics", "First course")
