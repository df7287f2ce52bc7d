"""Videos and the permission to watch them, for tests."""

import factory
from django.utils import timezone

from streaming.models import Grant, Piece, Transcode, VideoAsset
from tests.factories.accounts import UserFactory


class ReadyAssetFactory(factory.django.DjangoModelFactory):
    """A video of ten minutes that is ready by its row; no files lie behind it."""

    class Meta:
        model = VideoAsset

    title = factory.Sequence(lambda n: f"Hamstring release, part {n:05}")
    state = VideoAsset.State.READY
    release = "0123456789ab"
    duration_ms = 600_000
    width = 1280
    height = 720
    ready_at = factory.LazyFunction(timezone.now)


class TranscodeFactory(factory.django.DjangoModelFactory):
    """The first take of a video, cut into pieces and under way."""

    class Meta:
        model = Transcode

    asset = factory.SubFactory(ReadyAssetFactory, state=VideoAsset.State.PROCESSING, release="")
    take = 1
    state = Transcode.State.WORKING
    release = factory.Sequence(lambda n: f"{n:012x}")
    started_at = factory.LazyFunction(timezone.now)


class PieceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Piece

    transcode = factory.SubFactory(TranscodeFactory)
    kind = Piece.Kind.PICTURE
    number = factory.Sequence(lambda n: n)
    spec = factory.LazyFunction(dict)


class GrantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Grant

    user = factory.SubFactory(UserFactory)
    asset = factory.SubFactory(ReadyAssetFactory)
    subject = factory.Sequence(lambda n: f"attempt:{n}:lesson:1")
