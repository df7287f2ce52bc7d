"""What the probe finds, what it refuses with which sentence, and that nothing leaks or escapes."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from fractions import Fraction
from pathlib import Path

import pytest

from streaming.pipeline.plan import LADDER, plan_for
from streaming.pipeline.probe import Refused, output_rate, probe_file, shown_size
from streaming.pipeline.sandbox import GB, ChildFailed, Limits, private_folder, run_child

FEW = Limits(memory_bytes=GB, cpu_s=5, file_bytes=1_000_000, timeout_s=100)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("bikes.mp4", {"width": 640, "height": 272, "rate": 25, "duration_ms": 10_000, "cuttable": True, "has_audio": False, "rotation": 0}),
        ("tiny.mp4", {"width": 320, "height": 240, "rate": 25, "has_audio": True, "audio_channels": 1, "hdr": "", "interlaced": False}),
        ("portrait.mov", {"width": 240, "height": 320, "has_audio": True}),
        ("wide-pixels.avi", {"width": 427, "height": 240, "rate": 15, "has_audio": False}),
        ("no-sound.webm", {"width": 161, "height": 121, "rate": 30, "has_audio": False}),
        ("interlaced.ts", {"width": 352, "height": 288, "interlaced": True}),
        ("hdr.mp4", {"hdr": "pq", "matrix": 9}),
        ("fast.mp4", {"rate": 60}),
    ],
)
def test_what_the_file_says(clip, alone, name, expected):
    probe = probe_file(alone(clip(name)))

    assert {key: getattr(probe, key) for key in expected} == expected


@pytest.mark.parametrize(
    ("write", "code", "says"),
    [
        (lambda clip: b"", "empty", "0 bytes"),
        (lambda clip: b"PK\x03\x04" + bytes(5000), "not_video", "MP4, MOV, MKV, WebM or AVI"),
        (lambda clip: clip("cover.png").read_bytes(), "not_video", "not a video"),
        (lambda clip: clip("index-last.mp4").read_bytes()[:-3000], "no_index", "cut off"),
        (lambda clip: clip("sound-only.mp4").read_bytes(), "audio_only", "no picture"),
        (lambda clip: clip("song.mp4").read_bytes(), "audio_only", "no picture"),
        (lambda clip: b"\x1a\x45\xdf\xa3" + os.urandom(3000), "damaged", "damaged"),
        (lambda clip: b"ffconcat version 1.0\nfile 'neighbour'\n", "not_video", "not a video"),
        (lambda clip: b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:neighbour\n#EXT-X-ENDLIST\n", "not_video", "not a video"),
        (lambda clip: b'<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>' + bytes(2000), "not_video", "not a video"),
        (lambda clip: clip("index-first.mp4").read_bytes()[:20_000], "cut_off", "announces 0:06 but only 0:0"),
        (lambda clip: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="neighbour"/></svg>' + bytes(900), "not_video", "not a video"),
        (lambda clip: b"concat:neighbour|neighbour", "not_video", "not a video"),
    ],
    ids=["empty", "zip", "picture", "cut off", "sound", "song with a cover", "noise", "concat script", "playlist", "dash", "half", "svg", "concat protocol"],
)
def test_what_cannot_be_a_lesson_is_refused_with_a_sentence(clip, alone, tmp_path, write, code, says):
    file = tmp_path / "made"
    file.write_bytes(write(clip))
    source = alone(file)
    (source.parent / "neighbour").write_bytes(clip("tiny.mp4").read_bytes())

    with pytest.raises(Refused) as refused:
        probe_file(source)

    assert refused.value.code == code
    assert says in refused.value.message


@pytest.mark.parametrize(
    "head",
    [b"\x00\x00\x00\x10ftypisom\x00\x00\x00\x00", b"RIFF\xff\xff\x00\x00AVI LIST", b"OggS\x00", b"FLV\x01\x05", b"\x1a\x45\xdf\xa3\x9f", b"\x00\x00\x01\xba"],
    ids=["mp4", "avi", "ogg", "flv", "matroska", "mpeg"],
)
@pytest.mark.parametrize(
    "script", [b"\nffconcat version 1.0\nfile neighbour\n", b"\n#EXTM3U\n#EXTINF:10,\nfile:neighbour\n#EXT-X-ENDLIST\n"], ids=["concat", "playlist"]
)
def test_a_script_behind_a_good_beginning_opens_no_neighbour(clip, alone, tmp_path, head, script):
    file = tmp_path / "made"
    file.write_bytes(head + script * 40)
    source = alone(file)
    (source.parent / "neighbour").write_bytes(clip("tiny.mp4").read_bytes())

    with pytest.raises(Refused):
        probe_file(source)


def test_a_picture_too_large_to_decode_is_refused_by_its_header(clip, alone):
    with pytest.raises(Refused, match="9000 × 4100") as refused:
        probe_file(alone(clip("huge.avi")))

    assert refused.value.code == "too_large_picture"


@pytest.mark.parametrize(
    ("average", "base", "rate"),
    [
        (Fraction(25), Fraction(25), Fraction(25)),
        (Fraction(3210, 187), Fraction(30), Fraction(30)),
        (Fraction(30000, 1001), Fraction(90000), Fraction(30000, 1001)),
        (Fraction(120), Fraction(120), Fraction(60)),
        (Fraction(10), Fraction(10), Fraction(10)),
        (None, None, Fraction(25)),
    ],
)
def test_the_rate_is_constant_and_at_most_sixty(average, base, rate):
    assert output_rate(average, base) == rate


@pytest.mark.parametrize(
    ("size", "sar", "rotation", "shown"),
    [
        ((1920, 1080), None, 90, (1080, 1920)),
        ((1920, 1080), None, 180, (1920, 1080)),
        ((720, 576), Fraction(64, 45), 0, (1024, 576)),
        ((720, 576), Fraction(64, 45), 270, (576, 1024)),
    ],
)
def test_the_shown_size_is_upright_with_square_pixels(size, sar, rotation, shown):
    assert shown_size(*size, sar, rotation) == shown


@pytest.mark.parametrize(
    ("size", "rungs"),
    [
        ((1920, 1080), [(1920, 1080), (1280, 720), (854, 480), (640, 360), (426, 240)]),
        ((1080, 1920), [(1080, 1920), (720, 1280), (480, 854), (360, 640), (240, 426)]),
        ((3840, 2160), [(1920, 1080), (1280, 720), (854, 480), (640, 360), (426, 240)]),
        ((768, 432), [(768, 432), (426, 240)]),
        ((161, 121), [(160, 120)]),
        ((640, 480), [(640, 480), (480, 360), (320, 240)]),
    ],
)
def test_the_ladder_follows_the_source(clip, alone, size, rungs):
    probe = probe_file(alone(clip("no-sound.webm")))
    plan = plan_for(type(probe)(**{**probe.__dict__, "width": size[0], "height": size[1]}))

    assert [(rung.width, rung.height) for rung in plan.rungs] == rungs
    assert all(rung.width <= size[0] and rung.height <= size[1] and rung.max_bps <= max(LADDER.values()) for rung in plan.rungs)


class TestSandbox:
    def test_a_child_sees_no_network_no_secret_and_no_rights(self, tmp_path, monkeypatch):
        monkeypatch.setenv("SECRET_THING", "x")
        asks = (
            "import os, socket; print(sorted(os.environ)); print(os.path.exists('/proc/self/status') and 'NoNewPrivs:\\t1' in open('/proc/self/status').read())"
        )

        printed, _tail = run_child([sys.executable, "-c", asks], folder=tmp_path, limits=FEW)

        assert "SECRET_THING" not in printed
        assert "DATABASE_URL" not in printed
        assert printed.splitlines()[-1] == "True"

    @pytest.mark.parametrize(
        "does", ["x = bytearray(3 * 1024**3)", "open('big', 'wb').write(bytes(5_000_000))", "import time; time.sleep(60)", "raise SystemExit(3)"]
    )
    def test_limits_end_a_child(self, tmp_path, does):
        limits = Limits(memory_bytes=GB, cpu_s=5, file_bytes=1_000_000, timeout_s=1.5)

        with pytest.raises(ChildFailed):
            run_child([sys.executable, "-c", does], folder=tmp_path, limits=limits)

    def test_what_a_reader_of_lines_raises_ends_the_child(self, tmp_path):
        def stop(line):
            raise RuntimeError(line)

        sleeps = "import os, time; print(os.getpid()); time.sleep(600)"
        with pytest.raises(RuntimeError) as raised:
            run_child([sys.executable, "-uc", sleeps], folder=tmp_path, limits=FEW, on_line=stop)
        assert not Path(f"/proc/{raised.value}").exists()

    def test_a_child_dies_with_its_worker_and_the_next_one_removes_the_folder(self, tmp_path):
        worker = textwrap.dedent(f"""
            import sys
            from pathlib import Path
            from streaming.pipeline.sandbox import GB, Limits, private_folder, run_child
            with private_folder(Path({str(tmp_path)!r})) as folder:
                run_child([sys.executable, "-uc", "import os, time; open('pid', 'w').write(str(os.getpid())); time.sleep(600)"],
                          folder=folder, limits=Limits(memory_bytes=GB, cpu_s=5, file_bytes=1000, timeout_s=600))
        """)
        process = subprocess.Popen([sys.executable, "-c", worker], cwd=Path(__file__).parents[2])
        end = time.monotonic() + 100
        while not (pids := [p for p in tmp_path.glob("*/pid") if p.read_text()]) and time.monotonic() < end:
            time.sleep(0.05)
        child = int(pids[0].read_text())

        process.send_signal(signal.SIGKILL)
        process.wait()

        end = time.monotonic() + 60
        while Path(f"/proc/{child}").exists() and time.monotonic() < end:
            time.sleep(0.02)
        assert not Path(f"/proc/{child}").exists()
        assert pids[0].exists()
        with private_folder(tmp_path) as mine, private_folder(tmp_path) as other:
            assert sorted(path for path in tmp_path.iterdir() if path.is_dir()) == sorted([mine, other])
        assert [path for path in tmp_path.iterdir() if path.is_dir()] == []
