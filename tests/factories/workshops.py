"""Workshops for tests: a day in Pensacola, two blocks with a meal between."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import factory
from django.utils import timezone

from tests.factories.accounts import UserFactory
from tests.factories.credits import ActivityFactory
from workshops.models import Block, CancellationPolicy, Pin, Seat, Venue, Workshop


class VenueFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Venue

    name = "Bayfront Studio"
    street = "1 Palafox Street"
    city = "Pensacola"
    region = "FL"
    postal_code = "32501"
    lat = 30.4127
    lng = -87.2150
    time_zone = "America/Chicago"


class WorkshopFactory(factory.django.DjangoModelFactory):
    """A published workshop that begins in 30 days at 14:00 UTC; without blocks (see `workshop_with_blocks`)."""

    class Meta:
        model = Workshop

    slug = factory.Sequence(lambda n: f"knee-{n:05}")
    title = "The Knee, Hands On"
    summary = "Release hamstrings, gastrocnemius and the calcaneal tendon."
    cancellation_policy = "Free until seven days before."
    activity = factory.SubFactory(ActivityFactory)
    venue = factory.SubFactory(VenueFactory)
    instructor = factory.SubFactory(UserFactory)
    instructor_name = "Ada Rivera, LMT"
    capacity = 10
    state = Workshop.State.PUBLISHED
    starts_at = factory.LazyFunction(lambda: (timezone.now() + timedelta(days=30)).replace(hour=14, minute=0, second=0, microsecond=0))
    ends_at = factory.LazyAttribute(lambda workshop: workshop.starts_at + timedelta(hours=7))
    lat = factory.SelfAttribute("venue.lat")
    lng = factory.SelfAttribute("venue.lng")


def next_daytime() -> datetime:
    """Less than a day away, four hours at least, and at whatever hour tests run a morning or midday in the Americas."""
    now = timezone.now()
    hours = [now.replace(hour=hour, minute=0, second=0, microsecond=0) + timedelta(days=days) for days in (0, 1) for hour in (14, 18)]
    return max(hour for hour in hours if hour < now + timedelta(hours=24))


def workshop_with_blocks(**fields) -> Workshop:
    """Instruction 3 h, meal 1 h, instruction 3 h."""
    workshop = WorkshopFactory(**fields)
    start = workshop.starts_at
    for offset, hours, kind in ((0, 3, "instruction"), (3, 1, "meal"), (4, 3, "instruction")):
        Block.objects.create(workshop=workshop, starts_at=start + timedelta(hours=offset), ends_at=start + timedelta(hours=offset + hours), kind=kind)
    return workshop


PAST = datetime(2026, 3, 7, 14, 0, tzinfo=UTC)


class SeatFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Seat

    workshop = factory.SubFactory(WorkshopFactory)
    learner = factory.SubFactory(UserFactory)


class PinFactory(factory.django.DjangoModelFactory):
    """A confirmed pin of a person in Mobile, Alabama, who would travel 50 miles."""

    class Meta:
        model = Pin

    user = factory.SubFactory(UserFactory)
    state = Pin.State.ACTIVE
    confirmed_at = factory.LazyFunction(timezone.now)
    expires_on = factory.LazyFunction(lambda: (timezone.now() + timedelta(days=365)).date())
    label = "Mobile, AL"
    lat = 30.6944
    lng = -88.0431
    radius = 50
    radius_km = factory.LazyAttribute(lambda pin: pin.radius * 1.609344)


class PolicyFactory(factory.django.DjangoModelFactory):
    """Everything back until 14 days before, half until 7 days before, nothing after that; $10 is kept. The school's own."""

    class Meta:
        model = CancellationPolicy

    name = factory.Sequence(lambda n: f"Policy {n:05}")
    tiers = factory.LazyFunction(lambda: [{"days": 14, "percent": 100}, {"days": 7, "percent": 50}])
    fee_cents = 1000
    is_default = True
