"""What only nginx promises: it asks nobody, keeps what lasts, and the bucket opens to it alone."""

import os
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from uuid import uuid4

import pytest

from streaming.delivery import address_for
from streaming.delivery.published import content_type
from streaming.models import VideoAsset
from tests.fixtures.nginx import write_video_conf

BODY = bytes(range(256)) * 40
FILE = "720/seg_00000.m4s"

pytestmark = pytest.mark.system


def ask(url: str, **headers: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers={name.replace("_", "-"): text for name, text in headers.items()}), timeout=60
        ) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read()


@pytest.fixture
def asset(video_store) -> VideoAsset:
    asset = VideoAsset(uuid=uuid4(), release="0123456789ab")
    video_store.put_bytes(f"{asset.prefix}/{FILE}", BODY, content_type(FILE))
    video_store.put_bytes(f"{asset.prefix}/720/index.m3u8", b"#EXTM3U\n", content_type("x.m3u8"))
    return asset


@pytest.fixture
def bucket_behind(settings, s3_server, s3_bucket):
    """The site's settings name the bucket, and nginx stands at this machine's own address."""
    settings.S3_BUCKET, settings.S3_ENDPOINT_URL, settings.VIDEO_BUCKET_READERS = s3_bucket, s3_server.endpoint, ["127.0.0.1/32"]
    return f"{s3_server.endpoint}/{s3_bucket}"


@pytest.mark.parametrize("video_store", ["bucket"], indirect=True)
class TestBucket:
    def test_a_segment_is_fetched_once_and_a_playlist_each_time(self, video_store, asset, bucket_behind, video_nginx):
        base = video_nginx + address_for(asset, grant_id=1).base
        assert (ask(f"{base}{FILE}"), ask(f"{base}720/index.m3u8")) == ((200, BODY), (200, b"#EXTM3U\n"))

        video_store.delete_tree(asset.prefix)

        assert ask(f"{base}{FILE}", Range="bytes=250-259") == (206, BODY[250:260])
        assert ask(f"{base}720/index.m3u8")[0] == 404
        assert ask(f"{video_nginx}{address_for(asset, grant_id=1, ttl_s=-2).base}{FILE}")[0] == 403

    def test_the_bucket_opens_video_to_nginx_and_nothing_else(self, video_store, asset, bucket_behind, video_nginx):
        video_store.put_bytes("originals/1", b"as uploaded", "video/mp4")

        assert ask(f"{bucket_behind}/{asset.prefix}/{FILE}") == (200, BODY)  # this machine stands where nginx does
        assert ask(f"{bucket_behind}/originals/1")[0] == 403
        assert ask(f"{bucket_behind}/?list-type=2&prefix=video/")[0] == 403

    def test_others_are_refused_by_the_bucket_whatever_they_claim(self, video_store, asset, bucket_behind, settings, video_nginx, tmp_path):
        settings.VIDEO_BUCKET_READERS = ["10.9.9.0/24"]
        write_video_conf(tmp_path)

        assert ask(f"{bucket_behind}/{asset.prefix}/{FILE}")[0] == 403
        assert ask(f"{bucket_behind}/{asset.prefix}/{FILE}", X_Forwarded_For="10.9.9.1", X_Real_IP="10.9.9.1")[0] == 403
        assert ask(f"{video_nginx}{address_for(asset, grant_id=1).base}{FILE}", X_Forwarded_For="10.9.9.1")[0] == 404


@pytest.mark.parametrize("video_store", ["folder"], indirect=True)
class TestKeys:
    def test_addresses_made_before_a_rotation_open_after_it_and_not_for_ever(self, video_store, asset, video_nginx, settings, tmp_path):
        old_key = settings.SECRET_KEY
        before = f"{video_nginx}{address_for(asset, grant_id=1).base}{FILE}"
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the-next-key-of-this-site-0123456789-0123456789", [old_key]
        after = f"{video_nginx}{address_for(asset, grant_id=1).base}{FILE}"

        assert (ask(before)[0], ask(after)[0]) == (200, 403)
        reload_nginx(tmp_path)
        assert (ask(before)[0], ask(after)[0]) == (200, 200)
        settings.SECRET_KEY_FALLBACKS = []
        reload_nginx(tmp_path)
        assert (ask(before)[0], ask(after)[0]) == (403, 200)

    def test_a_link_inside_the_folder_leads_nowhere(self, video_store, asset, video_nginx, tmp_path):
        secret = tmp_path / "secret"
        secret.write_text("not for viewers")
        os.symlink(secret, video_store.storage.path(f"{asset.prefix}/720/seg_00001.m4s"))

        assert ask(f"{video_nginx}{address_for(asset, grant_id=1).base}720/seg_00001.m4s")[0] == 403

    def test_what_was_moved_into_the_store_can_be_read_by_another_user(self, video_store, asset, tmp_path):
        made = tmp_path / "made"
        made.touch(mode=0o600)
        video_store.put_file(f"{asset.prefix}/posters/own-0a1b2c3d.jpg", made, "image/jpeg")

        assert os.stat(video_store.storage.path(f"{asset.prefix}/posters/own-0a1b2c3d.jpg")).st_mode & 0o777 == 0o644


def reload_nginx(folder) -> None:
    """As after a rotation: write the files anew, tell nginx, and see its old worker go."""
    write_video_conf(folder)
    master = int((folder / "nginx.pid").read_text())
    old = workers_of(master)
    os.kill(master, signal.SIGHUP)
    end = time.monotonic() + 60
    while old & workers_of(master):
        assert time.monotonic() < end
        time.sleep(0.02)


def workers_of(master: int) -> set[str]:
    return set(Path(f"/proc/{master}/task/{master}/children").read_text().split())
