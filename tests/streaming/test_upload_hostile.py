"""Files that are no films, clients that lie, disks that are full, buckets that are away: a sentence, and nothing left behind."""

import base64
import contextlib
import hashlib
import os
import resource
import urllib.error
import urllib.request
from datetime import timedelta
from functools import partial
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.storage import storages
from django.utils import timezone

from core.models import Job
from embedded.processes import free_port
from streaming.gathering import PIECE_BYTES, BucketGathering, FolderGathering, NoRoom, StoreAway, UploadBusy, WrongOffset, gathering, incoming_root
from streaming.models import UploadSession, VideoAsset
from streaming.pipeline.probe import MAX_BYTES
from streaming.services import uploads
from streaming.services.assets import NotAVideo, create_asset_from_file
from streaming.stores import store
from tests.factories.accounts import UserFactory, user_with_role
from tests.factories.streaming import ReadyAssetFactory
from tests.fixtures.at_once import at_once, outcomes

pytestmark = pytest.mark.django_db
IN_A_FOLDER = pytest.mark.parametrize("video_store", ["folder"], indirect=True)
IN_A_BUCKET = pytest.mark.parametrize("video_store", ["bucket"], indirect=True)
FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(4000)
NO_FILMS = {
    "text": b"not a film\n" * 100,
    "playlist": b"#EXTM3U\n#EXTINF:9,\nfile:///srv/other/film.ts\n",
    "ffconcat": b"ffconcat version 1.0\nfile /srv/other/film.mp4\n",
    "picture": b"\x89PNG\r\n\x1a\n" + bytes(2000),
    "archive": b"PK\x03\x04" + bytes(2000),
}


@pytest.fixture(autouse=True)
def work_dir_of_its_own(settings, tmp_path):
    """What other tests left on the way is not what these look for."""
    settings.WORK_DIR = tmp_path / "work"


def begin(data: bytes, *, by=None, name="film.mp4", size=None) -> UploadSession:
    return uploads.open_upload(title="", original_name=name, size=size or len(data), by=by or user_with_role("staff"))


def send(upload: UploadSession, data: bytes, offset: int = 0) -> None:
    uploads.keep_piece(upload=upload, offset=offset, length=len(data), sha256=hashlib.sha256(data).hexdigest(), read=BytesIO(data).read)


def left_behind() -> list[str]:
    """Everything an upload may leave: rows, files on the way, files in storage, parts in the bucket."""
    rows = [f"asset {asset}" for asset in VideoAsset.objects.all()] + [f"job {job.kind}" for job in Job.objects.all()]
    files = [path.name for path in incoming_root().iterdir()] + [found.key for found in store().listing("originals")]
    return rows + files + [found.key for found in store().unfinished("originals")]


@pytest.mark.parametrize("kind", NO_FILMS)
def test_what_is_no_film_is_refused_though_it_was_said_to_be_one(video_store, kind):
    upload = begin(NO_FILMS[kind])
    send(upload, NO_FILMS[kind])

    with pytest.raises(NotAVideo, match="not a video file"):
        uploads.finish_upload(upload=upload)

    assert left_behind() == []


@IN_A_FOLDER
@pytest.mark.parametrize("kind", NO_FILMS)
def test_an_honest_browser_is_told_before_it_sends(video_store, kind):
    with pytest.raises(NotAVideo):
        uploads.open_upload(title="", original_name="film.mp4", size=9000, by=user_with_role("staff"), head=NO_FILMS[kind][:1024])

    assert left_behind() == []


@IN_A_FOLDER
@pytest.mark.parametrize("name", ["../../etc/passwd", "a\x00b.mp4", "x" * 1000 + ".mp4", "\r\n.mp4", "\x00", "C:\\films\\a.mp4"])
def test_names_are_only_words(video_store, client, name):
    client.force_login(user_with_role("staff"))
    opening = {"name": name, "size": len(FILM), "title": name, "fingerprint": "0" * 64, "head": base64.b64encode(FILM[:1024]).decode()}

    answer = client.post("/desk/video/uploads/", opening)

    if answer.status_code == 200:
        asset = VideoAsset.objects.get()
        assert asset.original_name.isprintable()
        assert len(asset.original_name) <= 255
        assert FolderGathering().path(uploads.place_of(asset.upload)).parent == incoming_root()
    else:
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
        assert left_behind() == []


def test_a_size_that_is_not_what_comes_is_told(video_store):
    upload = begin(FILM, size=len(FILM) - 10)
    with pytest.raises(WrongOffset) as more:
        send(upload, FILM)
    with pytest.raises(uploads.PieceDamaged):
        uploads.keep_piece(upload=upload, offset=0, length=len(FILM) - 10, sha256=hashlib.sha256(FILM).hexdigest(), read=BytesIO(FILM).read)
    with pytest.raises(uploads.UploadIncomplete):
        uploads.finish_upload(upload=upload)

    uploads.abandon_upload(upload=upload)

    assert more.value.missing == [(0, len(FILM) - 10)]
    assert left_behind() == []


def test_a_crash_between_storage_and_queue_loses_nothing(video_store, monkeypatch):
    upload = begin(FILM)
    send(upload, FILM)
    with monkeypatch.context() as crash:
        crash.setattr(uploads, "process_kept", lambda **values: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            uploads.finish_upload(upload=upload)
    assert VideoAsset.objects.get().state == "uploading"

    again = UploadSession.objects.select_related("asset").get()
    assert uploads.missing(again) == []
    asset = uploads.finish_upload(upload=again)

    assert (asset.state, Job.objects.count(), store().stat(asset.original_key).size) == ("queued", 1, len(FILM))
    assert list(incoming_root().iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_two_windows_at_once_leave_one_whole_file(video_store):
    upload = begin(FILM)
    windows = [UploadSession.objects.select_related("asset").get(pk=upload.pk) for _ in range(2)]

    came = outcomes(*[partial(send, mine, FILM) for mine in windows], refused=(WrongOffset, UploadBusy))
    asset = uploads.finish_upload(upload=upload)

    assert None in came  # one of them kept the film
    with contextlib.closing(store().read(asset.original_key, 0, asset.size_bytes)) as body:
        assert body.read() == FILM


@pytest.mark.django_db(transaction=True)
def test_two_openings_at_once_are_one_upload(video_store):
    person = user_with_role("staff")

    found = at_once(*[lambda: begin(FILM, by=person)] * 2)

    assert found == [UploadSession.objects.get()] * 2
    assert len(list(store().unfinished("originals"))) == (1 if isinstance(gathering(), BucketGathering) else 0)


@contextlib.contextmanager
def full_disk(at: int):
    """No file of this process grows beyond `at` bytes: a write fails as on a full disk."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (at, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@IN_A_FOLDER
def test_a_disk_that_fills_up_is_said_and_the_upload_goes_on_later(video_store):
    data = FILM + bytes(60_000)
    upload = begin(data)
    send(upload, data[:2000])
    with full_disk(at=32_000), pytest.raises(NoRoom, match="not enough room"):
        send(upload, data[2000:], 2000)
    with full_disk(at=32_000), pytest.raises(NoRoom):
        create_asset_from_file(title="", file=BytesIO(data), original_name="a.mp4", uploaded_by=UserFactory())
    assert VideoAsset.objects.count() == 1

    assert uploads.missing(upload) == [(2000, len(data))]
    send(upload, data[2000:], 2000)
    assert uploads.finish_upload(upload=upload).state == "queued"


@IN_A_FOLDER
def test_a_full_disk_is_said_before_the_first_byte(video_store, monkeypatch):
    monkeypatch.setattr(FolderGathering, "has_room", lambda self, size: False)

    with pytest.raises(NoRoom):
        begin(FILM)

    assert left_behind() == []


def test_one_person_may_not_fill_the_disk(settings):
    settings.INSTRUCTOR_VIDEO_GB = 1
    instructor = user_with_role("instructor")
    ReadyAssetFactory(uploaded_by=instructor, size_bytes=600_000_000)

    with pytest.raises(NoRoom, match="1 GB together"):
        begin(FILM, by=instructor, size=500_000_000)
    begin(FILM, by=instructor, size=300_000_000)
    with pytest.raises(NoRoom):
        begin(FILM, by=instructor, size=200_000_000)
    begin(FILM, size=500_000_000)

    assert UploadSession.objects.count() == 2


@IN_A_FOLDER
def test_nor_by_the_form_without_javascript(video_store, settings):
    settings.INSTRUCTOR_VIDEO_GB = 1
    instructor = user_with_role("instructor")
    full = ReadyAssetFactory(uploaded_by=instructor, size_bytes=1_000_000_000)

    with pytest.raises(NoRoom, match="1 GB together"):
        create_asset_from_file(title="", file=BytesIO(FILM), original_name="a.mp4", uploaded_by=instructor)

    assert left_behind() == [f"asset {full}"]


def test_no_more_uploads_are_begun_than_a_person_can_mean(monkeypatch):
    monkeypatch.setattr(uploads, "MOST_OPEN", 2)
    staff = user_with_role("staff")
    for size in (4000, 4001):
        begin(FILM, by=staff, size=size)

    with pytest.raises(NoRoom, match="not finished"):
        begin(FILM, by=staff, size=4002)


@IN_A_FOLDER
def test_a_form_s_upload_leaves_no_half_row_when_storage_is_away(video_store, monkeypatch):
    def away(self, *args):
        raise OSError("gone")

    monkeypatch.setattr(type(video_store), "put_file", away)
    with pytest.raises(OSError, match="gone"):
        create_asset_from_file(title="", file=BytesIO(FILM), original_name="a.mp4", uploaded_by=UserFactory())

    assert left_behind() == []


@IN_A_BUCKET
class TestBucket:
    def test_a_bucket_that_is_away_is_said_and_the_upload_goes_on_when_it_is_back(self, video_store, client, monkeypatch):
        person = user_with_role("staff")
        client.force_login(person)
        upload = begin(FILM, by=person)
        with monkeypatch.context() as away:
            nowhere = f"http://127.0.0.1:{free_port(12_500 + os.getpid() % 500)}"
            away.setattr(storages["default"], "endpoint_url", nowhere)
            answer = client.get(f"/desk/video/uploads/{upload.uuid}/")
            page = client.get("/desk/video/upload/")
            with pytest.raises(StoreAway):
                send(upload, FILM)

        send(upload, FILM)

        assert (answer.status_code, answer.json()["code"]) == (503, "store_away")
        assert "Unfinished uploads" in page.content.decode()
        assert VideoAsset.objects.count() == 1
        assert uploads.finish_upload(upload=upload).state == "queued"

    def test_the_bucket_itself_refuses_other_bytes_than_were_signed(self, video_store, settings, s3_server):
        settings.S3_BROWSER_URL = s3_server.endpoint
        upload = begin(FILM)
        md5 = base64.b64encode(hashlib.md5(FILM, usedforsecurity=False).digest()).decode()
        address = uploads.address_for_piece(upload=upload, offset=0, length=len(FILM), md5=md5)

        answers = [put(address, FILM[:-1] + b"x"), put(address, FILM[:-1]), put(address, FILM, {"Content-MD5": ""}), put(address, FILM)]

        assert answers == [(400, b"BadDigest"), (403, b"SignatureDoesNotMatch"), (403, b"SignatureDoesNotMatch"), (200, b"")]
        for offset, length in [(5, 100), (0, len(FILM) - 1), (PIECE_BYTES, 1)]:
            with pytest.raises(WrongOffset):
                uploads.address_for_piece(upload=upload, offset=offset, length=length, md5=md5)
        assert uploads.finish_upload(upload=upload).state == "queued"

    def test_finishing_and_discarding_bear_being_asked_twice(self, video_store):
        upload = begin(FILM)
        send(upload, FILM)
        place = uploads.place_of(upload)
        assert gathering().complete(place) == gathering().complete(place) == []
        assert uploads.finish_upload(upload=upload) == uploads.finish_upload(upload=upload)

        other = begin(FILM + b"1")
        place = uploads.place_of(other)
        gathering().drop(place)
        gathering().drop(place)
        uploads.abandon_upload(upload=other)

        assert VideoAsset.objects.count() == 1
        assert list(store().unfinished("originals")) == []

    def test_an_upload_that_the_bucket_s_own_rules_ended_begins_anew(self, video_store):
        upload = begin(FILM)
        gathering().abort(upload.asset.kept_key, upload.multipart_id)

        assert uploads.missing(upload) == [(0, len(FILM))]
        again = begin(FILM, by=upload.asset.uploaded_by)
        send(again, FILM)

        assert (again.pk, again.multipart_id == upload.multipart_id) == (upload.pk, False)
        assert uploads.finish_upload(upload=again).state == "queued"

    def test_parts_come_in_any_order_and_the_bucket_tells_which_are_missing(self, video_store):
        data = FILM + os.urandom(2 * PIECE_BYTES)
        upload = begin(data)

        send(upload, data[2 * PIECE_BYTES :], 2 * PIECE_BYTES)
        assert uploads.missing(upload) == [(0, 2 * PIECE_BYTES)]
        send(upload, data[:PIECE_BYTES])
        assert uploads.missing(upload) == [(PIECE_BYTES, 2 * PIECE_BYTES)]
        send(upload, data[PIECE_BYTES : 2 * PIECE_BYTES], PIECE_BYTES)

        asset = uploads.finish_upload(upload=upload)
        with contextlib.closing(store().read(asset.original_key, 0, asset.size_bytes)) as body:
            assert hashlib.sha256(body.read()).digest() == hashlib.sha256(data).digest()

    def test_only_the_upload_page_may_speak_to_the_bucket(self, video_store, settings, s3_server, client):
        settings.S3_BROWSER_URL = s3_server.endpoint
        client.force_login(user_with_role("staff"))

        policy = {path: client.get(path)["Content-Security-Policy"] for path in ("/desk/video/upload/", "/desk/video/")}

        assert f"connect-src 'self' {s3_server.endpoint}" in policy["/desk/video/upload/"]
        assert s3_server.endpoint not in policy["/desk/video/"]

    def test_forgotten_parts_are_given_up(self, video_store):
        begin(FILM)
        UploadSession.objects.update(updated_at=timezone.now() - timedelta(days=8))

        uploads.forget_stale_uploads()

        assert left_behind() == []


def put(address, data: bytes, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    sent = {"Content-Type": "application/octet-stream", **address.headers, **(headers or {})}
    request = urllib.request.Request(address.url, data=data, method="PUT", headers=sent)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, b""
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().partition(b"<Code>")[2].partition(b"</Code>")[0]


def test_the_largest_film_fits_the_parts_a_bucket_takes():
    assert MAX_BYTES / PIECE_BYTES <= 10_000
    assert PIECE_BYTES >= 5 * 1024 * 1024


def test_a_large_film_takes_no_memory(video_store, tmp_path):
    sparse = tmp_path / "large.mp4"
    size = 8 * PIECE_BYTES
    with sparse.open("wb") as file:
        file.write(FILM)
        file.truncate(size)
    zeros = hashlib.sha256(bytes(PIECE_BYTES)).hexdigest()
    upload, used = begin(FILM, size=size), []
    with sparse.open("rb") as file:
        for offset in range(0, size, PIECE_BYTES):
            digest = zeros if offset else hashlib.sha256(os.pread(file.fileno(), PIECE_BYTES, 0)).hexdigest()
            uploads.keep_piece(upload=upload, offset=offset, length=PIECE_BYTES, sha256=digest, read=file.read)
            used.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
    uploads.finish_upload(upload=upload)
    used.append(int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE"))

    assert used[-1] - used[2] < 2 * PIECE_BYTES, "memory grows with the film"
