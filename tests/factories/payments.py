"""Access for tests."""

import factory
from django.utils import timezone

from payments.models import AccessGrant
from tests.factories.accounts import UserFactory


class AccessGrantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AccessGrant

    user = factory.SubFactory(UserFactory)
    subject = factory.Sequence(lambda n: f"course:{n}")
    source = AccessGrant.Source.FREE
    starts_at = factory.LazyFunction(timezone.now)
