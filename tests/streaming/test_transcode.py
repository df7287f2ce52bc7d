"""From an upload to a film that plays, whatever happens to the worker on the way."""

from io import BytesIO

import av
import m3u8
import pytest
from django.conf import settings as django_settings

from core import jobs
from core.models import Job
from streaming.delivery import signed_base
from streaming.models import Rendition, VideoAsset
from streaming.selectors import asset_progress
from streaming.services import create_asset_from_file, delete_asset, retry_asset
from streaming.services.transcode import process
from tests.factories.accounts import UserFactory


@pytest.mark.django_db
class TestAssets:
    @pytest.fixture
    def asset(self, clip, video_store):
        with clip("tiny.mp4").open("rb") as file:
            return create_asset_from_file(title="Hamstrings", file=file, original_name="IMG_1.MOV", uploaded_by=UserFactory())

    def run(self, asset) -> bool:
        done = jobs.run(Job.objects.get(key=asset.job_key).pk)
        asset.refresh_from_db()
        return done

    def test_an_upload_becomes_a_film_that_plays(self, client, asset, clip):
        assert (asset.state, asset.size_bytes, len(asset.sha256)) == ("queued", clip("tiny.mp4").stat().st_size, 64)

        assert self.run(asset)

        assert (asset.state, asset.duration_ms, asset.width, asset.height, asset.has_audio, asset.poster) == ("ready", 1200, 320, 240, True, "poster.jpg")
        assert list(asset.renditions.values_list("name", "kind", "segments")) == [("audio", "audio", 1), ("240", "video", 1)]
        assert asset_progress(asset)["percent"] == 100
        base = signed_base(asset, grant_id=None)
        master = m3u8.loads(b"".join(client.get(base + "master.m3u8")).decode())
        for playlist in [*master.playlists, *master.media]:
            media = m3u8.loads(b"".join(client.get(base + playlist.uri)).decode())
            folder = playlist.uri.rpartition("/")[0]
            data = b"".join(b"".join(client.get(f"{base}{folder}/{name}")) for name in ["init.mp4", *(segment.uri for segment in media.segments)])
            with av.open(BytesIO(data)) as container:
                assert sum(1 for _frame in container.decode(container.streams[0])) > 0

    def test_running_twice_is_as_good_as_once(self, asset, video_store):
        self.run(asset)
        release = asset.release

        process(asset_id=asset.pk, report=lambda percent, stage: None)

        asset.refresh_from_db()
        assert asset.release == release
        assert Rendition.objects.count() == 2

    def test_what_a_dead_worker_left_is_removed_and_the_work_repeated(self, asset, video_store):
        half = f"video/{asset.uuid}/aaaaaaaaaaaa/240/seg_00000.m4s"
        video_store.put_bytes(half, b"half", "video/iso.segment")
        VideoAsset.objects.filter(pk=asset.pk).update(state=VideoAsset.State.PROCESSING)

        self.run(asset)

        assert asset.state == "ready"
        assert video_store.stat(half) is None

    def test_a_worker_that_lost_its_job_publishes_nothing(self, asset, video_store):
        def lose(percent, stage):
            if percent >= 99:
                raise jobs.ClaimLost

        with pytest.raises(jobs.ClaimLost):
            process(asset_id=asset.pk, report=lose)

        asset.refresh_from_db()
        assert (asset.state, asset.release) == ("processing", "")
        assert list((django_settings.WORK_DIR / "transcode").glob("*/")) == []

    def test_deleting_removes_every_file(self, asset, video_store):
        self.run(asset)
        key = f"{asset.prefix}/master.m3u8"
        assert video_store.stat(key)

        delete_asset(asset=asset, by=UserFactory())
        jobs.run(Job.objects.get(kind="streaming.remove_files").pk)

        assert video_store.stat(key) is None
        assert video_store.stat(f"originals/{asset.uuid}") is None
        assert not VideoAsset.objects.exists()


@pytest.mark.django_db
def test_a_damaged_file_fails_at_once_with_its_sentence_and_may_be_tried_again(clip, tmp_path):
    asset = create_asset_from_file(title="Cut", file=BytesIO(clip("index-last.mp4").read_bytes()[:-3000]), original_name="a.mp4", uploaded_by=UserFactory())

    jobs.run(Job.objects.get(key=asset.job_key).pk)

    asset.refresh_from_db()
    assert asset.state == "failed"
    assert asset.error.startswith("The file is cut off: the index at its end is missing.")
    assert Job.objects.get(key=asset.job_key).state == Job.State.DEAD
    assert (retry_asset(asset=asset).state, Job.objects.get(key=asset.job_key).state) == ("queued", Job.State.QUEUED)


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_leaves_the_film_to_the_next_one(clip, celery_worker_process, settings):
    worker = celery_worker_process("video")
    with clip("nine-seconds.mkv").open("rb") as file:
        asset = create_asset_from_file(title="Calf", file=file, original_name="calf.mkv", uploaded_by=UserFactory())
    wait_for(lambda: Job.objects.get(key=asset.job_key).progress >= 3)

    worker.kill()
    Job.objects.filter(key=asset.job_key).update(lease_until="2000-01-01T00:00Z")
    assert VideoAsset.objects.get(pk=asset.pk).release == ""
    jobs.run(Job.objects.get(key=asset.job_key).pk)

    asset.refresh_from_db()
    assert (asset.state, asset.duration_ms) == ("ready", 9000)
    assert len(list((settings.MEDIA_ROOT / "video" / str(asset.uuid)).iterdir())) == 1
    assert list((settings.WORK_DIR / "transcode").glob("*/")) == []


def wait_for(ready, limit_s=30):
    import time

    end = time.monotonic() + limit_s
    while not ready():
        assert time.monotonic() < end
        time.sleep(0.05)
