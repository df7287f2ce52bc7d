"""Files without a row go after a day; what is uploaded, made or watched stays."""

import fcntl
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections, transaction

from core import clock
from core.jobs import enqueue
from streaming.models import Piece, Transcode, UploadSession, VideoAsset
from streaming.pipeline.sandbox import private_folder
from streaming.services import create_asset_from_file
from streaming.services.sweep import sweep
from streaming.stores import store
from tests.factories.accounts import UserFactory
from tests.factories.streaming import ReadyAssetFactory
from tests.streaming.making import make, run_until

NOW = timedelta(0)  # no grace at all
LATER = timedelta(hours=25)


@pytest.fixture(autouse=True)
def work(settings, tmp_path) -> Path:
    settings.WORK_DIR = tmp_path / "work"
    (settings.WORK_DIR / "incoming").mkdir(parents=True)
    return settings.WORK_DIR


@pytest.fixture
def a_day_later(monkeypatch):
    """Calling it makes 25 hours pass for whoever asks our clock."""
    now = clock.now
    return lambda: monkeypatch.setattr(clock, "now", lambda: now() + LATER)


def names(orphans) -> list[str]:
    return sorted(orphan.name for orphan in orphans)


def put(store, *keys: str) -> None:
    for key in keys:
        store.put_bytes(key, b"x" * 10, "application/octet-stream")


@pytest.mark.django_db
class TestStorage:
    def test_what_no_row_names_goes_after_a_day(self, video_store, a_day_later):
        asset = ReadyAssetFactory(original_key="")
        asset.original_key = f"originals/{asset.uuid}"
        asset.save()
        kept = [f"{asset.prefix}/master.m3u8", f"{asset.prefix}/720/seg_00000.m4s", asset.original_key]
        lost = [f"video/{asset.uuid}/aaaaaaaaaaaa/720/seg_00000.m4s", "video/5f6d/bbbbbbbbbbbb/master.m3u8", "originals/5f6d"]
        put(video_store, *kept, *lost)

        assert sweep() == []
        a_day_later()
        found = sweep()

        assert names(found) == sorted([lost[0].rpartition("/720")[0], "video/5f6d/bbbbbbbbbbbb", "originals/5f6d"])
        assert all(video_store.stat(key) for key in kept)
        assert not any(video_store.stat(key) for key in lost)
        assert sweep() == []

    def test_what_is_uploaded_or_made_is_never_taken_however_old(self, video_store, a_day_later):
        uploading, making = ReadyAssetFactory(state="uploading", release=""), ReadyAssetFactory(take=2)
        UploadSession.objects.create(asset=uploading, size_bytes=10)
        work = Transcode.objects.create(asset=making, take=2, release="cccccccccccc", state=Transcode.State.WORKING, source_key=f"video/{making.uuid}/exact")
        dropped = Transcode.objects.create(asset=making, take=1, release="dddddddddddd", state=Transcode.State.DROPPED)
        keys = [f"originals/{uploading.uuid}", f"video/{making.uuid}/{work.release}/240/seg_00000.m4s", work.source_key]
        put(video_store, *keys, f"video/{making.uuid}/{dropped.release}/240/seg_00000.m4s")

        a_day_later()

        assert names(sweep()) == [f"video/{making.uuid}/{dropped.release}"]
        assert all(video_store.stat(key) for key in keys)

    def test_an_old_release_stays_while_people_watch_it(self, video_store, a_day_later):
        asset = ReadyAssetFactory()
        old = f"video/{asset.uuid}/aaaaaaaaaaaa"
        put(video_store, f"{old}/master.m3u8")
        a_day_later()
        enqueue("streaming.remove_files", key="video-files:old", args={"folders": [old]}, run_after=clock.now() + timedelta(hours=12))

        assert sweep() == []

    def test_an_unfinished_upload_in_parts_is_given_up(self, s3_server, video_store, a_day_later):
        if not hasattr(video_store, "bucket"):
            assert list(video_store.unfinished("originals")) == []
            return
        asset = ReadyAssetFactory(state="uploading", release="")
        UploadSession.objects.create(asset=asset, size_bytes=10)
        bucket, client = video_store.bucket.name, video_store.bucket.meta.client
        for key in (f"originals/{asset.uuid}", "originals/5f6d"):
            upload = client.create_multipart_upload(Bucket=bucket, Key=key)
            client.upload_part(Bucket=bucket, Key=key, UploadId=upload["UploadId"], PartNumber=1, Body=b"x" * 5_242_880)

        assert sweep() == []
        a_day_later()
        assert [orphan.upload.key for orphan in sweep()] == ["originals/5f6d"]

        assert [upload.key for upload in video_store.unfinished("originals")] == [f"originals/{asset.uuid}"]

    def test_the_command_says_what_it_does(self, video_store, a_day_later):
        put(video_store, "originals/5f6d")
        a_day_later()
        first, second = StringIO(), StringIO()

        call_command("sweep_video_files", "--dry-run", stdout=first)
        call_command("sweep_video_files", stdout=second)

        assert first.getvalue() == "originals/5f6d  10\xa0bytes\n1 would be removed, 10\xa0bytes.\n"
        assert second.getvalue() == "originals/5f6d  10\xa0bytes\n1 removed, 10\xa0bytes.\n"


@pytest.mark.django_db
@pytest.mark.parametrize(("state", "removed"), [("working", 0), ("dropped", 2)], ids=["working", "control: dropped"])
def test_a_sweep_in_the_middle_of_a_film_harms_nothing(clip, video_store, state, removed):
    """However old its files are: the row alone protects them, in storage and on the worker's disk, as the control shows."""
    with clip("tiny.mp4").open("rb") as file:
        asset = create_asset_from_file(title="Hip", file=file, original_name="hip.mp4", uploaded_by=UserFactory())
    run_until(lambda: Piece.objects.filter(done_at__isnull=False).exists())
    VideoAsset.objects.update(release="")
    Transcode.objects.update(state=state)

    orphans = sweep(grace=-LATER)

    assert len(orphans) == removed
    if not removed:
        assert make(asset).state == "ready"
        assert sweep(grace=-LATER) == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("grace", "survives"), [(None, True), (NOW, False)], ids=["a day", "control: no grace"])
def test_a_file_stored_before_its_row_is_committed_survives(settings, tmp_path, grace, survives):
    """The sweep runs between the two. Without the grace it takes the file, which shows that the race is met."""
    options = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": tmp_path / "stored"}}
    settings.STORAGES = {**settings.STORAGES, "default": options}
    stored, swept = threading.Event(), threading.Event()

    def upload() -> str:
        try:
            with transaction.atomic():
                key = f"originals/{VideoAsset.objects.create(title='New', state='uploading').uuid}"
                put(store(), key)
                stored.set()
                assert swept.wait(60)
        finally:
            connections.close_all()
        return key

    with ThreadPoolExecutor(1) as pool:
        uploading = pool.submit(upload)
        assert stored.wait(60)
        sweep(**({} if grace is None else {"grace": grace}))
        swept.set()
        key = uploading.result()

    assert (store().stat(key) is not None) is survives


@pytest.mark.django_db
class TestWorkFolder:
    def old(self, *paths: Path) -> None:
        for path in paths:
            os.utime(path, (1, 1))

    def test_a_folder_somebody_works_in_stays_and_a_dead_ones_goes(self, work):
        dead = work / "transcode" / "dead"
        dead.mkdir(parents=True)
        with private_folder(work / "transcode") as mine:
            dead.mkdir(exist_ok=True)  # the folder of a worker that died meanwhile
            self.old(mine, dead)

            assert names(sweep()) == ["transcode/dead"]

            assert mine.exists()
            assert not dead.exists()
            handle = os.open(mine, os.O_RDONLY)
            with pytest.raises(BlockingIOError):  # control: it is this lock that saved it
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(handle)
            assert sweep() == []
        assert not mine.exists()

    def test_uploads_nobody_goes_on_with_go(self, work):
        going = UploadSession.objects.create(asset=ReadyAssetFactory(state="uploading", release=""), size_bytes=10)
        paths = [work / "incoming" / name for name in (f"upload-{going.uuid}", "upload-gone", "tmpabc", "tmpnew")]
        for path in paths:
            path.write_bytes(b"x")
        self.old(*paths[:3])

        assert names(sweep()) == ["incoming/tmpabc", "incoming/upload-gone"]

        assert [path.exists() for path in paths] == [True, False, False, True]
