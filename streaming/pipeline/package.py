"""What pieces have become, put together: tracks, their checks, and every playlist as exact text. Pure.

Facts are what a piece says of the files it made, read back from them (`encode.py`); merged they describe the film as far as it is there.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

from streaming.pipeline.boxes import Segment
from streaming.pipeline.plan import SAMPLE_RATE, Plan, Rung

AUDIO = "audio"
SAMPLES = [field.name for field in fields(Segment)].index("samples")  # in a segment's row of facts
MOST_GAP_S = Fraction(6, 10_000)


class CheckFailed(Exception):
    """What was encoded is not what players need; nothing is published."""


@dataclass(frozen=True)
class Track:
    """One rendition as far as it is there: segments from the first one on, without a hole."""

    name: str
    codec: str  # RFC 6381
    timescale: int
    init_sha256: str
    init_size: int
    channels: int  # 0 for pictures
    segments: tuple[Segment, ...]

    @property
    def duration(self) -> Fraction:
        """Seconds."""
        return sum((self.length_of(segment) for segment in self.segments), Fraction(0))

    @property
    def frames(self) -> int:
        return sum(segment.samples for segment in self.segments)

    @property
    def size_bytes(self) -> int:
        return self.init_size + sum(segment.size for segment in self.segments)

    @property
    def average_bps(self) -> int:
        return math.ceil(sum(segment.size for segment in self.segments) * 8 / self.duration)

    def length_of(self, segment: Segment) -> Fraction:
        return Fraction(segment.duration, self.timescale)

    def peak_bps(self, target_s: int) -> int:
        """The largest bit rate of segments in a row that last between a half and one and a half times the target (RFC 8216 §4.1).

        So that a last segment of two frames, which is mostly its key frame, does not count as a peak.
        """
        peak, lengths = 0, [self.length_of(segment) for segment in self.segments]
        for first in range(len(self.segments)):
            size, length = 0, Fraction(0)
            for segment, own in zip(self.segments[first:], lengths[first:], strict=True):
                size, length = size + segment.size, length + own
                if length > Fraction(3, 2) * target_s:
                    break
                if 2 * length >= target_s:
                    peak = max(peak, math.ceil(size * 8 / length))
        return peak or self.average_bps

    def key_bps(self) -> tuple[int, int]:
        """Peak and average bit rate of the key frames alone, each shown as long as its segment (but for a short last one)."""
        shown = [segment for segment in self.segments if 2 * segment.duration >= self.segments[0].duration]
        peak = max(math.ceil(segment.key_bytes * 8 / self.length_of(segment)) for segment in shown)
        length = sum((self.length_of(segment) for segment in shown), Fraction(0))
        return peak, math.ceil(sum(segment.key_bytes for segment in shown) * 8 / length)


Tracks = Mapping[str, Track]


def merge(facts: Iterable[Mapping[str, Any]]) -> dict[str, Track]:
    """The tracks that the pieces' facts, in any order, add up to. What lies behind a hole is left out.

    Raises CheckFailed when pieces of one rung do not begin with the same init segment.
    """
    parts: dict[str, list[Mapping[str, Any]]] = {}
    for piece in facts:
        for name, part in piece["tracks"].items():
            parts.setdefault(name, []).append(part)
    return {name: track for name, found in parts.items() if (track := _join(name, found))}


def _join(name: str, parts: list[Mapping[str, Any]]) -> Track | None:
    joined: Track | None = None
    for part in sorted(parts, key=lambda part: int(part["first_segment"])):
        track = track_of(name, part)
        if joined and replace(track, segments=joined.segments) != joined:
            raise CheckFailed(f"{name}: its pieces begin differently")
        if part["first_segment"] == (len(joined.segments) if joined else 0):
            joined = replace(track, segments=joined.segments + track.segments) if joined else track
    return joined


def track_of(name: str, part: Mapping[str, Any]) -> Track:
    """The facts of one piece's files of one rendition."""
    segments = tuple(Segment(*row) for row in part["segments"])
    return Track(name, part["codec"], part["timescale"], part["init_sha256"], part["init_size"], part["channels"], segments)


def check_whole(plan: Plan, tracks: Tracks) -> None:
    """Every rung has the planned frames cut at the planned moments, each segment starts with a key frame, and nothing is lost.

    Raises CheckFailed.
    """
    for rung in plan.rungs:
        if rung.name not in tracks:
            raise CheckFailed(f"{rung.name}: nothing was made")
        check_picture(plan, tracks[rung.name])
        if len(tracks[rung.name].segments) != plan.segments:
            raise CheckFailed(f"{rung.name}: {len(tracks[rung.name].segments)} of {plan.segments} segments")
    if sound := tracks.get(AUDIO):
        check_sound(plan, sound)


def check_picture(plan: Plan, track: Track, *, first_segment: int = 0) -> None:
    """The segments, from `first_segment` on, are on the grid. Raises CheckFailed."""
    for number, segment in enumerate(track.segments, first_segment):
        if not segment.key_bytes:
            raise CheckFailed(f"{track.name}: segment {number} does not start with a key frame")
        first, end = plan.segment_starts[number], plan.end_of(number)
        if segment.samples != end - first:
            raise CheckFailed(f"{track.name}: segment {number} has {segment.samples} frames, not {end - first}")
        off = abs(Fraction(segment.start, track.timescale) - first / plan.rate)
        if max(off, abs(track.length_of(segment) - (end - first) / plan.rate)) > MOST_GAP_S:
            raise CheckFailed(f"{track.name}: segment {number} is not where it belongs, a gap at {float(first / plan.rate):.3f} s")


def check_sound(plan: Plan, sound: Track) -> None:
    """Without a gap, and as long as the picture. Raises CheckFailed."""
    at = 0
    for segment in sound.segments:
        if Fraction(abs(segment.start - at), sound.timescale) > MOST_GAP_S:
            raise CheckFailed(f"{sound.name}: a gap at {float(Fraction(segment.start, sound.timescale)):.3f} s")
        at = segment.start + segment.duration
    if abs(sound.duration - Fraction(plan.samples, SAMPLE_RATE)) > MOST_GAP_S:
        raise CheckFailed(f"the sound lasts {float(sound.duration):.3f} s, the picture {float(plan.duration):.3f} s")


@dataclass(frozen=True)
class CaptionTrack:
    """Captions in one language; `file` lies in captions/: en-1a2b3c4d.vtt."""

    language: str  # BCP 47
    label: str
    file: str
    is_default: bool = False  # shown by players whose person chose nothing; one of a film at most

    @property
    def playlist(self) -> str:
        return self.file.removesuffix(".vtt") + ".m3u8"


def playlists(plan: Plan, tracks: Tracks, *, complete: bool) -> dict[str, str]:
    """The media playlists by their path in the release. While the film grows they are EVENT playlists: lines are only added."""
    shown = max((track.duration for name, track in tracks.items() if name != AUDIO), default=Fraction(0))
    texts = {}
    for name, track in tracks.items():
        if name == AUDIO:
            # No more sound than there is picture: a player takes the ends of the two for the same moment.
            texts[f"{name}/index.m3u8"] = _media_playlist(plan, track, complete=complete, until=None if complete else shown)
        else:
            texts[f"{name}/index.m3u8"] = _media_playlist(plan, track, complete=complete)
            texts[f"{name}/iframes.m3u8"] = _key_playlist(plan, track, complete=complete)
    return texts


def _head(plan: Plan, *more: str, complete: bool) -> list[str]:
    return [
        *("#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{plan.target_duration}", "#EXT-X-MEDIA-SEQUENCE:0"),
        f"#EXT-X-PLAYLIST-TYPE:{'VOD' if complete else 'EVENT'}",
        *more,
        '#EXT-X-MAP:URI="init.mp4"',
    ]


def _text(lines: list[str], *, complete: bool) -> str:
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if complete else []), ""])


def _media_playlist(plan: Plan, track: Track, *, complete: bool, until: Fraction | None = None) -> str:
    lines = _head(plan, "#EXT-X-INDEPENDENT-SEGMENTS", complete=complete)
    for number, segment in enumerate(track.segments):
        if until is not None and Fraction(segment.start, track.timescale) >= until:
            break
        lines += [f"#EXTINF:{float(track.length_of(segment)):.6f},", f"seg_{number:05d}.m4s"]
    return _text(lines, complete=complete)


def _key_playlist(plan: Plan, track: Track, *, complete: bool) -> str:
    """Each segment's first picture alone: its index (moof) and first sample, by byte range."""
    lines = _head(plan, "#EXT-X-I-FRAMES-ONLY", complete=complete)
    for number, segment in enumerate(track.segments):
        lines += [f"#EXTINF:{float(track.length_of(segment)):.6f},", f"#EXT-X-BYTERANGE:{segment.key_bytes}@0", f"seg_{number:05d}.m4s"]
    return _text(lines, complete=complete)


def caption_playlist(plan: Plan, caption: CaptionTrack) -> str:
    """The whole film's captions as one segment."""
    length = float(plan.duration)
    lines = [
        *("#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{max(1, math.ceil(length))}", "#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-PLAYLIST-TYPE:VOD"),
        *(f"#EXTINF:{length:.6f},", caption.file),
    ]
    return _text(lines, complete=True)


def master_playlist(plan: Plan, tracks: Tracks, captions: Sequence[CaptionTrack] = ()) -> str:
    """Every rung with what a player needs to choose: measured bit rates, codecs, size, frame rate. Smallest first."""
    sound = tracks.get(AUDIO)
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS", ""]
    groups = ""
    if sound:
        lines.append(f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="{sound.channels}",URI="{AUDIO}/index.m3u8"')
        groups += ',AUDIO="sound"'
    for caption in captions:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",NAME="{_quoted(caption.label)}",LANGUAGE="{_quoted(caption.language)}",'
            f'DEFAULT={"YES" if caption.is_default else "NO"},AUTOSELECT=YES,FORCED=NO,URI="captions/{caption.playlist}"'
        )
    if captions:
        groups += ',SUBTITLES="captions"'
    made = [(rung, tracks[rung.name]) for rung in reversed(plan.rungs) if rung.name in tracks]
    lines += [line for rung, track in made for line in (_stream(plan, rung, track, sound) + groups, f"{rung.name}/index.m3u8")]
    lines += [_key_stream(rung, track) for rung, track in made]
    return "\n".join([*lines, ""])


def _stream(plan: Plan, rung: Rung, track: Track, sound: Track | None) -> str:
    target = plan.target_duration
    peak = track.peak_bps(target) + (sound.peak_bps(target) if sound else 0)
    average = track.average_bps + (sound.average_bps if sound else 0)
    codecs = ",".join([track.codec, *([sound.codec] if sound else [])])
    return (
        f'#EXT-X-STREAM-INF:BANDWIDTH={max(peak, average)},AVERAGE-BANDWIDTH={average},CODECS="{codecs}",'
        f"RESOLUTION={rung.width}x{rung.height},FRAME-RATE={float(plan.rate):.3f},VIDEO-RANGE=SDR,CLOSED-CAPTIONS=NONE"
    )


def _key_stream(rung: Rung, track: Track) -> str:
    peak, average = track.key_bps()
    return (
        f'#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS="{track.codec}",'
        f'RESOLUTION={rung.width}x{rung.height},VIDEO-RANGE=SDR,URI="{rung.name}/iframes.m3u8"'
    )


def _quoted(text: str) -> str:
    """A quoted string of a playlist holds no quotation mark and no line end (RFC 8216 §4.2); some readers stumble over apostrophes too."""
    return " ".join(text.replace('"', "”").replace("'", "’").split())
