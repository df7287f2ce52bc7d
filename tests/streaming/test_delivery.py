"""Signed paths: who gets in, what is served, and that no one is looked up."""

import time
from uuid import uuid4

import pytest
from django.http import HttpResponse

from streaming.csp import player_page
from streaming.delivery import address_for, set_cookies, sign, signed_base
from streaming.delivery.pages import put_on_page
from streaming.models import VideoAsset
from tests.factories.accounts import user_with_role

BODY = bytes(range(256)) * 40
RELEASE = "0123456789ab"

ANYTHING = "0f31b8ce-73b8-4ba9-a073-56008aa023aa"


@pytest.fixture
def asset(video_store):
    asset = VideoAsset(uuid=uuid4(), release=RELEASE)
    for path in ("master.m3u8", "720/init.mp4", "720/seg_00000.m4s", "720/index.m3u8", "posters/0.jpg", "captions/es-MX-0a1b2c3d.vtt"):
        video_store.put_bytes(f"{asset.prefix}/{path}", BODY, "application/octet-stream")
    return asset


def body(response) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("master.m3u8", "application/vnd.apple.mpegurl"),
        ("720/index.m3u8", "application/vnd.apple.mpegurl"),
        ("720/init.mp4", "video/mp4"),
        ("720/seg_00000.m4s", "video/iso.segment"),
        ("posters/0.jpg", "image/jpeg"),
        ("captions/es-MX-0a1b2c3d.vtt", "text/vtt; charset=utf-8"),
    ],
)
def test_a_signed_base_opens_each_file_of_its_asset(client, asset, path, content_type):
    response = client.get(signed_base(asset, grant_id=7) + path)

    assert response.status_code == 200
    assert body(response) == BODY
    assert response["Content-Type"] == content_type
    assert response["Content-Length"] == str(len(BODY))
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Accept-Ranges"] == "bytes"
    assert response["Cache-Control"] == ("private, no-cache" if path.endswith("m3u8") else "private, max-age=86400, immutable")


def test_no_query_is_made_even_for_a_signed_in_viewer(client, db, asset, django_assert_num_queries):
    client.force_login(user_with_role("staff"))

    with django_assert_num_queries(0):
        assert body(client.get(signed_base(asset, grant_id=None) + "720/seg_00000.m4s")) == BODY
        assert client.get(f"/v/0.abcdef.{'A' * 22}/9999999999/{asset.uuid}/{RELEASE}/master.m3u8").status_code == 403


@pytest.mark.parametrize(
    ("asked", "status", "content_range", "expected"),
    [
        ("bytes=0-99", 206, "bytes 0-99/10240", BODY[:100]),
        ("bytes=10000-", 206, "bytes 10000-10239/10240", BODY[10000:]),
        ("bytes=-16", 206, "bytes 10224-10239/10240", BODY[-16:]),
        ("bytes=-99999", 206, "bytes 0-10239/10240", BODY),
        ("bytes=5-99999", 206, "bytes 5-10239/10240", BODY[5:]),
        ("bytes=10240-", 416, "bytes */10240", b""),
        ("bytes=-0", 416, "bytes */10240", b""),
        ("bytes=9-3", 200, None, BODY),
        ("bytes=0-1,5-6", 200, None, BODY),
        ("lines=1-2", 200, None, BODY),
    ],
)
def test_ranges(client, asset, asked, status, content_range, expected):
    response = client.get(signed_base(asset, grant_id=7) + "720/seg_00000.m4s", headers={"Range": asked})

    assert (response.status_code, response.get("Content-Range")) == (status, content_range)
    assert body(response) == expected


def test_a_file_the_reader_holds_is_not_sent_again(client, asset):
    address = signed_base(asset, grant_id=7) + "720/seg_00000.m4s"
    first = client.get(address)
    body(first)

    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 304
    assert client.get(address, headers={"If-None-Match": f"W/{first['ETag']}"}).status_code == 304
    assert body(client.get(address, headers={"If-None-Match": '"other"'})) == BODY
    changed = client.get(address, headers={"If-Range": '"other"', "Range": "bytes=0-1"})
    assert (changed.status_code, body(changed)) == (200, BODY)


def test_head_answers_without_a_body(client, asset):
    response = client.head(signed_base(asset, grant_id=7) + "720/seg_00000.m4s", headers={"Range": "bytes=0-9"})

    assert (response.status_code, response["Content-Length"], response.content) == (206, "10", b"")


def test_a_file_that_is_gone_is_not_found(client, asset):
    assert client.get(signed_base(asset, grant_id=7) + "720/seg_00009.m4s").status_code == 404


@pytest.mark.parametrize(
    "file",
    [
        "../../originals/x",
        f"{RELEASE}/../../../originals/x",
        f"{RELEASE}/720/../../secret",
        f"{RELEASE}/720/seg_00000.m4s/",
        f"{RELEASE}/720/seg_00000.m4s%00",
        f"{RELEASE}/ffmpeg.m3u8",
        f"{RELEASE}/poster.jpg",
        f"{RELEASE}/captions/en.vtt",
        f"{RELEASE}/captions/..vtt",
        f"{RELEASE}/captions/%2e%2e.vtt",
        f"{RELEASE}//etc/passwd",
        f"{RELEASE}/720\\seg_00000.m4s",
        f"{RELEASE}/720/seg_0000٠.m4s",
        "master.m3u8",
    ],
)
def test_what_packaging_never_writes_is_refused(client, asset, file):
    base = signed_base(asset, grant_id=7).removesuffix(f"{RELEASE}/")

    response = client.get(base + file)

    assert response.status_code == 403
    assert len(response.content) < 120


class TestTokens:
    """Who may not pass."""

    @pytest.fixture
    def expires(self):
        return int(time.time()) + 60

    def get(self, client, token, expires, asset_uuid):
        response = client.get(f"/v/{token}/{expires}/{asset_uuid}/{RELEASE}/720/init.mp4")
        body(response)
        return response.status_code

    def test_a_good_one_passes_and_fits_one_asset_and_one_moment(self, client, asset, expires):
        token = sign(asset.uuid, grant_id=81, expires=expires)

        assert self.get(client, token, expires, asset.uuid) == 200
        assert self.get(client, token, expires + 1, asset.uuid) == 403
        assert self.get(client, token, expires, uuid4()) == 403
        assert self.get(client, token.replace("81.", "82."), expires, asset.uuid) == 403

    def test_an_expired_one_does_not(self, client, asset):
        past = int(time.time()) - 1

        assert self.get(client, sign(asset.uuid, grant_id=1, expires=past), past, asset.uuid) == 403

    @pytest.mark.parametrize("change", [lambda t: t[:-1], lambda t: t + "A", str.swapcase, lambda t: "x" + t, lambda t: "0.abcdef." + "A" * 22, lambda t: "-"])
    def test_a_forged_one_does_not(self, client, asset, expires, change):
        assert self.get(client, change(sign(asset.uuid, grant_id=1, expires=expires)), expires, asset.uuid) == 403

    def test_one_made_with_another_key_does_not_unless_it_is_being_rotated_out(self, client, settings, asset, expires):
        token = sign(asset.uuid, grant_id=1, expires=expires)
        old, settings.SECRET_KEY = settings.SECRET_KEY, "another-key-that-is-long-enough-0123456789"

        assert self.get(client, token, expires, asset.uuid) == 403
        settings.SECRET_KEY_FALLBACKS = [old]
        assert self.get(client, token, expires, asset.uuid) == 200

    @pytest.mark.parametrize(
        "path", ["", "x", "x/y/z", f"0.{'A' * 27}/{'9' * 5000}/{ANYTHING}/", f"0.{'A' * 27}/1/not-a-uuid/master.m3u8", f"native/{ANYTHING}/"]
    )
    def test_any_other_address_is_refused(self, client, path):
        assert client.get(f"/v/{path}").status_code in ({404} if path == "" else {403})

    def test_writing_is_not_allowed(self, client, asset, expires):
        assert client.post(f"/v/{sign(asset.uuid, grant_id=1, expires=expires)}/{expires}/{asset.uuid}/master.m3u8").status_code == 405


class TestNative:
    """The browser's own player: an address that stays, and the pass in a cookie."""

    def test_the_cookie_opens_what_the_address_alone_does_not(self, client, asset):
        address = address_for(asset, grant_id=7, native=True)
        response = HttpResponse()
        set_cookies(response, address)

        assert client.get(f"{address.base}master.m3u8").status_code == 403
        client.cookies.load(response.cookies)
        assert body(client.get(f"{address.base}720/seg_00000.m4s")) == BODY

    def test_the_cookie_goes_to_this_video_alone_and_dies_with_the_pass(self, asset):
        response = HttpResponse()
        set_cookies(response, address_for(asset, grant_id=7, native=True))

        cookie = response.cookies["video"]
        assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (f"/v/native/{asset.uuid}/{RELEASE}/", True, "Strict")
        assert 295 <= cookie["max-age"] <= 300

    def test_a_cookie_for_another_video_is_refused(self, client, asset):
        other = VideoAsset(uuid=uuid4(), release=RELEASE)
        client.cookies["video"] = address_for(other, grant_id=7, native=True).cookies[0].value

        assert client.get(f"{address_for(asset, grant_id=7, native=True).base}master.m3u8").status_code == 403


def test_no_address_under_a_grant_outlives_five_minutes():
    with pytest.raises(ValueError, match="300 seconds at most"):
        address_for(VideoAsset(uuid=uuid4(), release=RELEASE), grant_id=7, ttl_s=301)


def test_a_page_with_a_player_brings_the_cookies_its_address_needs(rf, settings, cloudfront_key):
    settings.VIDEO_DELIVERY, settings.SITE_URL = "cloudfront", "https://school.example"
    settings.VIDEO_CLOUDFRONT_KEY_ID, settings.VIDEO_CLOUDFRONT_KEY_FILE = "K1", str(cloudfront_key[0])
    asset = VideoAsset(uuid=uuid4(), release=RELEASE)

    @player_page
    def page(request):
        return HttpResponse(put_on_page(request, address_for(asset, grant_id=7)))

    response = page(rf.get("/"))

    assert response.content.decode() == f"/{asset.prefix}/"
    assert {name: morsel["path"] for name, morsel in response.cookies.items()} == dict.fromkeys(
        ["CloudFront-Policy", "CloudFront-Signature", "CloudFront-Key-Pair-Id"], f"/{asset.prefix}/"
    )
