"""Saved routes for tests: rows as a look at them would have left them."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import factory
from django.utils import timezone

from courses.models import Course
from credits.models import Accreditation, Activity, Board, Licence
from planner.models import Goal, Route, RouteStep
from tests.factories.accounts import UserFactory
from tests.factories.courses import published_course
from tests.factories.credits import AccreditationFactory, ActivityFactory, BoardFactory, LicenceFactory
from tests.factories.payments import PriceFactory, ProductFactory
from tests.factories.workshops import workshop_with_blocks
from workshops.models import Workshop


class RouteFactory(factory.django.DjangoModelFactory):
    """A followed route without steps; `licences=[…]` are what it is for, `workshop=` its one planned step."""

    class Meta:
        model = Route
        skip_postgeneration_save = True

    user = factory.SubFactory(UserFactory)
    name = "Florida, by August"
    goal = Goal.CHEAPEST
    currency = "usd"

    @factory.post_generation
    def licences(self, create, extracted, **kwargs):
        self.licences.set(extracted or [])

    @factory.post_generation
    def workshop(self, create, extracted, **kwargs):
        if extracted:
            venue = extracted.venue
            values = {"title": extracted.title, "starts_at": extracted.starts_at, "zone": venue.time_zone, "where": f"{venue.name}, {venue.town}"}
            RouteStep.objects.create(route=self, position=1, workshop=extracted, day=extracted.ends_at.date(), **values)


def licence_of(user: Any = None, *, code: str = "us_fl_massage", name: str = "Florida Board of Massage Therapy") -> Licence:
    """A licence whose board's rules are on file: 24 hours, 12 of them technique in person, law, ethics and errors among the rest."""
    board = Board.objects.filter(code=code).first() or BoardFactory(code=code, name=name, jurisdiction=f"US-{code[3:5].upper()}")
    return LicenceFactory(user=user or UserFactory(), board=board, issued_on=date(2022, 3, 1))


def approve(activity: Activity, licence: Licence, *, units: str, topic: str = "") -> Accreditation:
    """The board of `licence` approves `activity`, all of it of one topic when one is given."""
    mode = "self_paced" if activity.kind == Activity.Kind.HOME_STUDY else "in_person_hands_on"
    split = [{"category": topic, "units": units}] if topic else []
    return AccreditationFactory(board=licence.board, activity=activity, mode=mode, units=Decimal(units), category_split=split)


def workshop_for(licence: Licence, *, units: str = "6", topic: str = "technique", days: int = 30, cents: int | None = None, **values: Any) -> Workshop:
    """An announced workshop in `days` days that counts for `licence`; free without `cents`."""
    starts_at = (timezone.now() + timedelta(days=days)).replace(hour=14, minute=0, second=0, microsecond=0)
    values.setdefault("activity", None)
    activity = values.pop("activity") or ActivityFactory(kind="workshop", components=[{"mode": "in_person_hands_on", "minutes": 360}])
    workshop = workshop_with_blocks(activity=activity, starts_at=starts_at, is_free=cents is None, **values)
    if not activity.accreditations.filter(board=licence.board).exists():
        approve(activity, licence, units=units, topic=topic)
    if cents is not None:
        PriceFactory(product=ProductFactory(subject=workshop.subject, kind="workshop", title=workshop.title), amount_cents=cents)
    return workshop


def course_for(licence: Licence, *, units: str = "2", topic: str = "", minutes: int = 120, cents: int | None = None, **values: Any) -> Course:
    """A published home-study course that counts for `licence`; free without `cents`."""
    course = published_course(lessons=1, is_free=cents is None, **values)
    version = course.current_version
    assert version is not None
    assert version.activity is not None
    Activity.objects.filter(pk=version.activity_id).update(components=[{"mode": "self_paced", "minutes": minutes}])
    approve(version.activity, licence, units=units, topic=topic)
    if cents is not None:
        PriceFactory(product=ProductFactory(subject=course.subject, title=version.title), amount_cents=cents)
    return Course.objects.select_related("current_version__activity").get(pk=course.pk)


def everything_for(licence: Licence) -> dict[str, Any]:
    """What closes Florida's gap: two days of technique, and home study for law, ethics, errors, trafficking and the rest."""
    return {
        "knee": workshop_for(licence, units="6", cents=15000, title="The Knee, Hands On"),
        "hip": workshop_for(licence, units="6", cents=18000, days=45, title="The Hip, Hands On"),
        "law": course_for(licence, units="2", topic="laws_and_rules", cents=2900, title="Law for Florida"),
        "ethics": course_for(licence, units="2", topic="ethics", cents=2900, title="Ethics"),
        "errors": course_for(licence, units="2", topic="medical_errors", cents=2900, title="Medical errors"),
        "trafficking": course_for(licence, units="1", topic="human_trafficking", minutes=60, cents=1900, title="Human trafficking"),
        "any": course_for(licence, units="5", minutes=300, cents=4900, title="The Jaw at home"),
    }
