"""What a card says while credit of the person's own is held or waits for review: also what it reads as once that counts."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from credits.prospects.offers import Offer
from credits.prospects.prospector import Prospector
from tests.credits.test_held_awards import earned, florida, hold, on, release
from tests.factories.accounts import user_with_role
from tests.factories.courses import published_course
from tests.factories.credits import AccreditationFactory, ActivityFactory, ExternalCreditFactory

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)
SAID = "Some of your credit is held or waits for review, and is not counted here. Once it counts, this reads: “{}”"


@pytest.fixture(autouse=True)
def today():
    with on(TODAY):
        yield


@pytest.fixture
def officer():
    return user_with_role("ce_officer")


def home_study(board, units="6"):
    activity = ActivityFactory(kind="home_study", components=[{"mode": "self_paced", "minutes": 360}])
    AccreditationFactory(board=board, activity=activity, mode="self_paced", units=Decimal(units))
    return activity


def prospect(licence, activity):
    (found,) = Prospector(licence.user, TODAY).prospects([Offer("one", activity)])["one"]
    return found


def test_home_study_that_a_held_award_would_have_covered_says_so(officer):
    licence = florida()
    award = earned(licence)  # of 6 hours of home study 5 count
    another = home_study(licence.board)
    assert prospect(licence, another).if_released == ""

    hold(award, officer)

    found = prospect(licence, another)
    assert found.sentence == "Florida: fills 5 of the 24 hours you still need."
    other = "prevention of medical errors or laws and rules of the state or ethics or human trafficking or massage technique"
    assert found.if_released == SAID.format(f"Does not count in Florida: not {other}.")

    release(award, officer)

    assert prospect(licence, another).if_released == ""


def test_what_waits_at_the_desk_of_external_credit_is_said_too():
    licence = florida()
    credit = ExternalCreditFactory(user=licence.user, board=licence.board, completed_on=date(2026, 5, 9), units=Decimal("2"), mode="self_paced")

    found = prospect(licence, home_study(licence.board))

    assert found.sentence == "Florida: fills 5 of the 24 hours you still need."
    assert found.if_released == SAID.format("Florida: fills 3 of the 22 hours you still need.")
    assert credit.status == "waiting"


@pytest.mark.parametrize("status", ["refused", "withdrawn"])
def test_what_will_never_count_is_not_promised(status):
    licence = florida()
    ExternalCreditFactory(user=licence.user, board=licence.board, completed_on=date(2026, 5, 9), units=Decimal("2"), mode="self_paced", status=status)

    assert prospect(licence, home_study(licence.board)).if_released == ""


def test_credit_of_another_board_changes_nothing():
    licence = florida()
    ExternalCreditFactory(user=licence.user, completed_on=date(2026, 5, 9), units=Decimal("2"), mode="self_paced")

    assert prospect(licence, home_study(licence.board)).if_released == ""


def test_the_card_and_the_api_say_it(client, officer):
    licence = florida()
    hold(earned(licence), officer)
    course = published_course()
    AccreditationFactory(activity=course.current_version.activity, board=licence.board, mode="self_paced", units=Decimal("6"))
    client.force_login(licence.user)

    page = client.get(reverse("courses:course_list")).content.decode()
    listed = client.get("/api/v1/courses/").json()["results"]

    assert "Some of your credit is held or waits for review" in page
    assert listed[0]["prospects"][0]["if_released"].startswith("Some of your credit is held")


def test_it_costs_no_query(officer):
    licence = florida()
    activity = home_study(licence.board)
    with_nothing_held = queries_of(licence, activity)

    hold(earned(licence), officer)

    assert queries_of(licence, activity) == with_nothing_held


def queries_of(licence, activity):
    prospect(licence, activity)
    with CaptureQueriesContext(connection) as asked:
        prospect(licence, activity)
    return len(asked)


def test_what_leaves_the_offer_as_useful_as_it_is_is_not_said():
    licence = florida()
    ethics = [{"category": "ethics", "units": "2"}]
    ExternalCreditFactory(user=licence.user, board=licence.board, completed_on=date(2026, 5, 9), units=Decimal("2"), mode="self_paced", category_split=ethics)

    found = prospect(licence, home_study(licence.board))

    assert (found.sentence, found.if_released) == ("Florida: fills 5 of the 24 hours you still need.", "")
