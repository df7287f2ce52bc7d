"""Reads one file with PyAV and prints what it found as JSON; run by `probe.py` in the sandbox, never imported.

Prints {"refused": code, …} for what can be named. A crash, a memory limit or a hang is the parent's to notice.
"""

import json
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn

import av

sys.path.insert(0, str(Path(__file__).parent))
from formats import READ_OPTIONS

LOOK_AT_FRAMES = 30
PQ, HLG = 16, 18  # ITU-T H.273 transfer characteristics
MAX_STREAMS = 64
MAX_CHAPTERS, TITLE_LENGTH = 60, 120
MAX_PIXELS = 36_000_000
INDEXED = {"mov", "matroska"}  # the others are searched for their key frames, and not always found
TRIED_SEEKS = 6
MICROSECONDS = 1_000_000


def refuse(code: str, **details: Any) -> NoReturn:
    print(json.dumps({"refused": code, **details}))  # noqa: T201  # its answer
    raise SystemExit(0)


def ratio(value: Fraction | None) -> list[int] | None:
    return [value.numerator, value.denominator] if value else None


def main(path: str, demuxer: str) -> None:
    try:
        container = av.open(path, format=demuxer, options=dict(READ_OPTIONS), metadata_errors="replace")
    except av.error.InvalidDataError as error:
        # The mov demuxer says the same of a file cut off before its index and of plain rubbish behind a good first box.
        refuse("no_index" if demuxer == "mov" else "damaged", said=str(error))
    except av.error.FFmpegError as error:
        refuse("damaged", said=str(error))
    if len(container.streams) > MAX_STREAMS:
        refuse("too_many_streams", streams=len(container.streams))
    pictures = [s for s in container.streams.video if not s.disposition & av.stream.Disposition.attached_pic and s.codec_context is not None]
    sounds = [s for s in container.streams.audio if s.codec_context is not None]
    if not pictures:
        refuse("audio_only" if container.streams.audio else "no_picture")
    video = next((s for s in pictures if s.disposition & av.stream.Disposition.default), pictures[0])
    audio = next((s for s in sounds if s.disposition & av.stream.Disposition.default), sounds[0] if sounds else None)
    context = video.codec_context
    width, height = context.width, context.height  # before decoding: a picture bomb is refused by its header
    found = {
        "demuxer": demuxer,
        "streams": len(container.streams),
        "video_index": video.index,
        "video_codec": context.name,
        "stored_width": width,
        "stored_height": height,
        "sar": ratio(video.sample_aspect_ratio or context.sample_aspect_ratio),
        "average_rate": ratio(video.average_rate),
        "base_rate": ratio(video.base_rate),
        "video_tracks": len(pictures),
        "audio_tracks": len(sounds),
        "audio_index": audio.index if audio else None,
        "audio_codec": audio.codec_context.name if audio else "",
        "audio_channels": audio.codec_context.channels if audio else 0,
        "audio_ms": round(seconds(audio) * 1000) if audio else 0,
        "chapters": chapter_marks(container),
    }
    if width * height <= MAX_PIXELS:
        found |= look_at_frames(container, video)
        found |= Times(container, video, Path(path).stat().st_size).found(demuxer)
    print(json.dumps(found))  # noqa: T201  # its answer


def seconds(stream: Any) -> float:
    return float(stream.duration * stream.time_base) if stream.duration and stream.time_base else 0.0


def chapter_marks(container: Any) -> list[list[Any]]:
    """The file's own chapter marks as [start in ms, title]; a mark without a usable title or time is left out."""
    marks = []
    for mark in container.chapters()[:MAX_CHAPTERS]:
        title = "".join(character for character in str(mark["metadata"].get("title", "")) if character.isprintable()).strip()
        start_ms = round(mark["start"] * mark["time_base"] * 1000) if mark["time_base"] else -1
        if title and start_ms >= 0:
            marks.append([start_ms, title[:TITLE_LENGTH]])
    return marks


class Times:
    """How long the picture lasts and where it may be cut. Reads the index, the end, and a packet here and there."""

    def __init__(self, container: Any, video: Any, size: int):
        self.container, self.video, self.size = container, video, size
        self.origin = Fraction(container.start_time or 0, MICROSECONDS)
        self.announced = self._announced()

    def found(self, demuxer: str) -> dict[str, Any]:
        length, cuttable, gap = self.announced, False, 0.0
        if length <= 0:
            length = self._end() or length  # written live, or never finished: read through
        elif demuxer in INDEXED:
            self.container.seek(int(self.origin * MICROSECONDS))  # reads the cues of Matroska
            keys = self._key_times()
            indexed = bool(keys) and self._index_end() >= self.announced * Fraction(9, 10) - 60
            if demuxer == "mov" and indexed:
                length = self._whole_part()
            elif indexed or self.announced < 60:
                length = self._end() or self.announced
            gap = self._longest_gap(keys, length) if indexed else 0.0
            # In Matroska a picture that only begins to refresh the film is marked as a key frame, in MP4 it is not.
            looking = demuxer == "matroska" and self.video.codec_context.name == "h264"
            moments = [length * n / (TRIED_SEEKS + 1) for n in range(1, TRIED_SEEKS + 1)]
            cuttable = indexed and all(self._seeks_to(moment, looking=looking) for moment in moments)
        return {"length": ratio(length), "announced": float(self.announced), "cuttable": cuttable, "key_gap_s": gap}

    def _announced(self) -> Fraction:
        if self.video.duration and self.video.time_base:
            return int((self.video.start_time or 0) + self.video.duration) * Fraction(self.video.time_base) - self.origin
        return Fraction(self.container.duration or 0, MICROSECONDS)

    def _key_times(self) -> list[Fraction]:
        """The key frames in the index."""
        return [int(entry.timestamp) * Fraction(self.video.time_base) - self.origin for entry in self.video.index_entries if entry.is_keyframe]

    def _index_end(self) -> Fraction:
        return int(self.video.index_entries[-1].timestamp) * Fraction(self.video.time_base) - self.origin

    def _whole_part(self) -> Fraction:
        """The announced length, less what lies behind the file's end."""
        entries = self.video.index_entries
        if entries[-1].pos + entries[-1].size <= self.size:
            return self.announced
        there = [int(entry.timestamp) for entry in entries if entry.pos + entry.size <= self.size]
        last: int = max(there, default=0)
        return max(Fraction(0), last * Fraction(self.video.time_base) - self.origin)

    def _end(self) -> Fraction | None:
        """Where the last picture ends, read from the file's end."""
        self.container.seek(int((self.origin + max(self.announced, Fraction(0))) * MICROSECONDS))
        frame = 1 / self.video.average_rate if self.video.average_rate else Fraction(1, 25)
        last: Fraction | None = None
        for packet in self.container.demux(self.video):
            if packet.pts is not None:
                end: Fraction = packet.pts * packet.time_base + (packet.duration * packet.time_base if packet.duration else frame) - self.origin
                last = end if last is None or end > last else last
        return last

    def _starts_clean(self, key: Any) -> bool:
        """Whether the key frame is a whole picture: with intra refresh it only begins to become one."""
        self.video.codec_context.flush_buffers()
        frames = list(key.decode())
        for packet in self.container.demux(self.video):
            if frames:
                break
            frames += packet.decode()
        return any(frame.pts == key.pts and frame.pict_type == av.video.frame.PictureType.I for frame in frames)

    def _longest_gap(self, keys: list[Fraction], length: Fraction) -> float:
        return float(max((after - before for before, after in zip(keys, [*keys[1:], length], strict=True)), default=length))

    def _seeks_to(self, moment: Fraction, *, looking: bool) -> bool:
        """Whether seeking `moment` finds a key frame that is not later (but for roundings, which the margin of a piece covers)."""
        try:
            self.container.seek(int((self.origin + moment) * MICROSECONDS))
            packet = next(packet for packet in self.container.demux(self.video) if packet.pts is not None)
            if looking and not self._starts_clean(packet):
                return False
        except (av.error.FFmpegError, StopIteration):
            return False
        return bool(packet.is_keyframe) and packet.pts * packet.time_base - self.origin <= moment + Fraction(1, 10)


def look_at_frames(container: Any, video: Any) -> dict[str, Any]:
    """What only decoding tells; a file that gives no frame at all is damaged."""
    video.codec_context.thread_count = 1
    first: Any = None
    seen, interlaced, damaged = 0, False, 0
    try:
        for packet in container.demux(video):
            try:
                frames = packet.decode()
            except av.error.InvalidDataError:
                damaged += 1
                if damaged > 500:
                    break
                continue
            for frame in frames:
                first = first or frame
                seen += 1
                interlaced = interlaced or bool(frame.interlaced_frame)
            if seen >= LOOK_AT_FRAMES:
                break
    except av.error.FFmpegError:
        pass
    if first is None:
        refuse("damaged", said=f"no picture could be decoded ({damaged} damaged packets)")
    context = video.codec_context
    transfer = int(getattr(first, "color_trc", 0) or 0) or int(context.color_trc or 0)
    return {
        "stored_width": first.width,
        "stored_height": first.height,
        "rotation": int(first.rotation) % 360,
        "pixel_format": first.format.name,
        "hdr": {PQ: "pq", HLG: "hlg"}.get(transfer, ""),
        "full_range": first.format.name.startswith("yuvj") or int(first.color_range or 0) == 2,
        "matrix": int(first.colorspace or 0),
        "interlaced": interlaced,
        "damaged_packets": damaged,
    }


main(sys.argv[1], sys.argv[2])
