"""Pictures out of our own segments: storyboard sheets with their cue file, and posters to choose from. Bytes in, bytes out."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise

import av
from PIL import Image, ImageFilter, ImageStat

TILE_LONG_SIDE = 160
ACROSS = DOWN = 10
MOST_SHEETS = 10  # a longer film shows every second, third… segment, so that a player loads a few files and not a hundred
POSTERS = 6
POSTER_SIDE = 720  # posters come from the rung nearest to it
LOOKS_PER_POSTER = 2  # how many of the best small pictures of a stretch are looked at large
TILE_QUALITY, POSTER_QUALITY = 70, 85
BLACK, FLAT = 28, 10  # mean and spread of brightness (0–255) under which a picture shows nothing
MEASURED_AT = 320  # long side at which sharpness is measured, so that rungs of all sizes compare
EDGES = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), scale=1, offset=128)


@dataclass(frozen=True)
class Still:
    """The key frame of one segment, shrunk to a tile and judged."""

    segment: int
    tile: Image.Image
    sharpness: float
    shows_something: bool


@dataclass(frozen=True)
class Poster:
    segment: int
    jpeg: bytes


@dataclass(frozen=True)
class Sheet:
    name: str
    jpeg: bytes


def key_frame(data: bytes) -> Image.Image:
    """The first picture of `data`: an init segment and a media segment up to the end of its first sample."""
    with av.open(BytesIO(data), "r", format="mp4") as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        packet = next(container.demux(stream))
        frames = [*packet.decode(), *stream.codec_context.decode(None)]
    return frames[0].reformat(format="rgb24", src_colorspace="ITU709", dst_colorspace="ITU709").to_image()


def thinned(segments: int) -> range:
    """Which segments get a tile: all of them, or every n-th of a very long film."""
    return range(0, segments, max(1, math.ceil(segments / (MOST_SHEETS * ACROSS * DOWN))))


def tile_size(width: int, height: int) -> tuple[int, int]:
    factor = TILE_LONG_SIDE / max(width, height)
    return max(1, round(width * factor)), max(1, round(height * factor))


def judged(segment: int, picture: Image.Image) -> Still:
    return Still(segment, picture.resize(tile_size(*picture.size), Image.Resampling.LANCZOS), sharpness(picture), shows_something(picture))


def sharpness(picture: Image.Image) -> float:
    """Spread of the second derivative of brightness: near 0 for a blurred picture, hundreds for a sharp one."""
    grey = picture.convert("L")
    grey.thumbnail((MEASURED_AT, MEASURED_AT), Image.Resampling.LANCZOS)
    inner = grey.filter(EDGES).crop((1, 1, grey.width - 1, grey.height - 1)) if min(grey.size) > 2 else grey
    return float(ImageStat.Stat(inner).var[0])


def shows_something(picture: Image.Image) -> bool:
    """False for black, white and one-coloured pictures: fades, title cards before the title."""
    brightness = ImageStat.Stat(picture.convert("L"))
    return brightness.mean[0] >= BLACK and brightness.stddev[0] >= FLAT


def sheets(tiles: Sequence[Image.Image]) -> Iterator[Sheet]:
    """Ten by ten tiles a sheet; the last is no larger than its tiles need."""
    width, height = tiles[0].size
    for number, first in enumerate(range(0, len(tiles), ACROSS * DOWN)):
        here = tiles[first : first + ACROSS * DOWN]
        sheet = Image.new("RGB", (width * min(ACROSS, len(here)), height * math.ceil(len(here) / ACROSS)))
        for place, tile in enumerate(here):
            sheet.paste(tile, (place % ACROSS * width, place // ACROSS * height))
        yield Sheet(f"{number:03d}.jpg", jpeg(sheet, TILE_QUALITY))


def storyboard_vtt(starts_ms: Sequence[int], end_ms: int, size: tuple[int, int]) -> str:
    """One cue a tile, from its own start to the next one's: `000.jpg#xywh=160,0,160,90`."""
    width, height = size
    lines = ["WEBVTT", ""]
    for number, (start, end) in enumerate(zip(starts_ms, [*starts_ms[1:], end_ms], strict=True)):
        sheet, place = divmod(number, ACROSS * DOWN)
        x, y = place % ACROSS * width, place // ACROSS * height
        lines += [f"{vtt_time(start)} --> {vtt_time(max(end, start + 1))}", f"{sheet:03d}.jpg#xywh={x},{y},{width},{height}", ""]
    return "\n".join(lines)


def vtt_time(ms: int) -> str:
    seconds, milliseconds = divmod(ms, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{milliseconds:03d}"


def posters(stills: Sequence[Still], large: Callable[[int], Image.Image]) -> list[Poster]:
    """Up to six pictures, one from each stretch of the film, the best first and the others in the film's order.

    `large` gives the key frame of a segment at the size of a poster. Black and one-coloured pictures are left out
    while there is anything else.
    """
    useful = [still for still in stills if still.shows_something] or [max(stills, key=lambda still: still.sharpness)]
    found: list[tuple[float, int, Image.Image]] = []
    for stretch in _stretches(useful):
        best = sorted(stretch, key=lambda still: still.sharpness, reverse=True)[:LOOKS_PER_POSTER]
        looked_at = [(sharpness(picture), still.segment, picture) for still in best for picture in [large(still.segment)]]
        found.append(max(looked_at, key=lambda look: look[:2]))
    first = max(found, key=lambda look: look[:2])
    others = [look for look in found if look is not first]
    return [Poster(segment, jpeg(picture, POSTER_QUALITY)) for _sharpness, segment, picture in [first, *others]]


def _stretches(stills: Sequence[Still]) -> Iterable[Sequence[Still]]:
    """`stills` in six parts of equal length, or as many as there are stills."""
    parts = min(POSTERS, len(stills))
    bounds = [len(stills) * part // parts for part in range(parts + 1)]
    return [stills[first:end] for first, end in pairwise(bounds)]


def jpeg(picture: Image.Image, quality: int) -> bytes:
    """The same bytes for the same picture: their names are kept for ever."""
    out = BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True, progressive=True)
    return out.getvalue()
