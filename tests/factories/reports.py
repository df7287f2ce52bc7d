"""Consents and reports for tests."""

import factory
from django.utils import timezone

from credits.models import ReportConsent
from tests.factories.accounts import UserFactory
from tests.factories.credits import BoardFactory


class ReportConsentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ReportConsent

    user = factory.SubFactory(UserFactory)
    board = factory.SubFactory(BoardFactory, code="us_ga_massage")
    word = ReportConsent.Word.GIVEN
    words = "I agree."
    at = factory.LazyFunction(timezone.now)
