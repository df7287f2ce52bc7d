"""Storyboards and posters out of our own segments, and the poster staff choose."""

import json
import struct
import zlib
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageFilter

from core.models import AuditEntry
from streaming.models import Transcode, VideoAsset
from streaming.pipeline import stills as pictures
from streaming.pipeline.picture import poster_from
from streaming.pipeline.probe import Refused
from streaming.selectors import player_context
from streaming.selectors.stills import poster_choices
from streaming.services.posters import PosterUnusable, choose_poster, own_name, upload_poster
from streaming.services.stills import make_stills
from tests.factories.accounts import UserFactory, user_with_role
from tests.streaming.made import transcode_of


def stored(store, key: str) -> bytes:
    file = store.read(key, 0, store.stat(key).size)
    try:
        return file.read()
    finally:
        file.close()


@pytest.fixture
def transcode(video_store, small_film, small_hls):
    asset = small_film("Hamstring release")
    return transcode_of(asset, small_hls)


class TestMaking:
    def test_every_segment_gets_a_tile_and_the_best_picture_is_the_poster(self, transcode, video_store):
        prefix = transcode.asset.prefix

        make_stills(transcode=transcode)

        sheet = Image.open(BytesIO(stored(video_store, f"{prefix}/storyboard/000.jpg")))
        assert sheet.size == (6 * 160, 90)
        vtt = stored(video_store, f"{prefix}/storyboard/storyboard.vtt").decode()
        assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:04.000\n000.jpg#xywh=0,0,160,90\n\n00:00:04.000 --> 00:00:08.000\n000.jpg#xywh=160,0,160,90\n")
        assert vtt.endswith("00:00:20.000 --> 00:00:24.000\n000.jpg#xywh=800,0,160,90\n")
        transcode.asset.refresh_from_db()
        assert transcode.asset.poster == "posters/0.jpg"
        assert Image.open(BytesIO(stored(video_store, f"{prefix}/posters/0.jpg"))).size == (320, 180)
        assert sorted(poster["at_ms"] for poster in transcode.stills["posters"]) == [0, 4000, 8000, 12000, 16000, 20000]

    def test_the_player_is_told_of_the_storyboard_when_it_is_made(self, transcode):
        def told() -> str:
            return json.loads(player_context(asset=transcode.asset, preview=True)["settings_json"])["storyboard"]

        assert told() == ""

        make_stills(transcode=transcode)

        assert told() == "storyboard/storyboard.vtt"

    def test_twice_is_once(self, transcode, video_store):
        make_stills(transcode=transcode)
        first, files = transcode.stills, {found.key: stored(video_store, found.key) for found in video_store.listing(transcode.asset.prefix)}

        make_stills(transcode=transcode)

        assert transcode.stills == first
        assert {found.key: stored(video_store, found.key) for found in video_store.listing(transcode.asset.prefix)} == files

    def test_a_film_of_one_black_picture_still_has_a_poster(self):
        black = pictures.judged(0, Image.new("RGB", (320, 180)))

        assert not black.shows_something
        assert [poster.segment for poster in pictures.posters([black], lambda segment: Image.new("RGB", (320, 180)))] == [0]

    def test_black_and_blurred_pictures_are_no_posters(self):
        sharp = Image.effect_noise((320, 180), 80).convert("RGB")
        blurred, black = sharp.filter(ImageFilter.GaussianBlur(4)), Image.new("RGB", (320, 180))
        film = [black, *([blurred, sharp, blurred] * 6)]

        chosen = pictures.posters([pictures.judged(number, picture) for number, picture in enumerate(film)], lambda segment: film[segment])

        assert sorted(poster.segment for poster in chosen) == [2, 5, 8, 11, 14, 17]

    def test_a_portrait_film_keeps_its_shape_and_a_very_long_one_thins_out(self):
        assert (pictures.tile_size(720, 1280), pictures.tile_size(426, 240)) == ((90, 160), (160, 90))
        assert len(pictures.thinned(900)) == 900
        assert (len(pictures.thinned(7200)), pictures.thinned(7200).step) == (900, 8)
        tiles = [Image.new("RGB", (90, 160))] * 205
        assert [Image.open(BytesIO(sheet.jpeg)).size for sheet in pictures.sheets(tiles)] == [(900, 1600), (900, 1600), (450, 160)]


def picture_file(size=(640, 360), kind="JPEG", **options) -> bytes:
    out = BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, kind, **options)
    return out.getvalue()


class TestChoosing:
    @pytest.fixture
    def asset(self, transcode):
        make_stills(transcode=transcode)
        return VideoAsset.objects.get(pk=transcode.asset_id)

    def test_the_chosen_picture_gets_a_name_of_its_own_and_is_kept_by_the_next_release(self, asset, video_store, small_hls):
        staff = UserFactory()
        third = stored(video_store, f"{asset.prefix}/posters/3.jpg")

        asset = choose_poster(asset=asset, number=3, by=staff)

        assert asset.poster == own_name(third)
        assert [choice.number for choice in poster_choices(asset) if choice.is_chosen] == [3]
        assert list(AuditEntry.objects.values_list("actor", "action")) == [(staff.pk, "streaming.choose_poster")]
        again = transcode_of(asset, small_hls, take=2, release="ffffffffffff", state=Transcode.State.WORKING)
        for found in list(video_store.listing(asset.prefix)):
            video_store.copy(found.key, found.key.replace(asset.release, again.release))
        video_store.delete_tree(f"video/{asset.uuid}/{again.release}/posters")
        make_stills(transcode=again)
        assert stored(video_store, f"video/{asset.uuid}/{again.release}/{asset.poster}") == third
        changed = upload_poster(asset=asset, data=picture_file(), by=staff)
        assert video_store.stat(f"video/{asset.uuid}/{again.release}/{changed.poster}")

    def test_what_is_not_there_cannot_be_chosen(self, asset):
        with pytest.raises(PosterUnusable, match="no longer there"):
            choose_poster(asset=asset, number=7, by=UserFactory())

        assert not AuditEntry.objects.exists()


@pytest.fixture
def folder(tmp_path):
    return tmp_path


class TestUploadedPictures:
    def test_an_upright_jpeg_without_a_word_of_the_old_file(self, folder):
        exif = Image.Exif()
        exif[0x0112], exif[0x010E] = 6, "Anna's kitchen, 47.1 N"

        made = poster_from(picture_file((4000, 3000), exif=exif, comment=b"secret"), folder)

        picture = Image.open(BytesIO(made))
        assert (picture.size, picture.format, dict(picture.getexif())) == ((960, 1280), "JPEG", {})
        assert b"kitchen" not in made
        assert b"secret" not in made

    @pytest.mark.parametrize(
        ("data", "says"),
        [
            (b"", "not a picture we can read"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture we can read"),
            (picture_file(kind="GIF"), "not a picture we can read"),
            (picture_file(kind="TIFF"), "not a picture we can read"),
            (picture_file()[:2000], "not a picture we can read"),
            (picture_file((80, 60)), "too small"),
            (bytes(15_000_001), "larger than 15 MB"),
        ],
        ids=["empty", "svg", "gif", "tiff", "cut", "small", "large"],
    )
    def test_hostile_pictures_are_refused_with_a_sentence(self, folder, data, says):
        with pytest.raises(Refused, match=says):
            poster_from(data, folder)

    def test_a_picture_bomb_is_refused_by_its_header(self, folder):
        bomb = bytearray(picture_file((200, 200), "PNG"))
        bomb[16:24] = struct.pack(">II", 60_000, 60_000)
        bomb[29:33] = struct.pack(">I", zlib.crc32(bomb[12:29]))

        with pytest.raises(Refused, match="60000 × 60000, more than 40 million"):
            poster_from(bytes(bomb), folder)


@pytest.mark.django_db
class TestDesk:
    def test_choosing_and_uploading_at_the_desk(self, client, small_film, small_hls):
        asset = small_film("Hip")
        make_stills(transcode=transcode_of(asset, small_hls))
        client.force_login(user_with_role("staff"))
        address = f"/desk/video/{asset.uuid}/"

        page = client.get(address).content.decode()
        assert page.count('name="number"') == 6
        assert page.count(" checked") == 1

        assert client.post(f"{address}poster/", {"number": "2"}).status_code == 302
        asset.refresh_from_db()
        assert f"/{asset.release}/{asset.poster}" in client.get(address).content.decode()
        assert client.post(f"{address}poster/", {}).status_code == 422
        refused = client.post(f"{address}poster/upload/", {"picture": SimpleUploadedFile("a.jpg", b"GIF89a")})
        assert refused.status_code == 422
        assert "not a picture we can read" in refused.content.decode()
        assert client.post(f"{address}poster/upload/", {"picture": SimpleUploadedFile("a.png", picture_file(kind="PNG"))}).status_code == 302
        page = client.get(address).content.decode()
        assert "In use: a picture of your own" in page
        assert " checked" not in page
