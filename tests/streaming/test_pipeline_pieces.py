"""Pieces made apart join: the same cuts in every rung, the same pictures as in the whole, no time lost between them."""

import subprocess
import threading
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from math import ceil
from pathlib import Path

import av
import pytest

from streaming.pipeline import ffmpeg
from streaming.pipeline.encode import encode_piece
from streaming.pipeline.package import check_whole, merge
from streaming.pipeline.pieces import PICTURE, PieceSpec, pieces_of
from streaming.pipeline.plan import SIX_RUNGS, Plan, plan_for
from streaming.pipeline.prepare import prepare
from streaming.pipeline.probe import Probe, Refused, probe_file

RATES = [Fraction(30000, 1001), Fraction(24000, 1001), Fraction(17), Fraction(1), Fraction(60), Fraction(3210, 187)]


def probed(**changes) -> Probe:
    facts = {"demuxer": "mov", "video_index": 0, "video_codec": "h264", "width": 1920, "height": 1080, "rate": Fraction(25), "length": Fraction(60)}
    facts |= {"rotation": 0, "interlaced": False, "hdr": "", "full_range": False, "matrix": 1, "stored_height": 1080, "audio_index": 1}
    facts |= {"audio_channels": 2, "cuttable": True, "key_gap_s": 1.0, "raw": {}}
    return Probe(**{**facts, **changes})


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_segments_begin_at_the_first_frame_of_each_fourth_second(rate):
    plan = plan_for(probed(rate=rate, length=Fraction(41)))

    assert plan.segment_starts == tuple(ceil(4 * n * rate) for n in range(11))
    assert (plan.frames, plan.end_of(10)) == (round(41 * rate), round(41 * rate))
    assert max(after - before for before, after in pairwise(plan.segment_starts)) <= plan.longest_segment
    assert Plan.from_json(plan.to_json()) == plan


@pytest.mark.parametrize(("length", "size", "audio"), [(60, (1920, 1080), 1), (3600, (1080, 1920), None), (3, (1920, 1080), 1), (9, (320, 240), 1)])
def test_pieces_hold_every_segment_of_every_rung_once(length, size, audio):
    plan = plan_for(probed(length=Fraction(length), width=size[0], height=size[1], audio_index=audio))

    pieces = pieces_of(plan)

    held = [(rung, segment) for piece in pieces for rung in piece.rungs for segment in range(piece.first_segment, piece.first_segment + piece.segments)]
    assert sorted(held) == sorted((rung.name, segment) for rung in plan.rungs for segment in range(plan.segments))
    assert [piece.number for piece in pieces] == list(range(len(pieces)))
    assert (pieces[0].segments, pieces[0].rungs) == (1, tuple(rung.name for rung in plan.rungs)[-2:])
    assert [piece.number for piece in pieces if piece.kind == "sound"] == ([1] if audio else [])
    assert [PieceSpec.from_json(piece.to_json()) for piece in pieces] == pieces


def test_a_film_that_cannot_be_cut_is_one_piece_after_its_lead():
    pieces = pieces_of(plan_for(probed(cuttable=False, length=Fraction(600))))

    assert [(piece.first_segment, piece.segments) for piece in pieces] == [(0, 1), (0, 150), (0, 1), (1, 149)]


def test_pieces_grow_with_the_distance_of_key_frames():
    assert [plan_for(probed(length=Fraction(600), key_gap_s=gap)).segments_per_piece for gap in (1, 10, 60, 9999)] == [2, 2, 8, 150]


def test_benches_may_ask_for_more_rungs():
    assert [rung.height for rung in plan_for(probed(), ladder=SIX_RUNGS).rungs] == [1080, 720, 480, 360, 240, 144]


@pytest.fixture
def cut(clip, alone, tmp_path):
    """`cut("open.ts")`: its plan in pieces of one segment, and the file they are cut from."""

    def make(name: str) -> tuple[Plan, Path]:
        source, copy = alone(clip(name)), tmp_path / "copy" / "source"
        copy.parent.mkdir()
        probe = probe_file(source)
        if prepare(probe, source, copy):
            source, probe = copy, probe_file(copy)
        return plan_for(probe, ladder={120: 300_000, 60: 200_000}, segments_per_piece=1), source

    return make


def shown(plan: Plan, source: Path, first: int, segments: int) -> list[list[str]]:
    """Number and checksum of each frame that a piece gives to its encoder."""
    name = plan.rungs[0].name
    command = ffmpeg.piece_command(plan, PieceSpec(PICTURE, 0, first, segments, (name,)), str(source), seeking=plan.probe.cuttable, lasting_s=0)
    before_encoding = [argument for argument in command[: command.index("-map")] if argument not in {"-progress", "pipe:1"}]
    done = subprocess.run(
        [*before_encoding, "-map", f"[v{name}]", "-fps_mode", "passthrough", "-f", "framemd5", "-"], capture_output=True, text=True, check=True
    )
    return [[line.split(",")[2].strip(), line.split(",")[5].strip()] for line in done.stdout.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(
    ("name", "frames"),
    [
        ("one-key.mp4", 270),
        ("open.ts", 225),
        ("fields.mts", 225),
        ("gaps.mp4", 390),
        ("uneven.mkv", None),
        ("hidden-start.mov", None),
        ("packed.avi", 226),
        ("phone.mov", 225),
        ("phone-hlg.mov", 270),
    ],
)
def test_every_piece_shows_what_the_whole_would(cut, name, frames):
    plan, source = cut(name)
    assert plan.probe.cuttable

    whole = shown(plan, source, 0, plan.segments)
    parts = [frame for segment in range(plan.segments) for frame in shown(plan, source, segment, 1)]

    assert parts == whole
    assert len(whole) == plan.frames
    assert plan.frames == (frames or plan.frames)


def test_pieces_join_without_a_seam(cut, tmp_path):
    plan, source = cut("one-key.mp4")
    facts, folders, told = [], [], []
    for piece in reversed(pieces_of(plan)):
        target = tmp_path / f"piece-{piece.number}"
        target.mkdir()
        facts.append(encode_piece(plan, piece, source, target, told.append))
        folders.insert(0, target)

    tracks = merge(facts)

    check_whole(plan, tracks)
    assert {name: len(track.segments) for name, track in tracks.items()} == {"120": 3, "60": 3}
    for name in tracks:
        inits = {(folder / name / "init.mp4").read_bytes() for folder in folders}
        assert len(inits) == 1
        data = inits.pop() + b"".join(path.read_bytes() for folder in folders for path in sorted((folder / name).glob("*.m4s")))
        with av.open(BytesIO(data)) as container:
            times = [(frame.pts * frame.time_base, frame.key_frame) for frame in container.decode(video=0)]
        assert [time for time, _key in times] == [n / plan.rate for n in range(270)]
        assert [n for n, (_time, key) in enumerate(times) if key] == [0, 120, 240]
    assert all(0 <= share <= 1 for share in told)


@pytest.mark.parametrize(
    ("name", "cuttable", "copied"),
    [("one-key.mp4", True, False), ("packed.avi", False, True), ("open.ts", False, True), ("unfinished.mkv", False, True), ("refresh.mkv", False, False)],
)
def test_containers_that_find_moments_badly_are_rewritten(clip, alone, tmp_path, name, cuttable, copied):
    source, copy = alone(clip(name)), tmp_path / "copy" / "source"
    copy.parent.mkdir()
    probe = probe_file(source)
    assert probe.cuttable == cuttable

    assert prepare(probe, source, copy) == copied

    assert copy.exists() == copied
    if copied:
        again = probe_file(copy)
        assert (again.cuttable, again.width, again.height, again.has_audio) == (True, probe.width, probe.height, probe.has_audio)


def test_a_copy_that_would_show_what_an_edit_hides_is_not_used(clip, alone, tmp_path):
    source, copy = alone(clip("hidden-start.mov")), tmp_path / "copy" / "source"
    copy.parent.mkdir()

    assert not prepare(replace(probe_file(source), cuttable=False), source, copy)

    assert not copy.exists()


def test_an_index_that_leads_astray_costs_time_and_no_picture(cut, tmp_path, monkeypatch):
    plan, source = cut("open.ts")
    monkeypatch.setattr(ffmpeg, "MARGIN_S", -3.0)  # seeks past the piece's first frames
    target = tmp_path / "piece"
    target.mkdir()

    facts = encode_piece(plan, PieceSpec(PICTURE, 3, 1, 1, ("60",)), source, target, lambda share: None)

    assert [row[2] for row in facts["tracks"]["60"]["segments"]] == [100]


def test_a_film_shorter_than_announced_is_refused_with_both_lengths(cut, tmp_path):
    plan, source = cut("one-key.mp4")
    longer = replace(plan, frames=plan.frames * 4)
    target = tmp_path / "piece"
    target.mkdir()

    with pytest.raises(Refused, match="announces 0:36 but only 0:09 can be played"):
        encode_piece(longer, PieceSpec(PICTURE, 3, 1, 3, ("60",)), source, target, lambda share: None)


def test_the_largest_film_of_a_phone_takes_less_than_a_gigabyte(clip, alone, tmp_path):
    source, target = alone(clip("large.mp4")), tmp_path / "piece"
    target.mkdir()
    plan = plan_for(probe_file(source))
    most_kb, done = [0], threading.Event()

    def watch():
        while not done.wait(0.02):
            most_kb.extend(memory_kb(child) for children in Path("/proc/self/task").glob("*/children") for child in children.read_text().split())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        encode_piece(plan, PieceSpec(PICTURE, 0, 0, 1, tuple(rung.name for rung in plan.rungs)), source, target, lambda share: None)
    finally:
        done.set()
        watcher.join()

    assert 100_000 < max(most_kb) < 1_000_000


def memory_kb(process: str) -> int:
    """The most memory it has held so far."""
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0
