"""What workshops ask, for tests."""

from __future__ import annotations

import factory

from tests.factories.accounts import UserFactory
from tests.factories.workshops import WorkshopFactory
from workshops.models import Question, Registration, Requirement, Waiver, WaiverVersion


class QuestionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Question

    workshop = factory.SubFactory(WorkshopFactory)
    text = "Do you have an injury we should know of?"
    is_required = True


class RequirementFactory(factory.django.DjangoModelFactory):
    """A licence with any body."""

    class Meta:
        model = Requirement

    workshop = factory.SubFactory(WorkshopFactory)
    kind = Requirement.Kind.LICENCE


class WaiverFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Waiver

    name = factory.Sequence(lambda n: f"Hands-on practice {n:05}")


class WaiverVersionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = WaiverVersion

    waiver = factory.SubFactory(WaiverFactory)
    number = 1
    text = "I take part at my own risk and say when something hurts."
    written_by = factory.SubFactory(UserFactory)


class RegistrationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Registration

    workshop = factory.SubFactory(WorkshopFactory)
    learner = factory.SubFactory(UserFactory)
