"""The sound: one loudness for every film, true peaks under the line, exactly as long as the picture."""

import re
import subprocess
from array import array
from pathlib import Path

import av
import pytest

from streaming.pipeline import ffmpeg
from streaming.pipeline.encode import encode_piece
from streaming.pipeline.package import AUDIO, merge
from streaming.pipeline.pieces import SOUND, pieces_of
from streaming.pipeline.plan import Plan, plan_for
from streaming.pipeline.probe import probe_file


@pytest.fixture
def sound(clip, alone, tmp_path):
    """`sound("two-sounds.mp4")`: the plan, the facts, and the sound as one file."""

    def make(name: str) -> tuple[Plan, dict, Path]:
        source, target = alone(clip(name)), tmp_path / "out"
        target.mkdir()
        plan = plan_for(probe_file(source))
        facts = encode_piece(plan, next(piece for piece in pieces_of(plan) if piece.kind == SOUND), source, target, lambda share: None)
        whole = tmp_path / "whole.mp4"
        whole.write_bytes(b"".join(path.read_bytes() for path in [target / "audio/init.mp4", *sorted(target.glob("audio/*.m4s"))]))
        return plan, facts, whole

    return make


@pytest.mark.parametrize(("name", "channels"), [("quiet-six.mkv", 2), ("loud-late.mov", 1), ("two-sounds.mp4", 1), ("nine-seconds.mkv", 1)])
def test_every_film_is_equally_loud_and_ends_with_its_picture(sound, name, channels):
    plan, facts, whole = sound(name)

    command = [ffmpeg.binary(), "-hide_banner", "-i", str(whole), "-af", "ebur128=peak=true:framelog=quiet", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    loudness, peak = float(re.findall(r"I:\s+(\S+) LUFS", said)[-1]), float(re.findall(r"Peak:\s+(\S+) dBFS", said)[-1])
    assert loudness == pytest.approx(-17, abs=1)
    assert peak <= -1
    assert (facts["loudness_lufs"], facts["peak_dbtp"]) == (loudness, peak)
    track = merge([facts])[AUDIO]
    assert track.channels == channels
    assert abs(track.duration - plan.duration) < 0.001
    assert [path.name for path in whole.parent.joinpath("out").iterdir()] == ["audio"]


def test_sound_that_begins_late_stays_with_its_picture(sound):
    _plan, _facts, whole = sound("loud-late.mov")

    with av.open(str(whole)) as container:
        loud = [float(frame.pts * frame.time_base) for frame in container.decode(audio=0) if max(array("f", bytes(frame.planes[0]))) > 0.02]

    assert loud[0] == pytest.approx(2, abs=0.05)
    assert loud[-1] == pytest.approx(5, abs=0.05)


def test_the_default_track_is_heard(clip, alone):
    assert probe_file(alone(clip("two-sounds.mp4"))).audio_index == 2


def test_silence_stays_silence(sound):
    _plan, facts, _whole = sound("tiny-silent.mp4")

    assert facts["loudness_lufs"] < -60
