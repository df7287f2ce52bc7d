"""Makes one piece: runs ffmpeg in the sandbox, reads back what it wrote, checks it, and tells the facts. Writes only into its folder."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from collections.abc import Callable
from dataclasses import astuple
from pathlib import Path
from typing import Any

from streaming.pipeline import ffmpeg
from streaming.pipeline.boxes import Malformed, Segment, read_init, read_segment
from streaming.pipeline.package import AUDIO, SAMPLES, CheckFailed, check_picture, check_sound, track_of
from streaming.pipeline.pieces import SOUND, PieceSpec
from streaming.pipeline.plan import Plan
from streaming.pipeline.probe import clock_text, refusal
from streaming.pipeline.sandbox import GB, ChildFailed, Limits, run_child

LOUDNESS_LUFS = -17.0
SILENCE_LUFS = -50.0  # what is quieter is a room nobody speaks in; louder it would only hiss
NEAR_DB, MOST_PEAK_DB, LOUDNESS_ATTEMPTS = 0.7, -1.0, 4
CEILING_DB = -2.0  # of samples: between them, and through the encoder, peaks rise by up to a decibel
MOST_ADDRESSES = 4 * GB  # of address space, of which 4K at 60 frames fills 0.8 GB with memory; each thread reserves its own
NOTHING_DB = -120.0  # in place of minus infinity, which JSON does not know
REPORT_EVERY_S = 1.0
LASTING_S = 5.0  # how long the last picture may stand when the file's end cannot be decoded

Tell = Callable[[float], None]  # the share done, 0 to 1; may raise to end the work


def encode_piece(plan: Plan, spec: PieceSpec, source: Path, target: Path, tell: Tell) -> dict[str, Any]:
    """Make the piece's files in the empty folder `target` and return its facts, which `package.merge` puts together.

    `<rung>/init.mp4` and `<rung>/seg_nnnnn.m4s`, numbered as in the whole film. Raises Refused with a sentence when the file is to blame,
    ChildFailed or CheckFailed when we may be.
    """
    if spec.kind == SOUND:
        return encode_sound(plan, spec, source, target, tell)
    first, end = spec.frames(plan)
    for seeking in (True, False) if plan.probe.cuttable and first else (False,):
        for name in spec.rungs:
            (target / name).mkdir()
        _run(plan, spec, source, target, seeking=seeking, tell=tell)
        facts = {"tracks": {name: _read_back(target / name, spec.first_segment) for name in spec.rungs}}
        frames = min(sum(row[SAMPLES] for row in made["segments"]) for made in facts["tracks"].values())
        if frames == end - first:
            break
        if seeking:  # the index led astray: from the start, then, which is slow and right
            for name in spec.rungs:
                shutil.rmtree(target / name)
    else:
        raise _ended_early(plan, first + frames)
    for name, made in facts["tracks"].items():
        check_picture(plan, track_of(name, made), first_segment=spec.first_segment)
    return facts


def _run(plan: Plan, spec: PieceSpec, source: Path, target: Path, *, seeking: bool, tell: Tell) -> None:
    first, end = spec.frames(plan)
    lasting_s = max(1.0, min(LASTING_S, float(plan.duration) / 10)) if end == plan.frames else 0.0
    command = ffmpeg.piece_command(plan, spec, str(source), seeking=seeking, lasting_s=lasting_s)
    try:
        run_child(command, folder=target, limits=_limits(plan, spec, seeking=seeking), on_line=_progress("frame", end - first, tell))
    except ChildFailed as failure:
        if failure.timed_out:
            raise refusal("too_heavy") from failure
        if "Decode error rate" in failure.tail:  # ffmpeg gives up when two thirds of the frames cannot be decoded
            raise refusal("damaged") from failure
        raise


def encode_sound(plan: Plan, spec: PieceSpec, source: Path, target: Path, tell: Tell) -> dict[str, Any]:
    """The whole film's sound in audio/, at our loudness and exactly as long as the picture; no track when none of it can be decoded."""
    limits = _limits(plan, spec, seeking=False)
    try:
        _out, said = run_child(ffmpeg.loudness_command(plan, str(source)), folder=target, limits=limits)
    except ChildFailed:
        return {"tracks": {}}  # the picture still teaches, and the film says it has no sound
    gain_db, ceiling_db = gain_for(said), CEILING_DB
    for attempt in range(LOUDNESS_ATTEMPTS):
        (target / AUDIO).mkdir()
        watch = _progress("out_time_us", plan.duration * 1_000_000, lambda share: tell(0.2 + 0.7 * share))
        run_child(ffmpeg.sound_command(plan, str(source), gain_db=gain_db, ceiling_db=ceiling_db), folder=target, limits=limits, on_line=watch)
        made = _read_back(target / AUDIO, 0, channels=ffmpeg.sound_channels(plan.probe))
        check_sound(plan, track_of(AUDIO, made))
        loudness, peak_db = _heard(plan, target, limits)
        if not gain_db or (abs(loudness - LOUDNESS_LUFS) <= NEAR_DB and peak_db <= MOST_PEAK_DB) or attempt == LOUDNESS_ATTEMPTS - 1:
            break
        # Much was limited, or the encoder rang: what came out says by how much the next one must differ.
        gain_db += LOUDNESS_LUFS - loudness
        ceiling_db -= max(0.0, peak_db - MOST_PEAK_DB) * 1.2
        shutil.rmtree(target / AUDIO)
    return {"tracks": {AUDIO: made}, "loudness_lufs": loudness, "peak_dbtp": peak_db}


def _heard(plan: Plan, target: Path, limits: Limits) -> tuple[float, float]:
    """Integrated loudness and true peak of the sound just made, decoded as a player does."""
    whole = target / "sound.mp4"
    with whole.open("wb") as file:
        for part in [target / AUDIO / "init.mp4", *sorted((target / AUDIO).glob("seg_*.m4s"))]:
            with part.open("rb") as piece:
                shutil.copyfileobj(piece, file)
    _out, said = run_child(ffmpeg.heard_command(str(whole)), folder=target, limits=limits)
    whole.unlink()
    return _last_number(r"I:\s+(-?[0-9.]+|-inf) LUFS", said), _last_number(r"Peak:\s+(-?[0-9.]+|-inf) dBFS", said)


def gain_for(said: str) -> float:
    """The gain that brings the measured integrated loudness (EBU R 128) to ours; none for silence."""
    loudness = _last_number(r"I:\s+(-?[0-9.]+|-inf) LUFS", said)
    return LOUDNESS_LUFS - loudness if loudness > SILENCE_LUFS else 0.0


def _last_number(pattern: str, said: str) -> float:
    found = re.findall(pattern, said)
    return max(NOTHING_DB, float(found[-1])) if found else NOTHING_DB


def _limits(plan: Plan, spec: PieceSpec, *, seeking: bool) -> Limits:
    """Generous for honest films (one core needs about four times a film's length), an end for the others."""
    first, end = spec.frames(plan)
    passed_over_s = plan.probe.key_gap_s if seeking else float(first / plan.rate)
    most_s = 300 + 60 * float((end - first) / plan.rate) + 5 * passed_over_s
    return Limits(memory_bytes=MOST_ADDRESSES, cpu_s=int(most_s * 4), file_bytes=4 * GB, timeout_s=most_s)


def _progress(name: str, whole: Any, tell: Tell) -> Callable[[str], None]:
    """A reader of ffmpeg's `-progress` lines that calls `tell` with the share done, about every second."""
    told_at, furthest = time.monotonic(), 0.0

    def read(line: str) -> None:
        nonlocal told_at, furthest
        key, _sep, value = line.partition("=")
        if key == name and value.strip().isdigit() and time.monotonic() - told_at >= REPORT_EVERY_S:
            told_at = time.monotonic()
            furthest = max(furthest, min(1.0, float(int(value) / whole)))
            tell(furthest)

    return read


def _read_back(folder: Path, first_segment: int, *, channels: int = 0) -> dict[str, Any]:
    """The facts of the rendition's files in `folder`. Raises CheckFailed when a player could not read them."""
    (folder / ffmpeg.SCRATCH).unlink(missing_ok=True)
    files = sorted(folder.glob("seg_*.m4s"))
    if [file.name for file in files] != [f"seg_{n:05d}.m4s" for n in range(first_segment, first_segment + len(files))]:
        raise CheckFailed(f"{folder.name}: segments are missing")
    init = (folder / "init.mp4").read_bytes() if files else b""
    try:
        head = read_init(init) if files else None
        segments: list[Segment] = [read_segment(file.read_bytes()) for file in files]
    except Malformed as wrong:
        raise CheckFailed(f"{folder.name}: {wrong}") from wrong
    return {
        "first_segment": first_segment,
        "codec": head.codec if head else "",
        "timescale": head.timescale if head else 0,
        "init_sha256": hashlib.sha256(init).hexdigest(),
        "init_size": len(init),
        "channels": channels,
        "segments": [list(astuple(segment)) for segment in segments],
    }


def _ended_early(plan: Plan, frames: int) -> Exception:
    if not frames:
        return refusal("damaged")  # ffmpeg ended well and wrote nothing: nothing could be decoded
    return refusal("cut_off", expected=clock_text(float(plan.duration)), found=clock_text(float(frames / plan.rate)))
