"""One promise, four ways: what opens, and for whom, is the same behind the app, nginx, CloudFront and a bare bucket."""

import contextlib
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit
from uuid import uuid4

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse

from streaming.delivery import Address, address_for, set_cookies
from streaming.delivery.published import content_type
from streaming.models import VideoAsset

BODY = bytes(range(256)) * 40
RELEASE = "0123456789ab"
MASTER = '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="Sound",URI="audio/index.m3u8"\n#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"\n720/index.m3u8\n'
MASTER += (
    '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="720/iframes.m3u8"\n#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="s",NAME="English",URI="captions/en-0a1b2c3d.m3u8"\n'
)
MEDIA = '#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-MAP:URI="init.mp4"\n#EXTINF:4,\nseg_00000.m4s\n'
PLAYLISTS = {"master.m3u8": MASTER, "captions/en-0a1b2c3d.m3u8": "#EXTM3U\n#EXTINF:9,\nen-0a1b2c3d.vtt\n"}
PLAYLISTS |= dict.fromkeys(["720/index.m3u8", "720/iframes.m3u8", "audio/index.m3u8"], MEDIA)
OTHERS = ["720/init.mp4", "720/seg_00000.m4s", "audio/init.mp4", "audio/seg_00000.m4s", "captions/en-0a1b2c3d.vtt"]
OTHERS += ["posters/0.jpg", "posters/own-0a1b2c3d.jpg", "storyboard/000.jpg", "storyboard/storyboard.vtt"]
WAYS = ["app", "nginx", "cloudfront", "s3"]
HAS = [("app", "folder"), ("app", "bucket"), ("nginx", "folder"), ("nginx", "bucket"), ("cloudfront", "bucket"), ("s3", "bucket")]

pytestmark = pytest.mark.parametrize(("way", "video_store"), HAS, indirect=True, ids=lambda value: str(value))


class Viewer:
    """A browser: asks where the way of delivery listens, sends the cookies it was given to the paths they are for."""

    def __init__(self, origin: str):
        self.origin, self.jar = origin, {}

    def receive(self, address: Address) -> str:
        response = HttpResponse()
        set_cookies(response, address)
        for name, morsel in response.cookies.items():
            self.jar[morsel["path"], name] = morsel.value
        return address.base

    def get(self, address: str, method: str = "GET", **headers: str):
        """Status, body, headers. `address` is a path of this site, or one of the bucket."""
        url = address if "://" in address else self.origin + address
        cookies = "; ".join(f"{name}={value}" for (path, name), value in self.jar.items() if urlsplit(url).path.startswith(path))
        if cookies and url.startswith(self.origin):
            headers["Cookie"] = cookies
        request = urllib.request.Request(url, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.read(), answer.headers
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read(), error.headers

    def reads(self, address: str) -> list[str]:
        """The addresses a playlist leads to."""
        status, body, _ = self.get(address)
        assert status == 200
        lines = re.findall(r'URI="([^"]+)"|^(?!#)(.+)$', body.decode(), re.MULTILINE)
        return [urljoin(address, one or other) for one, other in lines]


@pytest.fixture
def way(request, settings, tmp_path) -> str:
    """The name of the way, set up before the storage is chosen."""
    settings.VIDEO_DELIVERY = request.param
    return request.param


@pytest.fixture
def viewer(request, way, video_store, settings) -> Viewer:
    if way == "nginx":
        if settings.STORAGES["default"]["BACKEND"].endswith("S3Storage"):
            settings.S3_BUCKET, settings.S3_ENDPOINT_URL = request.getfixturevalue("s3_bucket"), request.getfixturevalue("s3_server").endpoint
            settings.VIDEO_BUCKET_READERS = ["127.0.0.1/32"]
        return Viewer(request.getfixturevalue("video_nginx"))
    if way == "cloudfront":
        return Viewer(request.getfixturevalue("cloudfront_edge"))
    return Viewer(request.getfixturevalue("site"))


@pytest.fixture
def site() -> Iterator[str]:
    """The app over HTTP. No database: delivery must not ask it."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(get_wsgi_application())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *args):
        """Tests read answers, not logs."""


@pytest.fixture
def asset(video_store) -> VideoAsset:
    return stored(video_store)


def stored(store) -> VideoAsset:
    asset = VideoAsset(uuid=uuid4(), release=RELEASE)
    for path, text in PLAYLISTS.items():
        store.put_bytes(f"{asset.prefix}/{path}", text.encode(), content_type(path))
    for path in OTHERS:
        store.put_bytes(f"{asset.prefix}/{path}", BODY, content_type(path))
    store.put_bytes(f"{asset.prefix}/notes.txt", b"not published", "text/plain")
    store.put_bytes(f"originals/{asset.uuid}", b"as uploaded", "video/mp4")
    return asset


native = pytest.mark.parametrize("native", [False, True], ids=["pass", "native"])


@native
def test_each_kind_of_file_opens_whole_and_in_parts_and_none_can_be_written(viewer, asset, native):
    base = viewer.receive(address_for(asset, grant_id=7, native=native))

    for path in [*PLAYLISTS, *OTHERS]:
        status, body, headers = viewer.get(base + path)
        assert (path, status, headers["Content-Type"], headers.get("X-Content-Type-Options", "nosniff")) == (path, 200, content_type(path), "nosniff")
        if path not in PLAYLISTS:
            assert body == BODY
            if path != "storyboard/storyboard.vtt":
                part = viewer.get(base + path, Range="bytes=250-259")
                assert (path, part[0], part[1], part[2]["Content-Range"]) == (path, 206, BODY[250:260], "bytes 250-259/10240")
    for method in ("POST", "PUT", "DELETE"):
        assert viewer.get(f"{base}720/init.mp4", method=method)[0] in {403, 404, 405, 501}
    assert viewer.get(f"{base}720/init.mp4")[1] == BODY


@native
def test_a_player_finds_every_file_from_the_master_playlist(viewer, asset, native):
    base = viewer.receive(address_for(asset, grant_id=7, native=native))

    playlists = viewer.reads(f"{base}master.m3u8")
    files = [file for playlist in playlists for file in viewer.reads(playlist)]

    assert len(playlists) == 4
    assert len(files) == 7
    assert {viewer.get(file)[:2] for file in files} == {(200, BODY)}


def refused(viewer: Viewer, address: str, **headers: str) -> None:
    """No file, and nothing that tells whether there is one."""
    status, body, _ = viewer.get(address, **headers)
    assert (address, status in {400, 403, 404} or body == b"") == (address, True)
    assert b"not published" not in body
    assert b"as uploaded" not in body
    assert BODY[:64] not in body


@native
def test_a_stranger_an_old_a_forged_and_a_foreign_address_are_refused(way, viewer, asset, video_store, native):
    other = stored(video_store)
    mine = viewer.receive(address_for(asset, grant_id=7, native=native))
    stranger = Viewer(viewer.origin)
    old = Viewer(viewer.origin)
    gone = old.receive(address_for(asset, grant_id=7, ttl_s=-2, native=native))
    fits = address_for(asset, grant_id=7, native=native)
    theirs = address_for(other, grant_id=7, native=native)

    for path in ["master.m3u8", "720/index.m3u8", "720/seg_00000.m4s", "posters/0.jpg", "captions/en-0a1b2c3d.vtt", "storyboard/000.jpg"]:
        assert viewer.get(mine + path)[0] == 200
        refused(stranger, f"/v/native/{asset.uuid}/{RELEASE}/{path}")
        if way in ("nginx", "cloudfront"):  # where the site itself has no such pages
            refused(stranger, f"/{asset.prefix}/{path}")
        refused(old, gone + path)
        refused(viewer, mine.replace(str(asset.uuid), str(other.uuid)) + path)
        for forged in forgeries(fits, theirs):
            refused(*forged_request(viewer.origin, forged, path))
    answer = stranger.get(f"{mine}master.m3u8", Cookie="video=; CloudFront-Policy=") if fits.cookies else (403, b"", {})
    assert answer[0] == 403


def forgeries(mine: Address, theirs: Address) -> list[Address]:
    """`mine` with one thing changed: each letter class of the pass, its end, its owner, what it is for."""
    changes = [lambda text: text[::-1], lambda text: text.replace("7.", "8.", 1), lambda text: re.sub(r"\d{10}", lambda end: str(int(end[0]) + 60), text)]
    if mine.cookies:
        bent = [Address(mine.base, tuple(type(each)(each.name, change(each.value)) for each in mine.cookies), mine.expires_at) for change in changes]
        return [each for each in bent if each != mine] + [Address(mine.base, theirs.cookies, mine.expires_at), Address(mine.base, (), mine.expires_at)]
    token = "/".join(mine.base.split("/")[2:4])
    return [Address(mine.base.replace(token, change(token)), (), mine.expires_at) for change in changes]


def forged_request(origin: str, address: Address, path: str):
    browser = Viewer(origin)
    for cookie in address.cookies:  # a forger sends what he likes wherever he likes
        browser.jar["/", cookie.name] = cookie.value
    return browser, address.base + path


@native
def test_what_packaging_never_writes_is_not_served(way, viewer, asset, video_store, native):
    other = stored(video_store)
    base = viewer.receive(address_for(asset, grant_id=7, native=native))
    names = ["", "720/", "720", "720/seg_00000.m4s/", "720/seg_00000.m4s%00", "720/seg_00000.m4s%0a", "..%2f..%2f..%2foriginals/" + str(asset.uuid)]
    names += [f"../../../originals/{asset.uuid}", f"%2e%2e/%2e%2e/%2e%2e/originals/{asset.uuid}", "720/seg_00000.m4s%0d%0aX-Other:%201", "720%5cinit.mp4"]
    names += [
        f"../../{other.uuid}/{RELEASE}/720/init.mp4",
        f"%2e%2e/%2e%2e/{other.uuid}/{RELEASE}/720/init.mp4",
        f"..%2f..%2f{other.uuid}/{RELEASE}/master.m3u8",
    ]

    for name in names:
        refused(viewer, base + name)
    if way != "cloudfront":  # a signed cookie opens whatever lies in the folder; packaging writes nothing else there
        refused(viewer, f"{base}notes.txt")


def test_a_playlist_that_grew_is_read_anew_and_a_segment_is_kept(viewer, asset, video_store):
    base = viewer.receive(address_for(asset, grant_id=7))
    before = viewer.get(f"{base}720/index.m3u8")
    segment = viewer.get(f"{base}720/seg_00000.m4s")
    video_store.put_bytes(f"{asset.prefix}/720/index.m3u8", (MEDIA + "#EXTINF:4,\nseg_00001.m4s\n#EXT-X-ENDLIST\n").encode(), content_type("x.m3u8"))

    after = viewer.get(f"{base}720/index.m3u8")

    assert before[1].count(b"#EXTINF") == 1
    assert after[1].count(b"#EXTINF") == 2
    assert "no-cache" in after[2]["Cache-Control"]
    assert "immutable" in segment[2]["Cache-Control"]


def test_an_open_address_dies_at_its_second(viewer, asset):
    """A revoked viewer's next renewal is refused at once; this is how long the address they hold lives on."""
    address = address_for(asset, grant_id=7, ttl_s=1)
    base, ends = viewer.receive(address), address.expires_at.timestamp()
    limit = ends + 5

    while viewer.get(f"{base}720/init.mp4")[0] == 200 and time.time() < limit:
        with contextlib.suppress(TimeoutError):
            viewer.get(f"{base}720/index.m3u8")
    died = time.time()

    assert ends - 0.1 <= died <= ends + 1.5
