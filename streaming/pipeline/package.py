"""Playlists over the segments ffmpeg wrote, and the checks before anybody may see them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from streaming.pipeline.boxes import Segment, read_init, read_segment
from streaming.pipeline.plan import Plan, Rung

SCRATCH = "ffmpeg.m3u8"  # ffmpeg's own playlist, not published
AUDIO = "audio"


class CheckFailed(Exception):
    """What was encoded is not what players need; nothing is published."""


@dataclass(frozen=True)
class Track:
    """One finished rendition: its files, measured."""

    name: str
    codec: str
    segments: tuple[Segment, ...]
    sizes: tuple[int, ...]
    init_size: int
    rung: Rung | None = None
    channels: int = 0

    @property
    def duration(self) -> Fraction:
        return sum((segment.duration for segment in self.segments), Fraction(0))

    @property
    def frames(self) -> int:
        return sum(segment.samples for segment in self.segments)

    @property
    def size_bytes(self) -> int:
        return self.init_size + sum(self.sizes)

    @property
    def peak_bps(self) -> int:
        return max(math.ceil(size * 8 / segment.duration) for size, segment in zip(self.sizes, self.segments, strict=True))

    @property
    def average_bps(self) -> int:
        return math.ceil(sum(self.sizes) * 8 / self.duration)


def measure(folder: Path, *, rung: Rung | None = None, channels: int = 0) -> Track:
    """Read back the rendition in `folder`. Raises CheckFailed when a player could not."""
    init = (folder / "init.mp4").read_bytes()
    files = segment_files(folder)
    if not files:
        raise CheckFailed(f"{folder.name}: no segment was written")
    track = read_init(init)
    segments, sizes = [], []
    for file in files:
        data = file.read_bytes()
        segments.append(read_segment(data, track.timescale))
        sizes.append(len(data))
    return Track(folder.name, track.codec, tuple(segments), tuple(sizes), len(init), rung, channels)


def segment_files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("seg_*.m4s"))
    if [file.name for file in files] != [f"seg_{n:05d}.m4s" for n in range(len(files))]:
        raise CheckFailed(f"{folder.name}: segments are missing")
    return files


def check_pictures(tracks: list[Track], plan: Plan) -> None:
    """Every rung has the same frames cut at the same moments, each segment starts with a key frame, nothing is lost."""
    first = tracks[0]
    for track in tracks:
        times = [(segment.start, segment.samples) for segment in track.segments]
        if times != [(segment.start, segment.samples) for segment in first.segments]:
            raise CheckFailed(f"{track.name}: its segments are not those of {first.name}")
        for number, segment in enumerate(track.segments):
            if not segment.starts_with_key:
                raise CheckFailed(f"{track.name}: segment {number} does not start with a key frame")
        if track.frames != round(track.duration * plan.rate):
            raise CheckFailed(f"{track.name}: {track.frames} frames in {float(track.duration):.3f} s")
    check_gaps(first)


def check_sound(sound: Track, length_s: Fraction) -> None:
    check_gaps(sound)
    if abs(sound.duration - length_s) > Fraction(1, 20):
        raise CheckFailed(f"the sound lasts {float(sound.duration):.3f} s, the picture {float(length_s):.3f} s")


def check_gaps(track: Track) -> None:
    for before, after in zip(track.segments, track.segments[1:], strict=False):
        if abs(before.start + before.duration - after.start) > Fraction(6, 10_000):
            raise CheckFailed(f"{track.name}: a gap at {float(after.start):.3f} s")


def media_playlist(track: Track) -> str:
    target = max(1, round(max(segment.duration for segment in track.segments)))
    lines = [
        *("#EXTM3U", "#EXT-X-VERSION:7", f"#EXT-X-TARGETDURATION:{target}", "#EXT-X-MEDIA-SEQUENCE:0", "#EXT-X-PLAYLIST-TYPE:VOD"),
        *("#EXT-X-INDEPENDENT-SEGMENTS", '#EXT-X-MAP:URI="init.mp4"'),
    ]
    for number, segment in enumerate(track.segments):
        lines += [f"#EXTINF:{float(segment.duration):.6f},", f"seg_{number:05d}.m4s"]
    return "\n".join([*lines, "#EXT-X-ENDLIST", ""])


def master_playlist(pictures: list[Track], sound: Track | None, rate: Fraction) -> str:
    """The rungs with what a player needs to choose: measured bit rates, codecs, size, frame rate. Smallest first."""
    lines = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-INDEPENDENT-SEGMENTS"]
    audio = ""
    if sound:
        lines.append(
            f'#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="Sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="{sound.channels}",URI="{sound.name}/index.m3u8"'
        )
        audio = ',AUDIO="sound"'
    for track in sorted(pictures, key=lambda track: track.rung.pixels if track.rung else 0):
        assert track.rung is not None  # noqa: S101  # for the type checker
        peak, average = track.peak_bps + (sound.peak_bps if sound else 0), track.average_bps + (sound.average_bps if sound else 0)
        codecs = ",".join([track.codec, *([sound.codec] if sound else [])])
        lines.append(
            f'#EXT-X-STREAM-INF:BANDWIDTH={peak},AVERAGE-BANDWIDTH={average},CODECS="{codecs}",'
            f"RESOLUTION={track.rung.width}x{track.rung.height},FRAME-RATE={float(rate):.3f}{audio}"
        )
        lines.append(f"{track.name}/index.m3u8")
    return "\n".join([*lines, ""])
