"""From a person's gaps to the sets that close them."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from credits.selectors import school_today
from payments.models import ProductItem
from planner.planning import Planning
from planner.wishes import Origin, Wishes
from tests.factories.accounts import LegalNameFactory, UserFactory
from tests.factories.courses import completed, enrolled
from tests.factories.credits import LicenceFactory
from tests.factories.payments import AccessGrantFactory, MembershipPriceFactory, PriceFactory, ProductFactory
from tests.factories.planner import approve, course_for, everything_for, licence_of, workshop_for
from tests.factories.workshops import SeatFactory, VenueFactory
from workshops.models import Workshop

pytestmark = pytest.mark.django_db

PENSACOLA = Origin("Pensacola, FL", 30.4213, -87.2169)


def plan_of(licence, **wishes):
    return Planning(licence.user, Wishes(**({"origin": PENSACOLA, "hours_per_week": 10} | wishes))).plan()


def answer(plan, goal="cheapest"):
    return next(found for found in plan.answers if found.goal == goal)


def titles(found):
    return [step.choice.title for step in found.steps]


def test_a_gap_is_closed_by_workshops_and_courses_together():
    licence = licence_of()
    everything_for(licence)

    plan = plan_of(licence)
    found = answer(plan)

    assert [row.goal for row in plan.answers] == ["cheapest", "nearest", "soonest"]
    assert (found.is_closing, found.is_proven, len(found.steps)) == (True, True, 7)
    assert found.cents == 15000 + 18000 + 3 * 2900 + 1900 + 4900
    assert found.after[0].needed == 0


def test_what_is_booked_is_free_and_counts_before_anything_is_chosen():
    licence = licence_of()
    things = everything_for(licence)
    SeatFactory(workshop=things["knee"], learner=licence.user)

    plan = plan_of(licence)
    found = answer(plan)

    assert [step.choice.title for step in found.booked] == ["The Knee, Hands On"]
    assert plan.deficits[0].with_booked == Decimal(18)
    assert "The Knee, Hands On" not in titles(found)
    assert found.cents == 18000 + 3 * 2900 + 1900 + 4900


def test_what_is_bought_costs_nothing_more():
    licence = licence_of()
    things = everything_for(licence)
    AccessGrantFactory(user=licence.user, subject=things["hip"].subject)

    found = answer(plan_of(licence))

    assert found.cents == 15000 + 3 * 2900 + 1900 + 4900
    assert next(step for step in found.steps if step.choice.title == "The Hip, Hands On").choice.is_owned


def test_a_course_that_is_begun_is_in_every_answer_with_the_study_that_is_left():
    licence = licence_of()
    course = course_for(licence, units="5", minutes=300, title="The Jaw at home")
    enrolled(course, licence.user)

    plan = plan_of(licence)

    assert [(step.choice.title, step.choice.minutes) for step in plan.booked] == [("The Jaw at home", 300)]
    assert plan.deficits[0].with_booked == Decimal(19)
    assert plan.answers == ()


def test_a_full_workshop_is_not_proposed_and_is_counted():
    licence = licence_of()
    full = workshop_for(licence, capacity=1)
    SeatFactory(workshop=full)

    plan = plan_of(licence)

    assert (plan.answers, plan.shelf.full) == ((), 1)


def test_one_s_own_hold_keeps_the_last_seat_open_to_oneself():
    licence = licence_of()
    full = workshop_for(licence, capacity=1, cents=9000)
    SeatFactory(workshop=full, learner=licence.user, state="held", reference="order:1", hold_until=timezone.now() + timedelta(minutes=30))

    assert titles(answer(plan_of(licence))) == [full.title]


def test_a_workshop_nobody_can_buy_is_not_proposed_and_is_counted():
    licence = licence_of()
    Workshop.objects.filter(pk=workshop_for(licence).pk).update(is_free=False)

    plan = plan_of(licence)

    assert (plan.answers, plan.shelf.unsold) == ((), 1)


def test_a_date_that_clashes_with_a_seat_is_not_proposed():
    licence = licence_of()
    mine = workshop_for(licence, title="Mine")
    SeatFactory(workshop=mine, learner=licence.user)
    workshop_for(licence, title="At the same time")

    plan = plan_of(licence)

    assert (plan.answers, plan.shelf.clashing) == ((), 1)


def test_two_towns_on_one_day_clash_when_the_way_is_too_long():
    licence = licence_of()
    morning = workshop_for(licence, title="Morning")
    far = VenueFactory(lat=47.6, lng=-122.3)
    evening = workshop_for(licence, title="Evening", venue=far)
    Workshop.objects.filter(pk=evening.pk).update(starts_at=morning.ends_at + timedelta(hours=1), ends_at=morning.ends_at + timedelta(hours=4))

    found = answer(plan_of(licence))

    assert len(found.steps) == 1


def test_what_comes_too_late_for_the_margin_is_not_proposed():
    licence = licence_of()
    need = Planning(licence.user, Wishes()).deficits[0].need
    days = (need.deadline - school_today()).days
    workshop_for(licence, days=days - 20)

    assert plan_of(licence, margin_days=30).answers == ()
    assert len(plan_of(licence, margin_days=14).answers) == 3


def test_home_study_is_planned_at_the_pace_one_has():
    licence = licence_of()
    days = (Planning(licence.user, Wishes()).deficits[0].need.deadline - school_today()).days - 30
    course_for(licence, units="5", minutes=60 * 4 * (days // 7 + 2))

    assert plan_of(licence, hours_per_week=4).answers == ()
    assert len(plan_of(licence, hours_per_week=20).answers) == 3


def test_the_nearest_goes_to_the_near_town_and_the_cheapest_to_the_far_one():
    licence = licence_of()
    activity = workshop_for(licence, units="12", title="Far", venue=VenueFactory(lat=33.75, lng=-84.39)).activity
    workshop_for(licence, activity=activity, title="Near", cents=9000)

    plan = plan_of(licence)

    assert titles(answer(plan)) == ["Far"]
    assert titles(answer(plan, "nearest")) == ["Near"]
    assert answer(plan, "nearest").travel_m < 5_000
    assert 900_000 < answer(plan).travel_m < 1_000_000


def test_without_a_place_there_is_no_nearest():
    licence = licence_of()
    workshop_for(licence)

    plan = plan_of(licence, origin=None)

    assert [found.goal for found in plan.answers] == ["cheapest", "soonest"]
    assert answer(plan).travel_m is None


def test_a_course_completed_in_this_cycle_is_not_proposed_again():
    licence = licence_of(LegalNameFactory().user)
    course = course_for(licence, units="2", topic="ethics")
    completed(enrolled(course, licence.user))

    assert plan_of(licence).answers == ()


def test_what_no_board_approved_is_not_proposed():
    licence = licence_of()
    workshop_for(licence_of(code="us_tn_massage", name="Tennessee"))

    assert plan_of(licence).answers == ()


def test_a_bundle_is_proposed_where_it_is_cheaper():
    licence = licence_of()
    ethics, law = course_for(licence, topic="ethics", cents=2900), course_for(licence, topic="laws_and_rules", cents=2900)
    bundle = PriceFactory(product=ProductFactory(kind="bundle", title="Both", subject=ethics.subject), amount_cents=3900)
    ProductItem.objects.create(product=bundle.product, subject=law.subject)

    found = answer(plan_of(licence))

    assert found.cents == 3900
    assert [(purchase.offer.product.title, len(purchase.opens)) for purchase in found.purchases] == [("Both", 2)]


def test_a_membership_is_paid_for_as_long_as_the_study_takes():
    licence = licence_of()
    courses = [course_for(licence, topic=topic, minutes=480, cents=6900) for topic in ("ethics", "laws_and_rules", "medical_errors")]
    MembershipPriceFactory()

    found = answer(plan_of(licence, hours_per_week=4))

    assert len(found.steps) == len(courses)
    assert [(purchase.times, purchase.cents) for purchase in found.purchases] == [(2, 3800)]


def test_two_licences_are_planned_together():
    florida = licence_of()
    tennessee = licence_of(florida.user, code="us_tn_massage", name="Tennessee")
    shared = workshop_for(florida, units="12")
    approve(shared.activity, tennessee, units="12")

    plan = plan_of(florida)

    assert {deficit.licence for deficit in plan.planned} == {florida, tennessee}
    only = Planning(florida.user, Wishes(licences=(florida.pk,))).plan()
    assert ([deficit.licence for deficit in only.deficits], only.others) == ([florida], (tennessee,))


def test_a_licence_nothing_can_be_said_of_says_why():
    licence = LicenceFactory()

    plan = Planning(licence.user, Wishes()).plan()

    assert (plan.answers, plan.open_deficits) == ((), ())
    assert plan.deficits[0].gap.code == "no_rules"


def test_a_person_without_licences_has_an_empty_plan():
    plan = Planning(UserFactory(), Wishes()).plan()

    assert (plan.deficits, plan.answers) == ((), ())


def test_a_plan_takes_as_many_queries_with_three_of_everything_as_with_one(django_assert_num_queries):
    one, three = licence_of(), licence_of()
    for licence, count in ((one, 1), (three, 3)):
        for days in range(count):
            workshop_for(licence, days=30 + 10 * days, cents=9000)
            course_for(licence, cents=2900)
            SeatFactory(workshop=workshop_for(licence, days=90 + 10 * days), learner=licence.user)
            enrolled(course_for(licence), licence.user)
    licence_of(three.user, code="us_tn_massage", name="Tennessee")
    with CaptureQueriesContext(connection) as first:
        plan_of(one)

    with django_assert_num_queries(len(first)):
        plan_of(three)
