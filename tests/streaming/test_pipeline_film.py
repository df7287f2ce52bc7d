"""From a file to HLS: what comes out is what independent parsers and decoders call right."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import m3u8
import pytest

from streaming.pipeline import ffmpeg
from streaming.pipeline.boxes import read_init
from streaming.pipeline.encode import encode_piece, gain_for
from streaming.pipeline.package import Track, check_whole, master_playlist, merge, playlists
from streaming.pipeline.pieces import pieces_of
from streaming.pipeline.plan import Plan, plan_for
from streaming.pipeline.prepare import prepare
from streaming.pipeline.probe import Refused, probe_file
from tests.streaming.test_pipeline_package import read_strictly


@dataclass(frozen=True)
class Film:
    plan: Plan
    tracks: dict[str, Track]
    folder: Path


@pytest.fixture
def film(alone, tmp_path):
    """`film(clip)`: every piece in turn, checked, with its playlists."""

    def make(path: Path) -> Film:
        source, copy, out = alone(path), tmp_path / "copy" / "source", tmp_path / "out"
        copy.parent.mkdir()
        probe = probe_file(source)
        if prepare(probe, source, copy):
            source, probe = copy, probe_file(copy)
        plan, facts = plan_for(probe), []
        for piece in pieces_of(plan):
            target = tmp_path / f"piece-{piece.number}"
            target.mkdir()
            facts.append(encode_piece(plan, piece, source, target, lambda share: None))
            shutil.copytree(target, out, dirs_exist_ok=True)
        tracks = merge(facts)
        check_whole(plan, tracks)
        for name, text in playlists(plan, tracks, complete=True).items():
            (out / name).write_text(text)
        (out / "master.m3u8").write_text(master_playlist(plan, tracks))
        return Film(plan, tracks, out)

    return make


def frames_of(folder: Path) -> list[av.VideoFrame]:
    data = (folder / "init.mp4").read_bytes() + b"".join(path.read_bytes() for path in sorted(folder.glob("seg_*.m4s")))
    with av.open(BytesIO(data)) as container:
        return list(container.decode(video=0))


def key_times(folder: Path) -> list[Fraction]:
    data = (folder / "init.mp4").read_bytes() + b"".join(path.read_bytes() for path in sorted(folder.glob("seg_*.m4s")))
    with av.open(BytesIO(data)) as container:
        return [packet.pts * packet.time_base for packet in container.demux(video=0) if packet.is_keyframe and packet.pts is not None]


def sound_seconds(folder: Path) -> float:
    data = (folder / "init.mp4").read_bytes() + b"".join(path.read_bytes() for path in sorted(folder.glob("seg_*.m4s")))
    with av.open(BytesIO(data)) as container:
        return sum(frame.samples for frame in container.decode(audio=0)) / 48_000


def test_real_footage_becomes_a_ladder_that_switches_cleanly(film, clip):
    made = film(clip("bigbuckbunny.mp4"))

    master = m3u8.load(str(made.folder / "master.m3u8"))
    assert master.is_variant
    assert master.is_independent_segments
    assert [variant.stream_info.resolution for variant in master.playlists] == [(426, 240), (640, 360), (854, 480), (1280, 720)]
    counted = {}
    for variant in master.playlists:
        info = variant.stream_info
        folder = made.folder / Path(variant.uri).parent
        playlist = m3u8.load(str(folder / "index.m3u8"))
        assert playlist.is_endlist
        assert playlist.target_duration == 4
        assert [segment.uri for segment in playlist.segments] == [path.name for path in sorted(folder.glob("seg_*.m4s"))]
        assert sum(segment.duration for segment in playlist.segments) == pytest.approx(5.28, abs=0.041)
        assert info.frame_rate == 25
        assert info.codecs == f"{read_init((folder / 'init.mp4').read_bytes()).codec},mp4a.40.2"
        peak = max((folder / segment.uri).stat().st_size * 8 / segment.duration for segment in playlist.segments)
        assert 0.9 * peak <= info.bandwidth <= 1.1 * peak + 200_000
        assert info.average_bandwidth <= info.bandwidth
        frames = frames_of(folder)
        assert {(frame.width, frame.height, frame.format.name) for frame in frames} == {(*info.resolution, "yuv420p")}
        steps = [float(after.pts * after.time_base - before.pts * before.time_base) for before, after in pairwise(frames)]
        assert steps == pytest.approx([0.04] * len(steps), abs=1e-6)
        counted[folder.name] = (len(frames), key_times(folder))
    assert len({repr(value) for value in counted.values()}) == 1
    frames, keys = counted["720"]
    assert frames == 132
    assert keys == [0, 4]
    sound = master.media[0]
    assert (sound.type, sound.uri, sound.group_id, sound.channels) == ("AUDIO", "audio/index.m3u8", "sound", "2")
    assert sound_seconds(made.folder / "audio") == pytest.approx(frames / 25, abs=0.03)
    assert made.plan.duration == Fraction(528, 100)
    assert {path.name for path in made.folder.iterdir()} == {"master.m3u8", "audio", "240", "360", "480", "720"}


@pytest.mark.parametrize(
    ("name", "size", "frames"),
    [
        ("portrait.mov", (240, 320), 30),
        ("wide-pixels.avi", (426, 240), 15),
        ("no-sound.webm", (160, 120), 30),
        ("interlaced.ts", (352, 288), 25),
        ("fast.mp4", (320, 240), 60),
    ],
)
def test_every_shape_comes_out_upright_even_and_whole(film, clip, name, size, frames):
    made = film(clip(name))

    top = made.folder / made.plan.rungs[0].name
    decoded = frames_of(top)
    assert (decoded[0].width, decoded[0].height) == size
    assert decoded[0].format.name == "yuv420p"
    assert len(decoded) == pytest.approx(frames, abs=1)


def test_it_plays_from_its_playlists_and_its_key_frames_show_alone(film, clip):
    made = film(clip("nine-seconds.mkv"))

    texts = {path.relative_to(made.folder).as_posix(): path.read_text() for path in made.folder.rglob("*.m3u8")}
    found = dict(zip(texts, read_strictly(*texts.values()), strict=True))
    assert found["240/index.m3u8"]["segments"] == [["seg_00000.m4s", 4, None], ["seg_00001.m4s", 4, None], ["seg_00002.m4s", 1, None]]
    for name, kind in [("240/index.m3u8", "v"), ("360/index.m3u8", "v"), ("audio/index.m3u8", "a")]:
        command = [ffmpeg.binary(), "-v", "error", "-i", str(made.folder / name), "-map", f"0:{kind}", "-f", "null", "-progress", "pipe:1", "-"]
        played = subprocess.run(command, capture_output=True, text=True, check=True)
        assert played.stderr == ""
        assert int(re.findall(r"out_time_us=(\d+)", played.stdout)[-1]) == pytest.approx(9_000_000, abs=25_000)
    init = (made.folder / "360/init.mp4").read_bytes()
    whole = frames_of(made.folder / "360")
    for number, (uri, _length, (size, offset)) in enumerate(found["360/iframes.m3u8"]["segments"]):
        data = (made.folder / "360" / uri).read_bytes()[offset : offset + size]
        with av.open(BytesIO(init + data), format="mp4") as container:
            stream = container.streams.video[0]
            frames = [*next(container.demux(stream)).decode(), *stream.codec_context.decode(None)]
        assert [bytes(frame.planes[0]) for frame in frames] == [bytes(whole[number * 100].planes[0])]


def test_high_dynamic_range_is_mapped_to_ordinary_video(film, clip):
    made = film(clip("hdr.mp4"))

    frame = frames_of(made.folder / made.plan.rungs[0].name)[0]
    assert (frame.format.name, int(frame.colorspace), int(frame.color_trc)) == ("yuv420p", 1, 1)


def test_loudness_is_brought_to_ours():
    assert gain_for("  I:         -23.0 LUFS\n") == 6.0
    assert gain_for("  I:  -10.0 LUFS\n  I:         -40.0 LUFS\n") == 23.0
    assert gain_for("  I:         -50.0 LUFS\n") == 0.0
    assert gain_for("  I:         -70.0 LUFS\n") == 0.0
    assert gain_for("nothing") == 0.0


def test_a_file_that_ends_early_is_refused(film, clip, tmp_path):
    cut = tmp_path / "cut.mp4"
    data = clip("index-first.mp4").read_bytes()
    cut.write_bytes(data[: len(data) // 2])

    with pytest.raises(Refused, match=r"announces 0:06 but only 0:0[1-4] can be played"):
        film(cut)


def shared_media() -> list[Path]:
    """Every file of the folder that a machine may offer; the long ones are measured by make bench."""
    files = sorted(Path(os.environ.get("SMRT_MEDIA") or "/nonexistent").glob("*.*"))
    return [path for path in files if path.stat().st_size <= 20_000_000 and path.name != "long_6min_1080p.mp4"]


class TestSharedMedia:
    """Every file of the folder named by SMRT_MEDIA becomes a film or is refused with a reason."""

    REFUSED = {
        "derived_truncated_bbb.mp4": "no_index",
        "derived_audio_only.m4a": "audio_only",
        "derived_zero_bytes.mp4": "empty",
        "derived_hostile_concat.mp4": "not_video",
        "derived_hostile_playlist.mp4": "not_video",
        "corrupt_bitstream.webm": "damaged",
        "README.md": "not_video",
        "friday_speech.vtt": "not_video",
    }
    UPRIGHT = {"phone_portrait_4k60.mp4": (1080, 1920), "hlg_hevc_rotated_editlist.mp4": (1080, 1920)}

    @pytest.mark.parametrize("path", shared_media(), ids=lambda path: path.name)
    def test_each_file(self, film, path):
        try:
            made = film(path)
        except Refused as refused:
            made, code = None, refused.code
        if made is None:
            assert code == self.REFUSED.get(path.name)
        else:
            assert path.name not in self.REFUSED
            assert abs(made.tracks[made.plan.rungs[0].name].duration - made.plan.probe.length) <= 1 / made.plan.rate
            if path.name in self.UPRIGHT:
                assert (made.plan.rungs[0].width, made.plan.rungs[0].height) == self.UPRIGHT[path.name]
