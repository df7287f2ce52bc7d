"""The drawn lessons: real films, with captions and chapters that fit them."""

import av
import pytest

from streaming.demo_film import draw_lesson, lesson_captions, lesson_chapters
from streaming.demo_scenes import SCENES
from streaming.services.captions import read_captions


@pytest.mark.parametrize("scene", SCENES)
def test_a_drawn_lesson_is_a_film_of_its_length(tmp_path, scene):
    path = tmp_path / "lesson.mp4"

    draw_lesson(path, title="Releasing the back of the knee", scene=scene, seconds=10)

    with av.open(path) as film:
        video = film.streams.video[0]
        assert (video.codec_context.name, video.width, video.height) == ("h264", 1280, 720)
        assert float(video.duration * video.time_base) == pytest.approx(10, abs=0.1)
        assert film.streams.audio[0].codec_context.name == "aac"


def test_captions_and_chapters_lie_inside_the_film():
    text = lesson_captions(scene="hip", seconds=24, title="Waking the dormant butt")

    reading = read_captions(text.encode(), language="en", duration_ms=24_000)
    assert (len(reading.cues), reading.remarks) == (5, [])
    assert text.count("-->") == 5
    chapters = lesson_chapters(scene="hip", seconds=24)
    assert chapters[0] == (0, "Introduction")
    assert [start for start, _title in chapters] == sorted({start for start, _title in chapters})
    assert chapters[-1][0] < 24_000
