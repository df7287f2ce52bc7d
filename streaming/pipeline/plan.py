"""What to make of a probed file: the ladder of rungs and the filters that lead to it. Pure: no files, no processes."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from streaming.pipeline.probe import Probe

SEGMENT_S = 4
SAMPLE_RATE = 48_000
AAC_FRAME = 1024  # samples
CRF = 22.5
PRESET = "veryfast"
# Of slower presets this is worth its time: a second's look ahead and trellis. Small partitions and wide searches are not.
X264 = {"trellis": 1, "rc-lookahead": 30, "partitions": "i4x4,i8x8", "me": "dia"}
# Short side of the picture (height of a landscape film) and the most bits a second it may take.
LADDER = {240: 450_000, 360: 750_000, 480: 1_500_000, 720: 3_750_000, 1080: 6_750_000}
WORTH_A_RUNG = 1.1  # how much larger than the best standard rung a source must be to get a rung of its own size
TOO_NEAR = 1.25  # a standard rung this near under the source's own adds bytes, not choice
SIX_RUNGS = {144: 300_000, **LADDER}  # what benches force, to compare with platforms that make 144
SHORT_FILM = 4  # up to so many segments each is a piece of its own, so that two workers end together
LONG_PIECES = 2  # segments a piece in longer films: half the starts, and still under half a minute of work to lose
MAX_LONG_SIDE = 4096  # what H.264 decoders of phones take
FAST_RATE = 40  # above it a rung may take half as much again


@dataclass(frozen=True)
class Rung:
    name: str
    width: int
    height: int
    max_bps: int

    @property
    def pixels(self) -> int:
        return self.width * self.height


@dataclass(frozen=True)
class Plan:
    probe: Probe
    rungs: tuple[Rung, ...]  # largest first, as the cascade of scalers makes them
    frames: int  # at `rate`; every rung has exactly so many
    segments_per_piece: int

    @property
    def rate(self) -> Fraction:
        return self.probe.rate

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return self.frames / self.rate

    @property
    def samples(self) -> int:
        """The sound's samples: it is as long as the picture."""
        return round(self.duration * SAMPLE_RATE)

    @property
    def has_sound(self) -> bool:
        return self.probe.has_audio and self.samples > 2 * AAC_FRAME

    @cached_property
    def segment_starts(self) -> tuple[int, ...]:
        """The frame each segment begins with: the first at or after each fourth second, so that every cut lies on a frame."""
        count = 1
        while _first_frame(count, self.rate) < self.frames:
            count += 1
        return tuple(_first_frame(number, self.rate) for number in range(count))

    @property
    def segments(self) -> int:
        return len(self.segment_starts)

    def end_of(self, segment: int) -> int:
        """The frame after the last one of `segment`."""
        return self.segment_starts[segment + 1] if segment + 1 < self.segments else self.frames

    @property
    def longest_segment(self) -> int:
        """In frames, of a film that goes on: the longest distance on the grid."""
        return math.ceil(SEGMENT_S * self.rate)

    @property
    def target_duration(self) -> int:
        """EXT-X-TARGETDURATION: the same from the first playlist to the last."""
        return max(1, _half_up(self.longest_segment / self.rate))

    def rung(self, name: str) -> Rung:
        return next(rung for rung in self.rungs if rung.name == name)

    def to_json(self) -> dict[str, Any]:
        return {
            "probe": self.probe.to_json(),
            "rungs": [asdict(rung) for rung in self.rungs],
            "frames": self.frames,
            "segments_per_piece": self.segments_per_piece,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Plan:
        rungs = tuple(Rung(**rung) for rung in data["rungs"])
        return cls(Probe.from_json(data["probe"]), rungs, data["frames"], data["segments_per_piece"])


def _first_frame(segment: int, rate: Fraction) -> int:
    return math.ceil(SEGMENT_S * segment * rate)


def _half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def plan_for(probe: Probe, *, ladder: Mapping[int, int] = LADDER, segments_per_piece: int | None = None) -> Plan:
    """The ladder follows the source: never above it, its shape kept, its own size on top when that is worth it.

    `ladder`: short side and most bits a second of each standard rung. `segments_per_piece`: None chooses.
    """
    short = min(probe.width, probe.height)
    sides = [side for side in ladder if side <= short]
    own = min(short, max(ladder))
    if not sides or own > WORTH_A_RUNG * sides[-1]:
        sides = [side for side in sides if own >= TOO_NEAR * side] + [own]
    rungs = tuple(_rung(probe, side, ladder) for side in reversed(sides))
    frames = max(1, _half_up(probe.length * probe.rate))
    return Plan(probe, rungs, frames, segments_per_piece or _segments_per_piece(probe, math.ceil(probe.length / SEGMENT_S)))


def _segments_per_piece(probe: Probe, segments: int) -> int:
    if not probe.cuttable:
        return max(1, segments)
    fewest = 1 if segments <= SHORT_FILM else LONG_PIECES
    # A piece is decoded from the key frame before it; pieces much shorter than that distance would decode the film many times.
    return max(fewest, min(segments, math.ceil(probe.key_gap_s / (2 * SEGMENT_S))))


def _rung(probe: Probe, side: int, ladder: Mapping[int, int]) -> Rung:
    short, long = min(probe.width, probe.height), max(probe.width, probe.height)
    factor = min(Fraction(side, short), Fraction(MAX_LONG_SIDE, long))
    width, height = _even(probe.width, factor), _even(probe.height, factor)
    cap = next((bps for standard, bps in ladder.items() if standard >= side), max(ladder.values()))
    return Rung(name=str(side), width=width, height=height, max_bps=cap * 3 // 2 if probe.rate > FAST_RATE else cap)


def _even(length: int, factor: Fraction) -> int:
    """`length` scaled to the nearest even number (4:2:0 pictures have even sides), never above the source."""
    even = round(length * factor / 2) * 2
    return max(2, even if even <= length else even - 2)


def rate_text(rate: Fraction) -> str:
    return f"{rate.numerator}/{rate.denominator}"
