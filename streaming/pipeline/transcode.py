"""One file to one folder of HLS: probe, picture, sound, poster, playlists, checks. Writes only into its folder."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from django.utils.translation import gettext as _

from streaming.pipeline import ffmpeg
from streaming.pipeline.package import (
    AUDIO,
    SCRATCH,
    CheckFailed,
    Track,
    check_pictures,
    check_sound,
    master_playlist,
    measure,
    media_playlist,
)
from streaming.pipeline.plan import Plan, plan_for
from streaming.pipeline.probe import Probe, probe_file, refusal
from streaming.pipeline.sandbox import GB, ChildFailed, Limits, run_child

LOUDNESS_LUFS = -17.0
MOST_GAIN_DB = 20.0
SILENCE_LUFS = -60.0
SHORTEST_SHARE = 0.9  # a film that plays less of what it announces was cut off
REPORT_EVERY_S = 2.0
POSTER = "poster.jpg"

Report = Callable[[int, str], None]  # percent, stage; may raise to end the work


@dataclass(frozen=True)
class Film:
    """A finished transcode in `folder`."""

    probe: Probe
    pictures: list[Track]  # largest first
    sound: Track | None
    folder: Path

    @property
    def duration_ms(self) -> int:
        return round(self.pictures[0].duration * 1000)


def transcode(source: Path, target: Path, report: Report) -> Film:
    """Make HLS of `source` (alone in its folder) in the empty folder `target`.

    Raises Refused with a sentence when the file is to blame, ChildFailed or CheckFailed when we may be.
    """
    report(1, _("Reading the file"))
    probe = probe_file(source)
    plan = plan_for(probe)
    pictures = _encode_pictures(plan, source, target, report)
    sound = _encode_sound(plan, source, target, pictures[0].duration, report)
    report(94, _("Choosing a picture for the cover"))
    _make_poster(plan, source, target)
    report(96, _("Checking"))
    for track in [*pictures, *([sound] if sound else [])]:
        (target / track.name / SCRATCH).unlink()
        (target / track.name / "index.m3u8").write_text(media_playlist(track))
    (target / "master.m3u8").write_text(master_playlist(pictures, sound, plan.rate))
    return Film(probe, pictures, sound, target)


def _limits(plan: Plan) -> Limits:
    """Generous for honest films (two cores need about twice a film's length), an end for the others."""
    most_s = 600 + 60 * plan.duration_s
    return Limits(memory_bytes=6 * GB, cpu_s=int(most_s * 4), file_bytes=4 * GB, timeout_s=most_s)


def _encode_pictures(plan: Plan, source: Path, target: Path, report: Report) -> list[Track]:
    stage = _("Encoding the picture")
    report(3, stage)
    for rung in plan.rungs:
        (target / rung.name).mkdir()
    watch = _progress(plan, lambda share: report(3 + round(share * 82), stage))
    try:
        run_child(ffmpeg.picture_command(plan, str(source)), folder=target, limits=_limits(plan), on_line=watch)
    except ChildFailed as failure:
        if failure.timed_out:
            raise refusal("too_heavy") from failure
        if "Decode error rate" in failure.tail:  # ffmpeg gives up when two thirds of the frames cannot be decoded
            raise refusal("damaged") from failure
        raise
    try:
        pictures = [measure(target / rung.name, rung=rung) for rung in plan.rungs]
    except CheckFailed as failure:
        raise refusal("damaged") from failure  # ffmpeg ended well and wrote nothing: nothing could be decoded
    check_pictures(pictures, plan)
    length_s = float(pictures[0].duration)
    if length_s < plan.duration_s * SHORTEST_SHARE and plan.duration_s - length_s > 1:
        raise refusal("cut_off", expected=clock_text(plan.duration_s), found=clock_text(length_s))
    return pictures


def _progress(plan: Plan, tell: Callable[[float], None]) -> Callable[[str], None]:
    """A reader of ffmpeg's `-progress` lines that calls `tell` with the share done, every few seconds."""
    told_at, furthest = time.monotonic(), 0.0

    def read(line: str) -> None:
        nonlocal told_at, furthest
        name, _sep, value = line.partition("=")
        if name == "out_time_us" and value.isdigit() and time.monotonic() - told_at >= REPORT_EVERY_S:
            told_at = time.monotonic()
            # With several outputs ffmpeg's own time may step back: the rungs are not equally far.
            furthest = max(furthest, min(1.0, int(value) / 1e6 / plan.duration_s))
            tell(furthest)

    return read


def _encode_sound(plan: Plan, source: Path, target: Path, length_s: Fraction, report: Report) -> Track | None:
    if not plan.probe.has_audio:
        return None
    report(86, _("Measuring the loudness"))
    limits = _limits(plan)
    try:
        _out, said = run_child(ffmpeg.loudness_command(plan.probe, str(source)), folder=target, limits=limits)
    except ChildFailed:
        return None  # sound that cannot be decoded at all: the picture still teaches, and the asset says it has none
    report(89, _("Encoding the sound"))
    (target / AUDIO).mkdir()
    run_child(ffmpeg.sound_command(plan, str(source), gain_db=gain_for(said), length_s=length_s), folder=target, limits=limits)
    sound = measure(target / AUDIO, channels=1 if plan.probe.audio_channels == 1 else 2)
    check_sound(sound, length_s)
    return sound


def gain_for(said: str) -> float:
    """The gain that brings the measured integrated loudness (EBU R 128) to ours; none for silence."""
    found = re.findall(r"I:\s+(-?[0-9.]+|-inf) LUFS", said)
    if not found or found[-1] == "-inf" or float(found[-1]) <= SILENCE_LUFS:
        return 0.0
    return max(-MOST_GAIN_DB, min(MOST_GAIN_DB, LOUDNESS_LUFS - float(found[-1])))


def _make_poster(plan: Plan, source: Path, target: Path) -> None:
    for at_s in (plan.duration_s * 0.2, 0.0):  # from the start when the film is damaged just there
        run_child(ffmpeg.poster_command(plan, str(source), POSTER, at_s=at_s), folder=target, limits=_limits(plan))
        if (target / POSTER).exists():
            return
    raise CheckFailed("no picture for the cover came out")


def clock_text(seconds: float) -> str:
    """75.2 → 1:15."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
