"""Whose day it is: learners live by their own calendar, and what is on record is known on it at once."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from core import clock
from credits.models import Accreditation, Award, Licence
from credits.prospects.offers import Offer
from credits.prospects.prospector import Prospector
from credits.selectors import school_today, today_of
from credits.services import award_completion, record_completion
from credits.standings import standing_of_licence
from tests.credits.test_standings import licence_with
from tests.factories.accounts import LegalNameFactory
from tests.factories.credits import AccreditationFactory, ActivityFactory, ExternalCreditFactory, LicenceRenewalFactory

pytestmark = pytest.mark.django_db

DEADLINE = date(2027, 8, 31)  # of Florida's renewal; the school's day is New York's
HONOLULU = datetime(2027, 9, 1, 5, tzinfo=UTC)  # the evening of August 31 there, an hour into September 1 at the school
AUCKLAND = datetime(2027, 8, 31, 13, tzinfo=UTC)  # an hour into September 1 there, the morning of August 31 at the school


@pytest.fixture
def at(monkeypatch):
    def set_moment(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return set_moment


def licence_in(zone):
    licence = licence_with("us_fl_massage", user=LegalNameFactory(user__time_zone=zone).user)
    activity = ActivityFactory(components=[{"mode": "self_paced", "minutes": 300}])
    AccreditationFactory(
        board=licence.board, activity=activity, mode="self_paced", units=Decimal(5), category_split=[], valid_from=date(2020, 1, 1), valid_to=None
    )
    return licence, activity


def complete(licence, activity):
    dossier = record_completion(
        key=f"course:{activity.pk}", user=licence.user, activity=activity, kind="home_study",
        completed_at=clock.now(), zone=licence.user.time_zone, facts={}, trace={},
    )  # fmt: skip
    award_completion(dossier=dossier)
    return dossier


def prospect(licence, activity):
    (found,) = Prospector(licence.user).prospects([Offer("one", activity)])["one"]
    return found


def standing(licence, day):
    return standing_of_licence(Licence.objects.with_facts().get(pk=licence.pk), day)


def test_the_last_evening_in_honolulu_still_counts(at, client):
    at(HONOLULU)
    licence, activity = licence_in("Pacific/Honolulu")
    assert (school_today(), today_of(licence.user)) == (date(2027, 9, 1), DEADLINE)

    before = prospect(licence, activity)
    dossier = complete(licence, activity)
    client.force_login(licence.user)
    page = client.get(reverse("credits:licence_standing", args=[licence.pk]))

    assert (before.counts, before.day) == (True, DEADLINE)
    assert dossier.completed_on == DEADLINE
    shown = page.context["standing"]
    assert (shown.as_of, shown.current.end, shown.current.applied) == (DEADLINE, DEADLINE, "5")


def test_a_cycle_renewed_that_evening_froze_with_what_was_earned_before(at):
    at(HONOLULU)
    licence, activity = licence_in("Pacific/Honolulu")
    complete(licence, activity)
    ethics = [{"category": "ethics", "units": "2"}]
    ExternalCreditFactory(user=licence.user, board=licence.board, units=Decimal(2), category_split=ethics, completed_on=date(2027, 8, 30), status="accepted")
    LicenceRenewalFactory(licence=licence, cycle_end=DEADLINE, submitted_on=DEADLINE, renewed_on=DEADLINE)

    later = standing(licence, date(2027, 9, 5))

    assert (later.before.end, later.before.applied) == (DEADLINE, "7")


def test_past_midnight_in_auckland_a_course_counts_for_the_next_renewal(at):
    at(AUCKLAND)
    licence, activity = licence_in("Pacific/Auckland")
    assert (school_today(), today_of(licence.user)) == (DEADLINE, date(2027, 9, 1))

    promised = prospect(licence, activity)
    complete(licence, activity)

    assert (promised.counts, promised.day) == (True, date(2029, 8, 31))
    shown = standing(licence, today_of(licence.user))
    assert (shown.current.end, shown.current.applied) == (date(2029, 8, 31), "5")


def test_an_approval_is_judged_by_the_learners_day(at):
    at(HONOLULU)
    licence, activity = licence_in("Pacific/Honolulu")
    Accreditation.objects.update(valid_to=DEADLINE)

    promised = prospect(licence, activity)
    complete(licence, activity)

    assert promised.counts
    assert Award.objects.get().board == licence.board
