"""Jobs and audit entries for tests."""

import uuid
from datetime import timedelta

import factory
from django.utils import timezone

from core.models import AuditEntry, Job


class JobFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Job

    kind = "tests.note"
    key = factory.Sequence(lambda n: f"job:{n}")
    run_after = factory.LazyFunction(lambda: timezone.now() - timedelta(seconds=1))

    class Params:
        running = factory.Trait(
            state=Job.State.RUNNING,
            attempts=1,
            claim_token=factory.LazyFunction(uuid.uuid4),
            lease_until=factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=1)),
        )
        abandoned = factory.Trait(running=True, lease_until=factory.LazyFunction(lambda: timezone.now() - timedelta(seconds=1)))
        dead = factory.Trait(state=Job.State.DEAD, attempts=5, error="It broke.", finished_at=factory.LazyFunction(timezone.now))


class AuditEntryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AuditEntry

    action = "tests.act"
    subject = "tests.Thing:1"
