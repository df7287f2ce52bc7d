"""Mails that follow a route."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import civil_date
from credits.reminders.services import set_licence_reminders, set_reminders
from notifications.models import MailMessage
from planner.models import Route, RouteStep
from planner.services import drop_route, set_mail
from planner.services.reminders import remind
from tests.factories.accounts import UserFactory
from tests.factories.courses import published_course
from tests.factories.credits import LicenceFactory
from tests.factories.planner import RouteFactory
from tests.factories.workshops import workshop_with_blocks

pytestmark = pytest.mark.django_db

VERIFIED = {"licence": 1, "board": "Florida", "is_verified": True, "deadline": "2027-08-31", "limit": "2027-08-01", "needed_after": "0"}


@pytest.fixture
def step():
    """A planned workshop to be booked by two weeks before it begins, in a route whose rules somebody verified."""
    workshop = workshop_with_blocks(title="The Knee, Hands On")
    route = RouteFactory(user=UserFactory(), outlook=[VERIFIED], workshop=workshop)
    step = route.steps.get()
    step.zone, step.where = workshop.venue.time_zone, "Bayfront Studio, Pensacola, FL"
    step.book_by = begins(step) - timedelta(days=14)
    step.counts = [{"licence": 1, "place": "Florida", "units": "6", "unit": "hours", "why": "Florida: fills 6 of your 12 hours of massage technique."}]
    step.save()
    return step


def begins(step):
    return civil_date(step.starts_at, step.zone)


def sent():
    return list(MailMessage.objects.filter(template__startswith="planner/").order_by("pk").values_list("template", flat=True))


def test_a_day_that_is_past_is_not_named_to_book_by(step):
    remind(route=step.route, today=step.book_by + timedelta(days=2))

    assert MailMessage.objects.get(template="planner/mail/book_by").subject == "Book it now: The Knee, Hands On"


@pytest.mark.parametrize(("days", "mails"), [(-8, []), (-7, ["planner/mail/book_by"]), (0, ["planner/mail/book_by"]), (13, ["planner/mail/book_by"]), (14, [])])
def test_a_week_before_something_is_to_be_booked_the_person_is_told(step, days, mails):
    remind(route=step.route, today=step.book_by + timedelta(days=days))

    assert sent() == mails


def test_nobody_is_told_twice_but_for_a_new_day(step):
    today = step.book_by - timedelta(days=3)
    remind(route=step.route, today=today)
    remind(route=step.route, today=today + timedelta(days=1))
    assert len(sent()) == 1
    RouteStep.objects.filter(pk=step.pk).update(book_by=step.book_by + timedelta(days=2))

    remind(route=Route.objects.get(pk=step.route_id), today=today)

    assert len(sent()) == 2


def test_the_mail_says_by_when_what_it_counts_for_and_how_to_stop(step):
    remind(route=step.route, today=step.book_by - timedelta(days=3))

    message = MailMessage.objects.get(template="planner/mail/book_by")

    assert message.subject.endswith(": The Knee, Hands On")
    assert "You have no seat yet." in message.body_text
    assert "Florida: counts 6" in message.body_text
    assert step.workshop.get_absolute_url() in message.body_text
    assert "Its page stops mail about it." in message.body_text
    assert message.stop_address in message.body_text


@pytest.mark.parametrize(("days", "mails"), [(8, []), (7, ["planner/mail/workshop_soon"]), (1, ["planner/mail/workshop_soon"]), (0, [])])
def test_a_week_before_a_booked_workshop_the_person_is_told_what_it_closes(step, days, mails):
    RouteStep.objects.filter(pk=step.pk).update(state="booked", book_by=None)

    remind(route=step.route, today=begins(step) - timedelta(days=days))

    assert sent() == mails
    if mails:
        assert "fills 6 of your 12 hours" in MailMessage.objects.get(template=mails[0]).body_text


def test_a_course_is_to_be_begun(step):
    RouteStep.objects.filter(pk=step.pk).update(workshop=None, course=published_course().pk, starts_at=None, zone="", title="Ethics")

    remind(route=step.route, today=step.book_by - timedelta(days=3))

    assert MailMessage.objects.get(template="planner/mail/book_by").subject.startswith("Begin by ")


def test_nobody_is_reminded_of_rules_no_person_has_verified(step):
    Route.objects.filter(pk=step.route_id).update(outlook=[VERIFIED | {"is_verified": False}])

    remind(route=Route.objects.get(pk=step.route_id), today=step.book_by)

    assert sent() == []


def test_who_stopped_the_mail_or_the_route_is_not_reminded(step):
    remind(route=set_mail(route=step.route, wants_mail=False), today=step.book_by)
    set_mail(route=step.route, wants_mail=True)
    remind(route=drop_route(route=step.route), today=step.book_by)

    assert sent() == []


def test_who_stopped_all_reminders_is_not_reminded_of_a_route(step):
    set_reminders(user=step.route.user, is_on=False)

    remind(route=step.route, today=step.book_by)

    assert sent() == []


def test_who_stopped_those_about_the_route_s_only_licence_is_not_reminded(step):
    licence = LicenceFactory(user=step.route.user)
    step.route.licences.add(licence)
    set_licence_reminders(licence=licence, is_on=False)

    remind(route=step.route, today=step.book_by)

    assert sent() == []


def test_nobody_is_told_to_book_what_is_no_longer_needed(step):
    RouteStep.objects.filter(pk=step.pk).update(is_spare=True)

    remind(route=step.route, today=step.book_by)

    assert sent() == []
