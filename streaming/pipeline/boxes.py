"""Reads what a player would read of our own fMP4 files: codec strings, and each segment's first key frame and times."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

NON_SYNC = 0x10000  # sample_is_non_sync_sample, ISO 14496-12 §8.8.3.1


@dataclass(frozen=True)
class Track:
    codec: str  # RFC 6381
    timescale: int


@dataclass(frozen=True)
class Segment:
    start: Fraction  # seconds
    duration: Fraction
    samples: int
    starts_with_key: bool


class Malformed(Exception):
    pass


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Name, start and end of the content of each box in data[start:end]."""
    end = len(data) if end is None else end
    while start + 8 <= end:
        size, name = struct.unpack_from(">I4s", data, start)
        head = 8
        if size == 1:
            size, head = struct.unpack_from(">Q", data, start + 8)[0], 16
        if size < head or start + size > end:
            raise Malformed(f"box {name!r} of {size} bytes at {start}")
        yield name, start + head, start + size
        start += size


def find(data: bytes, *path: bytes, start: int = 0, end: int | None = None) -> tuple[int, int]:
    """Content of the first box at `path`."""
    for step in path:
        for name, first, last in boxes(data, start, end):
            if name == step:
                start, end = first, last
                break
        else:
            raise Malformed(f"no {step!r}")
    return start, end if end is not None else len(data)


def read_init(data: bytes) -> Track:
    """Codec and time scale of an init segment with one track."""
    media, _end = find(data, b"moov", b"trak", b"mdia", b"mdhd")
    version = data[media]
    timescale = struct.unpack_from(">I", data, media + (20 if version == 1 else 12))[0]
    entries, end = find(data, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd")
    name, first, last = next(boxes(data, entries + 8, end))
    if name == b"avc1":
        config, _end = find(data, b"avcC", start=first + 78, end=last)
        return Track("avc1." + data[config + 1 : config + 4].hex().upper(), timescale)
    if name == b"mp4a":
        return Track("mp4a.40.2", timescale)
    raise Malformed(f"unexpected sample entry {name!r}")


def read_segment(data: bytes, timescale: int) -> Segment:
    """Times and first sample of one media segment (all its fragments together)."""
    start: int | None = None
    ticks = samples = 0
    key: bool | None = None
    for name, first, last in boxes(data):
        if name != b"moof":
            continue
        fragment, fragment_end = find(data, b"traf", start=first, end=last)
        default_duration = default_flags = 0
        for part, at, _last in boxes(data, fragment, fragment_end):
            flags = struct.unpack_from(">I", data, at)[0] & 0xFFFFFF
            if part == b"tfhd":
                default_duration, default_flags = _track_defaults(data, at, flags)
            elif part == b"tfdt":
                base = struct.unpack_from(">Q" if data[at] == 1 else ">I", data, at + 4)[0]
                start = base if start is None else start
            elif part == b"trun":
                count, run_ticks, first_flags = _run(data, at, flags, default_duration, default_flags)
                samples, ticks = samples + count, ticks + run_ticks
                key = (not first_flags & NON_SYNC) if key is None else key
    if start is None or key is None:
        raise Malformed("no fragment")
    return Segment(Fraction(start, timescale), Fraction(ticks, timescale), samples, key)


def _track_defaults(data: bytes, at: int, flags: int) -> tuple[int, int]:
    position = at + 8
    position += 8 * bool(flags & 0x1) + 4 * bool(flags & 0x2)
    duration = sample_flags = 0
    if flags & 0x8:
        duration, position = struct.unpack_from(">I", data, position)[0], position + 4
    position += 4 * bool(flags & 0x10)
    if flags & 0x20:
        sample_flags = struct.unpack_from(">I", data, position)[0]
    return duration, sample_flags


def _run(data: bytes, at: int, flags: int, default_duration: int, default_flags: int) -> tuple[int, int, int]:
    """Samples, their ticks together, and the flags of the first."""
    count = struct.unpack_from(">I", data, at + 4)[0]
    position = at + 8 + 4 * bool(flags & 0x1)
    first_flags = default_flags
    if flags & 0x4:
        first_flags, position = struct.unpack_from(">I", data, position)[0], position + 4
    size = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800))
    if flags & 0x400 and count:
        offset = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200))
        first_flags = struct.unpack_from(">I", data, position + offset)[0]
    if not flags & 0x100:
        return count, count * default_duration, first_flags
    durations = (struct.unpack_from(">I", data, position + n * size)[0] for n in range(count))
    return count, sum(durations), first_flags
