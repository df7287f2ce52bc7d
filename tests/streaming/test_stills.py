"""Storyboards and posters out of our own segments, and the poster staff choose."""

from io import BytesIO

import pytest
from PIL import Image

from streaming.models import Transcode
from streaming.services.stills import make_stills


def stored(store, key: str) -> bytes:
    file = store.read(key, 0, store.stat(key).size)
    try:
        return file.read()
    finally:
        file.close()


@pytest.fixture
def transcode(video_store, small_film):
    asset = small_film("Hamstring release")
    return Transcode.objects.create(asset=asset, take=1, release=asset.release)


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
        assert Image.open(BytesIO(stored(video_store, f"{prefix}/posters/0.jpg"))).size == (160, 90)
        assert sorted(poster["at_ms"] for poster in transcode.stills["posters"]) == [0, 4000, 8000, 12000, 16000, 20000]

    def test_twice_is_once(self, transcode, video_store):
        make_stills(transcode=transcode)
        first, files = transcode.stills, {found.key: stored(video_store, found.key) for found in video_store.listing(transcode.asset.prefix)}

        make_stills(transcode=transcode)

        assert transcode.stills == first
        assert {found.key: stored(video_store, found.key) for found in video_store.listing(transcode.asset.prefix)} == files
