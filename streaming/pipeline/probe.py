"""What is in a file someone uploaded: asked of PyAV in a child process that can do no harm."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from streaming.pipeline.formats import HEAD_BYTES, demuxer_for
from streaming.pipeline.sandbox import GB, ChildFailed, Limits, run_child

CHILD = Path(__file__).with_name("probe_child.py")
PROBE_LIMITS = Limits(memory_bytes=GB, cpu_s=60, file_bytes=1_000_000, timeout_s=90)

MAX_BYTES = 20 * GB
MAX_HOURS = 8
MAX_SIDE = 8192
MAX_PIXELS = 36_000_000
MAX_RATE = Fraction(60)
SHORTEST_SHARE = 0.9  # a film that plays less of what it announces was cut off
SANE_RATE = Fraction(240)  # above it a declared rate is a time base in disguise


class Refused(Exception):
    """The file cannot become a lesson. The message says why and what to do, for a teacher; `code` is stable."""

    def __init__(self, code: str, message: str):
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(frozen=True)
class Probe:
    demuxer: str
    video_index: int
    video_codec: str
    width: int  # as shown: rotated, with square pixels
    height: int
    rate: Fraction  # frames a second we will make, constant, at most 60
    length: Fraction  # seconds from the film's start to the end of its last picture
    rotation: int
    interlaced: bool
    hdr: str  # "", "pq" or "hlg"
    full_range: bool
    matrix: int  # ITU-T H.273; 2 when the file does not say
    stored_height: int
    audio_index: int | None
    audio_channels: int
    cuttable: bool  # seeking finds the key frame before any moment, so pieces can be made apart
    key_gap_s: float  # the longest distance between key frames, as far as the file tells
    raw: dict[str, Any]

    @property
    def has_audio(self) -> bool:
        return self.audio_index is not None

    @property
    def duration_ms(self) -> int:
        return round(self.length * 1000)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "rate": str(self.rate), "length": str(self.length)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Probe:
        return cls(**{**data, "rate": Fraction(data["rate"]), "length": Fraction(data["length"])})


def refusal(code: str, **details: Any) -> Refused:
    sentences = {
        "empty": _("The file is empty (0 bytes). Export or copy it again and upload the new file."),
        "not_video": _("This is not a video file we can read. Upload MP4, MOV, MKV, WebM or AVI as your camera or editing program wrote it."),
        "no_index": _("The file is cut off: the index at its end is missing. The copy or export was probably interrupted; export it again and upload that."),
        "cut_off": _("The file is cut off: it announces %(expected)s but only %(found)s can be played. Export or copy it again and upload that."),
        "audio_only": _("The file has sound but no picture. Upload the video file, not the sound recording."),
        "no_picture": _("The file has no picture in it. Upload the video file itself."),
        "too_many_streams": _("The file holds %(streams)s tracks, too many for a lesson. Export it with one picture and one sound track."),
        "too_long": _("The film is longer than %(hours)s hours. Cut it into lessons and upload each."),
        "too_large_picture": _("The picture is %(width)s × %(height)s, larger than we can process. Export it at 3840 × 2160 or less."),
        "too_large_file": _("The file is larger than 20 GB. Export it at a lower bit rate and upload that."),
        "no_length": _("The file does not say how long it is, which means it was not finished. Export it again and upload that."),
        "damaged": _("The picture in this file is damaged and cannot be decoded. Export it again from your editing program and upload that."),
        "too_heavy": _("Reading this file takes more memory or time than a video should. Export it as MP4 (H.264) and upload that."),
    }
    return Refused(code, sentences[code] % details)


def probe_file(source: Path) -> Probe:
    """Probe `source`, alone in its folder. Raises Refused with a sentence for everything that cannot be used."""
    size = source.stat().st_size
    if size == 0:
        raise refusal("empty")
    if size > MAX_BYTES:
        raise refusal("too_large_file")
    with source.open("rb") as file:
        demuxer = demuxer_for(file.read(HEAD_BYTES))
    if demuxer is None:
        raise refusal("not_video")
    try:
        printed, _tail = run_child([sys.executable, "-I", str(CHILD), source.name, demuxer], folder=source.parent, limits=PROBE_LIMITS)
    except ChildFailed as failure:
        heavy = failure.timed_out or "MemoryError" in failure.tail or "Cannot allocate memory" in failure.tail
        raise refusal("too_heavy" if heavy else "damaged") from failure
    found = json.loads(printed)
    if code := found.pop("refused", ""):
        raise refusal(code, **found)
    return _judge(found)


def _judge(found: dict[str, Any]) -> Probe:
    stored_width, stored_height = found["stored_width"], found["stored_height"]
    if stored_width <= 0 or stored_height <= 0:
        raise refusal("damaged")
    if max(stored_width, stored_height) > MAX_SIDE or stored_width * stored_height > MAX_PIXELS:
        raise refusal("too_large_picture", width=stored_width, height=stored_height)
    announced, length = found["announced"], _fraction(found["length"]) or Fraction(0)
    if announced - length > 1 and length < SHORTEST_SHARE * announced:
        raise refusal("cut_off", expected=clock_text(announced), found=clock_text(float(length)))
    if length <= 0:
        raise refusal("no_length")
    if length > MAX_HOURS * 3600:
        raise refusal("too_long", hours=MAX_HOURS)
    width, height = shown_size(stored_width, stored_height, _fraction(found["sar"]), found["rotation"])
    if max(width, height) > 2 * MAX_SIDE:
        raise refusal("too_large_picture", width=width, height=height)
    return Probe(
        demuxer=found["demuxer"],
        video_index=found["video_index"],
        video_codec=found["video_codec"],
        width=width,
        height=height,
        rate=output_rate(_fraction(found["average_rate"]), _fraction(found["base_rate"])),
        length=length,
        rotation=found["rotation"],
        interlaced=found["interlaced"],
        hdr=found["hdr"],
        full_range=found["full_range"],
        matrix=found["matrix"],
        stored_height=stored_height,
        audio_index=found["audio_index"] if found["audio_channels"] else None,
        audio_channels=found["audio_channels"],
        cuttable=found["cuttable"],
        key_gap_s=found["key_gap_s"],
        raw=found,
    )


def _fraction(pair: list[int] | None) -> Fraction | None:
    return Fraction(*pair) if pair else None


def shown_size(width: int, height: int, sar: Fraction | None, rotation: int) -> tuple[int, int]:
    """Size on screen: pixels made square by widening the picture, then turned upright."""
    if sar and Fraction(1, 20) < sar < 20:
        width = max(1, round(width * sar))
    return (height, width) if rotation in {90, 270} else (width, height)


def output_rate(average: Fraction | None, base: Fraction | None) -> Fraction:
    """The constant rate to encode at: the declared one, halved until 60 or less.

    A file that varies its rate declares the finest; where that is a mere time base, the average counts.
    """
    rate = average if average and 0 < average <= SANE_RATE else None
    if base and 0 < base <= SANE_RATE and (rate is None or base <= rate * 4):
        # Within a hundredth the two mean the same, and the average carries a rounding of the length.
        rate = base
    if rate is None or rate < 1:
        return Fraction(25) if rate is None else Fraction(1)
    while rate > MAX_RATE:
        rate /= 2
    return rate.limit_denominator(1001)


def clock_text(seconds: float) -> str:
    """75.2 → 1:15."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
