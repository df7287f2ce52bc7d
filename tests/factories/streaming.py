"""Videos and the permission to watch them, for tests."""

import factory
from django.utils import timezone

from streaming.models import Grant, VideoAsset
from tests.factories.accounts import UserFactory


class ReadyAssetFactory(factory.django.DjangoModelFactory):
    """A video of ten minutes that is ready by its row; no files lie behind it."""

    class Meta:
        model = VideoAsset

    title = factory.Sequence(lambda n: f"Hamstring release, part {n}")
    state = VideoAsset.State.READY
    release = "0123456789ab"
    duration_ms = 600_000
    width = 1280
    height = 720
    ready_at = factory.LazyFunction(timezone.now)


class GrantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Grant

    user = factory.SubFactory(UserFactory)
    asset = factory.SubFactory(ReadyAssetFactory)
    subject = factory.Sequence(lambda n: f"attempt:{n}:lesson:1")
