"""Saved routes for tests: rows as a look at them would have left them."""

from __future__ import annotations

from datetime import timedelta

import factory
from django.utils import timezone

from planner.models import Goal, Route, RouteStep
from tests.factories.accounts import UserFactory


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
            day = (extracted.ends_at or timezone.now() + timedelta(days=30)).date()
            RouteStep.objects.create(route=self, position=1, workshop=extracted, title=extracted.title, starts_at=extracted.starts_at, day=day)
