"""Saved routes, and how they follow what happens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.models import Job
from courses.services import update_course
from credits.batch.snapshots import mark_stale
from credits.models import Accreditation
from credits.selectors import school_today
from notifications.models import MailMessage
from payments.models import Price
from planner import services
from planner.errors import RouteRefused
from planner.models import Route, RouteEvent, RouteStep
from planner.planning import Planning
from planner.tasks import hear_news, look_again_at
from planner.wishes import Origin, Wishes
from planner.words import sentence_of
from tests.credits.test_standings import award_for
from tests.factories.accounts import LegalNameFactory, UserFactory, user_with_role
from tests.factories.courses import completed, enrolled
from tests.factories.planner import course_for, everything_for, licence_of, workshop_for
from tests.factories.workshops import SeatFactory, VenueFactory
from workshops.cancelling.services import call_off
from workshops.models import Workshop
from workshops.services import cancel_seat, register_learner

pytestmark = pytest.mark.django_db

WISHES = Wishes(origin=Origin("Pensacola, FL", 30.4213, -87.2169), hours_per_week=10)


def saved(licence, goal="cheapest", wishes=WISHES):
    found = next(found for found in Planning(licence.user, wishes).plan().answers if found.goal == goal)
    return services.save_route(user=licence.user, wishes=wishes, goal=goal, keys=found.keys)


def look(route):
    services.ask_to_look(Route.objects.filter(pk=route.pk))
    route.refresh_from_db()
    events = services.look_again(route=route, number=route.asked)
    route.refresh_from_db()
    return [event.code for event in events]


def states(route):
    return {step.title: step.state for step in route.steps.all()}


def mails(route):
    return list(MailMessage.objects.filter(key__startswith=f"route:{route.pk}:").order_by("pk").values_list("template", flat=True))


def award_everything(licence):
    """Credit on record for all that Florida asks."""
    topics = {"medical_errors": "2", "laws_and_rules": "2", "ethics": "2", "human_trafficking": "1"}
    split = [{"category": topic, "units": units} for topic, units in topics.items()]
    award_for(licence, units="12", day=school_today(), category_split=split)
    award_for(licence, units="12", day=school_today(), category_split=[{"category": "technique", "units": "12"}], mode="in_person_hands_on")


@pytest.fixture
def licence():
    licence = licence_of(LegalNameFactory().user)
    everything_for(licence)
    return licence


def test_a_saved_route_keeps_steps_sums_and_what_it_leaves(licence):
    route = saved(licence)

    assert (route.is_closing, route.total_cents, route.state, len(route.outlook)) == (True, 15000 + 18000 + 3 * 2900 + 1900 + 4900, "followed", 1)
    assert route.outlook[0]["needed_after"] == "0"
    assert set(states(route).values()) == {"planned"}
    assert [step.position for step in route.steps.all()] == list(range(1, 8))
    assert route.name == "Florida Board of Massage Therapy · Cheapest"
    assert (route.lat, route.lng) == (30.42, -87.22)
    knee = route.steps.get(title="The Knee, Hands On")
    assert (knee.price_cents, knee.book_by) == (15000, knee.starts_at.date() - timedelta(days=14))
    assert [event.code for event in route.events.all()] == ["saved"]


def test_saving_the_same_steps_again_returns_the_route(licence):
    assert saved(licence) == saved(licence)
    assert Route.objects.count() == 1


def test_a_step_that_can_not_be_taken_is_refused_and_nothing_is_kept(licence):
    with pytest.raises(RouteRefused) as refusal:
        services.save_route(user=licence.user, wishes=WISHES, goal="cheapest", keys=["workshop:0"])

    assert refusal.value.code == "step_gone"
    assert not Route.objects.exists()


@pytest.mark.parametrize(("goal", "code"), [("fastest", "unknown_goal"), ("cheapest", "nothing_to_keep")])
def test_what_is_no_route_is_refused(licence, goal, code):
    with pytest.raises(RouteRefused) as refusal:
        services.save_route(user=licence.user, wishes=WISHES, goal=goal, keys=[])

    assert refusal.value.code == code


def test_no_more_than_twenty_routes_are_followed(licence, monkeypatch):
    monkeypatch.setattr("planner.services.routes.MOST_FOLLOWED", 1)
    saved(licence)

    with pytest.raises(RouteRefused) as refusal:
        saved(licence, "soonest")

    assert refusal.value.code == "too_many_routes"


def test_a_booked_step_is_seen_and_costs_nothing_more(licence):
    route = saved(licence)
    free = workshop_for(licence, title="Gift", days=100)
    register_learner(workshop=free, learner=licence.user)

    codes = look(route)

    assert codes == ["booked", "spare", "spare", "spare"]
    assert states(route)["Gift"] == "booked"
    assert set(route.steps.filter(is_spare=True).values_list("title", flat=True)) == {"The Knee, Hands On", "The Hip, Hands On", "The Jaw at home"}
    assert route.is_closing
    assert mails(route) == []


def test_a_seat_at_the_time_of_a_step_takes_the_step_away(licence):
    route = saved(licence)
    register_learner(workshop=workshop_for(licence, title="Gift"), learner=licence.user)

    look(route)

    assert route.steps.get(title="The Knee, Hands On").reason == "clash"
    assert mails(route) == ["planner/mail/route_changed"]


def test_a_seat_given_back_is_to_be_booked_again(licence):
    gift = workshop_for(licence, title="Gift")
    seat = SeatFactory(workshop=gift, learner=licence.user)
    route = saved(licence)
    assert states(route)["Gift"] == "booked"
    cancel_seat(workshop=gift, learner=licence.user, by=licence.user)

    codes = look(route)

    assert (codes, states(route)["Gift"]) == (["given_back"], "planned")
    assert seat.workshop == gift


def test_a_cancelled_workshop_breaks_the_route_and_the_person_is_told_once(licence):
    route = saved(licence)
    call_off(workshop=Workshop.objects.get(title="The Knee, Hands On"), by=user_with_role("staff"), reason="The hall is closed.")

    codes = look(route)

    assert codes == ["lost", "closes_no_longer"]
    assert route.steps.get(title="The Knee, Hands On").reason == "cancelled"
    assert not route.is_closing
    assert route.outlook[0]["needed_after"] == "6"
    assert mails(route) == ["planner/mail/route_changed"]
    assert look(route) == []
    assert len(mails(route)) == 1


def test_the_mail_says_what_happened_what_is_missing_and_where_to_look(licence):
    route = saved(licence)
    call_off(workshop=Workshop.objects.get(title="The Knee, Hands On"), by=user_with_role("staff"), reason="The hall is closed.")
    look(route)

    message = MailMessage.objects.get(key__startswith=f"route:{route.pk}:")

    assert message.subject == "Your route no longer closes the gap: Florida Board of Massage Therapy · Cheapest"
    assert "“The Knee, Hands On” is no longer possible. The workshop was cancelled." in message.body_text
    assert "Florida Board of Massage Therapy: 6 hours; 6 · Massage technique, hands-on in person" in message.body_text
    assert f"/planner/routes/{route.pk}/again/" in message.body_text
    assert "Nobody at the school has checked these rules" in message.body_text


def test_who_wants_no_mail_gets_none(licence):
    route = services.set_mail(route=saved(licence), wants_mail=False)
    call_off(workshop=Workshop.objects.get(title="The Knee, Hands On"), by=user_with_role("staff"), reason="The hall is closed.")

    assert look(route) == ["lost", "closes_no_longer"]
    assert mails(route) == []


def test_a_moved_workshop_is_noted_with_both_days(licence):
    route = saved(licence)
    knee = Workshop.objects.get(title="The Knee, Hands On")
    before = knee.starts_at
    Workshop.objects.filter(pk=knee.pk).update(starts_at=before + timedelta(days=7), ends_at=knee.ends_at + timedelta(days=7))

    codes = look(route)

    assert codes == ["moved"]
    step = route.steps.get(workshop=knee)
    assert (step.starts_at, step.day) == (before + timedelta(days=7), (knee.ends_at + timedelta(days=7)).date())
    assert "was moved from" in sentence_of(route.events.first())


def test_a_workshop_moved_beyond_the_margin_is_lost(licence):
    route = saved(licence)
    Workshop.objects.filter(title="The Knee, Hands On").update(
        starts_at=route.created_at + timedelta(days=900), ends_at=route.created_at + timedelta(days=900, hours=7)
    )

    assert "lost" in look(route)
    assert route.steps.get(title="The Knee, Hands On").reason == "late"


def test_a_full_workshop_is_lost_and_possible_again_when_a_seat_is_free(licence):
    route = saved(licence)
    knee = Workshop.objects.get(title="The Knee, Hands On")
    Workshop.objects.filter(pk=knee.pk).update(capacity=1)
    seat = SeatFactory(workshop=knee)
    assert look(route) == ["lost", "closes_no_longer"]
    seat.delete()

    assert look(route) == ["possible_again", "closes_again"]
    assert states(route)["The Knee, Hands On"] == "planned"


def test_a_price_that_changed_is_noted(licence):
    route = saved(licence)
    Price.objects.filter(amount_cents=15000).update(amount_cents=16000)

    assert look(route) == ["price_changed"]
    assert route.total_cents == 16000 + 18000 + 3 * 2900 + 1900 + 4900
    assert "costs $160.00 now; it was $150.00" in sentence_of(route.events.first())


def test_what_is_taken_off_sale_is_lost(licence):
    route = saved(licence)
    Price.objects.filter(amount_cents=15000).update(is_active=False)

    assert look(route) == ["lost", "closes_no_longer"]
    assert route.steps.get(title="The Knee, Hands On").reason == "off_sale"


def test_a_hidden_course_is_lost(licence):
    route = saved(licence)
    course = route.steps.get(title="Ethics").course
    type(course).objects.filter(pk=course.pk).update(visibility="hidden")

    look(route)

    assert route.steps.get(title="Ethics").reason == "hidden"


def test_another_date_of_the_same_takes_the_place_of_a_step(licence):
    route = saved(licence)
    knee = Workshop.objects.get(title="The Knee, Hands On")
    other = workshop_for(licence, activity=knee.activity, title="The Knee in June", days=60)
    register_learner(workshop=other, learner=licence.user)

    codes = look(route)

    assert "lost" in codes
    assert route.steps.get(workshop=knee).reason == "duplicate"
    assert states(route)["The Knee in June"] == "booked"
    assert route.is_closing


def test_an_approval_that_ends_breaks_the_route(licence):
    route = saved(licence)
    knee = Workshop.objects.get(title="The Knee, Hands On")
    Accreditation.objects.filter(activity=knee.activity).update(valid_to=knee.starts_at.date() - timedelta(days=1))

    assert look(route) == ["lost", "closes_no_longer"]
    assert route.steps.get(workshop=knee).reason == "uncounted"
    assert mails(route) == ["planner/mail/route_changed"]


def test_when_nothing_is_missing_any_more_the_route_is_reached(licence):
    route = saved(licence)
    award_everything(licence)

    codes = look(route)

    assert (codes, route.state) == (["reached"], "reached")
    assert mails(route) == ["planner/mail/route_reached"]


def test_a_completed_step_is_kept_as_completed():
    licence = licence_of(LegalNameFactory().user)
    course = course_for(licence, topic="ethics", title="Ethics")
    workshop_for(licence, title="Knee")
    route = saved(licence)
    completed(enrolled(course, licence.user))

    codes = look(route)

    assert "completed" in codes
    assert states(route) == {"Ethics": "completed", "Knee": "planned"}


def test_a_day_that_passed_without_a_seat_is_missed(licence):
    route = saved(licence)
    knee = Workshop.objects.get(title="The Knee, Hands On")
    Workshop.objects.filter(pk=knee.pk).update(starts_at=knee.starts_at - timedelta(days=60), ends_at=knee.ends_at - timedelta(days=60))

    look(route)

    assert route.steps.get(workshop=knee).reason == "missed"


def test_a_workshop_that_is_over_counts_until_the_school_has_said_who_was_there():
    licence = licence_of()
    knee = workshop_for(licence, title="Knee")
    SeatFactory(workshop=knee, learner=licence.user)
    workshop_for(licence, title="Hip", days=45)
    route = saved(licence)
    Workshop.objects.filter(pk=knee.pk).update(starts_at=knee.starts_at - timedelta(days=35), ends_at=knee.ends_at - timedelta(days=35))

    look(route)

    assert states(route)["Knee"] == "booked"


def test_a_route_without_a_licence_left_is_dropped(licence):
    route = saved(licence)
    route.licences.clear()

    assert (look(route), route.state) == (["dropped"], "dropped")


def test_a_route_whose_cycle_has_ended_is_over(licence):
    route = saved(licence)
    route.outlook[0]["cycle_end"] = "2020-08-31"
    route.save(update_fields=["outlook"])

    assert (look(route), route.state) == (["over"], "over")


def test_a_look_that_was_overtaken_changes_nothing(licence):
    route = saved(licence)
    look(route)
    Workshop.objects.update(state="cancelled")

    assert services.look_again(route=route, number=route.answered) == []
    assert set(states(route).values()) == {"planned"}


def test_what_replaces_a_route_leaves_what_is_booked(licence):
    knee = workshop_for(licence, title="Gift")
    SeatFactory(workshop=knee, learner=licence.user)
    route = saved(licence)
    found = next(found for found in Planning(licence.user, WISHES).plan().answers if found.goal == "soonest")

    again = services.save_route(user=licence.user, wishes=WISHES, goal="soonest", keys=found.keys, replaces=route)

    assert (again, Route.objects.count(), again.goal) == (route, 1, "soonest")
    assert states(again)["Gift"] == "booked"
    assert again.events.first().code == "replaced"


def test_a_route_is_dropped_and_followed_again(licence):
    route = services.drop_route(route=saved(licence))
    assert (route.state, services.drop_route(route=route).events.filter(code="dropped").count()) == ("dropped", 1)
    assert look(route) == []

    assert services.follow_again(route=route).state == "followed"


def test_a_route_keeps_a_name():
    route = services.rename_route(route=licence_route(), name="  By   August ")
    assert route.name == "By August"
    with pytest.raises(RouteRefused):
        services.rename_route(route=route, name="  ")


def licence_route():
    licence = licence_of()
    workshop_for(licence)
    return saved(licence)


# What makes a route be looked at


def jobs(route):
    """How often news of it was noted."""
    return Job.objects.filter(kind="planner.hear_news", args__routes__contains=[route.pk]).count()


def test_news_of_a_seat_a_workshop_a_course_or_a_standing_has_the_route_looked_at(licence):
    route = saved(licence)
    knee, course = Workshop.objects.get(title="The Knee, Hands On"), route.steps.get(title="Ethics").course
    before = jobs(route)

    register_learner(workshop=workshop_for(licence, title="Gift"), learner=licence.user)
    assert jobs(route) == before + 1
    call_off(workshop=knee, by=user_with_role("staff"), reason="The hall is closed.")
    assert jobs(route) == before + 2
    update_course(course=course, by=user_with_role("staff"), visibility="hidden", is_free=False, instructor=None)
    assert jobs(route) == before + 3
    mark_stale(person_id=licence.user_id)
    assert jobs(route) == before + 4


def test_news_that_is_heard_has_the_route_looked_at_once_for_each_time(licence):
    route = saved(licence)

    hear_news(None, routes=[route.pk])
    hear_news(None, routes=[route.pk])

    route.refresh_from_db()
    assert (route.asked, Job.objects.filter(kind="planner.look_again", args__route=route.pk).count()) == (2, 2)
    look_again_at(None, route=route.pk, number=2)
    look_again_at(None, route=route.pk, number=1)
    route.refresh_from_db()
    assert route.answered == 2


def test_the_job_of_a_route_that_is_gone_does_nothing():
    look_again_at(None, route=0, number=1)


def test_nobody_else_s_news_has_a_route_looked_at(licence):
    route = saved(licence)
    before = jobs(route)

    register_learner(workshop=workshop_for(licence, title="Gift"), learner=UserFactory())

    assert jobs(route) == before


def test_the_last_seat_taken_by_somebody_else_has_the_route_looked_at(licence):
    gift = workshop_for(licence, title="Gift", capacity=1, units="12", venue=VenueFactory())
    route = saved(licence)
    assert "Gift" in states(route)
    before = jobs(route)

    register_learner(workshop=gift, learner=UserFactory())

    assert jobs(route) == before + 1


def test_every_followed_route_is_looked_at_by_the_clock(licence):
    routes = [saved(licence), saved(licence, "soonest")]
    services.drop_route(route=routes[1])

    assert services.ask_for_all(chunk=1) == 1


def test_events_are_sentences(licence):
    route = saved(licence)
    extra = {
        "title": "Knee", "reason": "full", "cents": 100, "new_cents": 200, "currency": "usd", "board": "Florida",
        "day": "2027-01-02", "new_day": "2027-02-03", "where": "",
    }  # fmt: skip
    rows = [RouteEvent(route=route, code=code, data=extra) for code in RouteEvent.Code.values]

    sentences = [sentence_of(row) for row in rows]

    assert len(set(sentences)) == len(sentences)
    assert all(sentence.endswith((".", "”")) for sentence in sentences)
    assert str(RouteStep.Reason.FULL.label) in sentence_of(RouteEvent(route=route, code="lost", data=extra))
