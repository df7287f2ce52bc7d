"""Reads what a player would read of our own fMP4 files: codec strings, and each segment's first key frame and times."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

NON_SYNC = 0x10000  # sample_is_non_sync_sample, ISO 14496-12 §8.8.3.1


@dataclass(frozen=True)
class Track:
    codec: str  # RFC 6381
    timescale: int


@dataclass(frozen=True)
class Segment:
    start: int  # ticks of the track's time scale, of decoding
    duration: int  # ticks
    samples: int
    size: int  # bytes
    key_bytes: int  # up to the end of the first sample: all a player needs to show it, 0 when it is not a key frame


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


def read_segment(data: bytes) -> Segment:
    """Times and first sample of one media segment (all its fragments together)."""
    start: int | None = None
    ticks = samples = 0
    key_bytes: int | None = None
    for name, first, last in boxes(data):
        if name != b"moof":
            continue
        fragment, fragment_end = find(data, b"traf", start=first, end=last)
        defaults = _Defaults()
        for part, at, _last in boxes(data, fragment, fragment_end):
            flags = struct.unpack_from(">I", data, at)[0] & 0xFFFFFF
            if part == b"tfhd":
                defaults = _track_defaults(data, at, flags)
            elif part == b"tfdt":
                base = struct.unpack_from(">Q" if data[at] == 1 else ">I", data, at + 4)[0]
                start = base if start is None else start
            elif part == b"trun":
                run = _read_run(data, at, flags, defaults)
                samples, ticks = samples + run.samples, ticks + run.ticks
                if key_bytes is None:
                    # The data offset counts from the moof box, whose header is 8 bytes.
                    key_bytes = 0 if run.first_flags & NON_SYNC else first - 8 + run.data_offset + run.first_size
    if start is None or key_bytes is None:
        raise Malformed("no fragment")
    return Segment(start, ticks, samples, len(data), key_bytes)


@dataclass(frozen=True)
class _Defaults:
    duration: int = 0
    size: int = 0
    flags: int = 0


@dataclass(frozen=True)
class _Run:
    samples: int
    ticks: int
    data_offset: int
    first_size: int
    first_flags: int


def _track_defaults(data: bytes, at: int, flags: int) -> _Defaults:
    position = at + 8
    position += 8 * bool(flags & 0x1) + 4 * bool(flags & 0x2)
    values = []
    for bit in (0x8, 0x10, 0x20):
        values.append(struct.unpack_from(">I", data, position)[0] if flags & bit else 0)
        position += 4 * bool(flags & bit)
    return _Defaults(*values)


def _read_run(data: bytes, at: int, flags: int, defaults: _Defaults) -> _Run:
    count = struct.unpack_from(">I", data, at + 4)[0]
    position, data_offset, first_flags = at + 8, 0, defaults.flags
    if flags & 0x1:
        data_offset, position = struct.unpack_from(">i", data, position)[0], position + 4
    if flags & 0x4:
        first_flags, position = struct.unpack_from(">I", data, position)[0], position + 4
    row = 4 * sum(bool(flags & bit) for bit in (0x100, 0x200, 0x400, 0x800))
    if count and position + count * row > len(data):
        raise Malformed("a run longer than its box")
    size_at = position + 4 * bool(flags & 0x100)
    first_size = struct.unpack_from(">I", data, size_at)[0] if flags & 0x200 and count else defaults.size
    if flags & 0x400 and count:
        first_flags = struct.unpack_from(">I", data, size_at + 4 * bool(flags & 0x200))[0]
    if not flags & 0x100:
        return _Run(count, count * defaults.duration, data_offset, first_size, first_flags)
    ticks = sum(struct.unpack_from(">I", data, position + n * row)[0] for n in range(count))
    return _Run(count, ticks, data_offset, first_size, first_flags)
