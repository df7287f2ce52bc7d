"""Originals in cold storage: moved when their film is ready, read from there, asked back from an archive."""

from datetime import timedelta

import pytest
from botocore.stub import Stubber
from django.utils import timezone

from core.jobs import Postponed
from streaming.models import Transcode
from streaming.services.originals import bring_back, cool_originals
from streaming.services.space import measure_space
from streaming.services.sweep import sweep
from tests.factories.streaming import ReadyAssetFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cold(settings, tmp_path):
    settings.VIDEO_ORIGINALS, settings.VIDEO_COLD_ROOT, settings.WORK_DIR = "cold", tmp_path / "cold", tmp_path / "work"
    return settings.VIDEO_COLD_ROOT


def rested(store, data=b"x" * 1000, days=2, **values):
    asset = ReadyAssetFactory(ready_at=timezone.now() - timedelta(days=days), **values)
    asset.original_key = f"originals/{asset.uuid}"
    asset.save()
    store.put_bytes(asset.original_key, data, "")
    return asset


def test_the_original_of_a_finished_film_moves_and_can_still_be_read(video_store, tmp_path, cold):
    asset, fresh, making = rested(video_store), rested(video_store, days=0), rested(video_store)
    Transcode.objects.create(asset=making, take=2, release="cccccccccccc")

    assert (cool_originals(), cool_originals()) == (1, 0)

    asset.refresh_from_db()
    assert asset.original_cold_at is not None
    bring_back(asset=asset)
    video_store.fetch(asset.original_key, tmp_path / "source")
    assert (tmp_path / "source").read_bytes() == b"x" * 1000
    measure_space()
    assert asset.space.original_bytes == 1000
    assert sweep(grace=timedelta(days=-1)) == []
    if hasattr(video_store, "bucket"):
        found = video_store.bucket.meta.client.head_object(Bucket=video_store.bucket.name, Key=asset.original_key)
        assert found["StorageClass"] == "GLACIER_IR"
    else:
        assert [path.name for path in (cold / "originals").iterdir()] == [str(asset.uuid)]
    for other in (fresh, making):
        other.refresh_from_db()
        assert other.original_cold_at is None
    video_store.delete_tree(asset.original_key)
    assert video_store.stat(asset.original_key) is None


def test_nothing_moves_by_default(settings, video_store):
    settings.VIDEO_ORIGINALS = "keep"
    rested(video_store)

    assert cool_originals() == 0


@pytest.mark.parametrize(
    ("restore", "asks", "readable"), [(None, True, False), ('ongoing-request="true"', False, False), ('ongoing-request="false"', False, True)]
)
def test_an_archived_original_is_asked_back_once_and_waited_for(s3_server, s3_bucket, video_store, restore, asks, readable):
    """The test server has no archive, so what Amazon answers to HEAD is played to it (S3 API reference, HeadObject and RestoreObject)."""
    if not hasattr(video_store, "bucket"):
        assert video_store.awaken("originals/x")
        return
    asset = rested(video_store, original_cold_at=timezone.now())
    place = {"Bucket": video_store.bucket.name, "Key": asset.original_key}
    with Stubber(video_store.bucket.meta.client) as amazon:
        amazon.add_response("head_object", {"StorageClass": "GLACIER", **({"Restore": restore} if restore else {})}, place)
        if asks:
            amazon.add_response("restore_object", {}, {**place, "RestoreRequest": {"Days": 7, "GlacierJobParameters": {"Tier": "Standard"}}})
        if readable:
            bring_back(asset=asset)
        else:
            with pytest.raises(Postponed, match="on its way back"):
                bring_back(asset=asset)
        amazon.assert_no_pending_responses()
