"""Draws the demo's lessons by code: a figure that moves, muscles named one by one, captions, chapters, a soft tone.

The demo needs films nobody has to license; these are drawn in seconds and look like the school's own pages.
"""

from __future__ import annotations

import math
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import IO

import fontpkg_noto_sans
from django.conf import settings
from PIL import Image, ImageDraw, ImageFont

from streaming.demo_scenes import SCENES, Figure, Point, Scene
from streaming.pipeline import ffmpeg

WIDTH, HEIGHT, FPS = 1280, 720, 15
FIGURE = (60, 8, 830, 716)  # the part of the picture in which something moves
FINE = 2  # drawn so much larger, then reduced: smooth lines
PAPER, INK, SOFT, RULE, ACCENT = (248, 245, 238), (38, 34, 30), (90, 83, 74), (221, 213, 199), (29, 90, 80)
SKIN = (255, 253, 248)
TITLE_S, CLOSE_S, FADE_S, SWING_S = 3.0, 1.5, 0.6, 4.0
POSES = 30

Font = ImageFont.FreeTypeFont


def draw_lesson(path: Path, *, title: str, scene: str, seconds: int) -> None:
    """Write an MP4 of `seconds` (10 or more) at `path`: 1280 × 720, H.264 and AAC. Scenes: knee, hip, shoulder."""
    film = _Film(title, SCENES[scene], seconds)
    command = [ffmpeg.binary(), "-hide_banner", "-loglevel", "error", "-nostdin", "-y"]
    command += ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{WIDTH}x{HEIGHT}", "-r", str(FPS), "-i", "pipe:0"]
    command += ["-f", "lavfi", "-i", _tone(seconds), "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-pix_fmt", "yuv420p"]
    command += ["-vf", "scale=out_color_matrix=bt709:out_range=tv", "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "bt709"]
    command += ["-c:a", "aac", "-b:a", "96k", "-movflags", "+faststart", "-t", str(seconds), "-f", "mp4", str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None  # noqa: S101  # for the type checker
        film.write(encoder.stdin)
    if encoder.returncode:
        raise RuntimeError(f"ffmpeg could not write the lesson “{title}” (exit {encoder.returncode}).")


def lesson_captions(*, scene: str, seconds: int, title: str) -> str:
    """The film's captions as WebVTT."""
    cues = [(0.2, TITLE_S - 0.1, title)]
    cues += [(start + 0.2, end - 0.1, step.says) for (start, end), step in zip(_spans(SCENES[scene], seconds), SCENES[scene].steps, strict=True)]
    lines = [f"{_timestamp(start)} --> {_timestamp(end)}\n{text}\n" for start, end, text in cues]
    return "WEBVTT\n\n" + "\n".join(lines)


def lesson_chapters(*, scene: str, seconds: int) -> list[tuple[int, str]]:
    """The film's chapters: start in milliseconds, title."""
    named = [(round(start * 1000), step.label) for (start, _end), step in zip(_spans(SCENES[scene], seconds), SCENES[scene].steps, strict=True)]
    return [(0, "Introduction"), *named]


def _spans(scene: Scene, seconds: float) -> list[tuple[float, float]]:
    length = (seconds - TITLE_S - CLOSE_S) / len(scene.steps)
    return [(TITLE_S + n * length, TITLE_S + (n + 1) * length) for n in range(len(scene.steps))]


def _timestamp(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"00:{int(minutes):02d}:{rest:06.3f}"


def _tone(seconds: int) -> str:
    """Three soft sines that breathe with the movement."""
    breath = f"(0.6+0.4*sin(2*PI*t/{SWING_S * 2}))"
    chord = "+".join(f"{level}*sin(2*PI*{pitch}*t)" for pitch, level in ((146.83, 0.09), (220, 0.06), (293.66, 0.03)))
    edges = f"min(1,min(t/2,({seconds}-t)/2))"
    return f"aevalsrc='({chord})*{breath}*{edges}':s=48000:d={seconds}"


@lru_cache(maxsize=16)
def _serif(size: int) -> Font:
    """Alegreya, the school's headings, from the browser packages; Noto Sans where those are not installed."""
    file = settings.BASE_DIR / "node_modules/@fontsource/alegreya/files/alegreya-latin-700-normal.woff"
    return ImageFont.truetype(str(file), size) if file.exists() else _sans(size)


@lru_cache(maxsize=16)
def _sans(size: int) -> Font:
    return ImageFont.truetype(str(Path(fontpkg_noto_sans.__file__).parent / "files" / "NotoSans[wdth,wght].ttf"), size)


class _Film:
    """One film being drawn. What repeats (a pose with one muscle lit) is drawn once."""

    def __init__(self, title: str, scene: Scene, seconds: int):
        self.title, self.scene, self.seconds = title, scene, seconds
        self.spans = _spans(scene, seconds)
        self.poses: dict[tuple[int, str], Image.Image] = {}
        self.pages = [self._page(number) for number in range(len(scene.steps))]
        self.card, self.close = self._card(title, settings.SCHOOL_NAME), self._card(settings.SCHOOL_NAME, "Work slowly. Ask what is felt.")

    def write(self, pipe: IO[bytes]) -> None:
        for number in range(self.seconds * FPS):
            pipe.write(self._frame(number / FPS).tobytes())

    def _frame(self, t: float) -> Image.Image:
        if t < TITLE_S - FADE_S:
            return self.card
        if t < TITLE_S:
            return Image.blend(self.card, self._lesson(TITLE_S), (t - TITLE_S + FADE_S) / FADE_S)
        if t < self.spans[-1][1]:
            return self._lesson(t)
        return Image.blend(self._lesson(self.spans[-1][1] - 0.01), self.close, min(1.0, (t - self.spans[-1][1]) / FADE_S))

    def _lesson(self, t: float) -> Image.Image:
        number = next(n for n, (_start, end) in enumerate(self.spans) if t < end)
        start = self.spans[number][0]
        step = self.scene.steps[number]
        pose = round((0.5 - 0.5 * math.cos(2 * math.pi * (t - TITLE_S) / SWING_S)) * POSES)
        picture = self.pages[number].copy()
        picture.paste(self._figure(pose, step.muscle), FIGURE[:2])
        self._leader(picture, self.scene.pose(pose / POSES).muscles[step.muscle].belly, t - start)
        since = t - start
        if since < FADE_S and number:
            picture = Image.blend(self._with_old_words(picture, number), picture, since / FADE_S)
        return picture

    def _with_old_words(self, picture: Image.Image, number: int) -> Image.Image:
        before = self.pages[number - 1].copy()
        before.paste(picture.crop(FIGURE), FIGURE[:2])
        return before

    def _figure(self, pose: int, lit: str) -> Image.Image:
        if (pose, lit) not in self.poses:
            self.poses[pose, lit] = _drawn(self.scene.pose(pose / POSES), lit)
        return self.poses[pose, lit]

    def _leader(self, picture: Image.Image, belly: Point, since: float) -> None:
        """A line from the label to the muscle that grows, and a ring that breathes where the hand goes."""
        draw = ImageDraw.Draw(picture)
        grown = min(1.0, since / FADE_S)
        x0, y0 = 838, 232
        x1, y1 = x0 + (belly[0] - x0) * grown, y0 + (belly[1] - y0) * grown
        draw.line([(x0, y0), (x1, y1)], fill=ACCENT, width=2)
        if grown == 1.0:
            radius = 9 + 4 * math.sin(2 * math.pi * since / 2)
            draw.ellipse([belly[0] - radius, belly[1] - radius, belly[0] + radius, belly[1] + radius], outline=ACCENT, width=3)
            draw.ellipse([belly[0] - 3, belly[1] - 3, belly[0] + 3, belly[1] + 3], fill=ACCENT)

    def _page(self, number: int) -> Image.Image:
        """Everything of one step that stands still."""
        step = self.scene.steps[number]
        picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        draw = ImageDraw.Draw(picture)
        for row, line in enumerate(_wrapped(self.title, _serif(26), 380)):
            draw.text((850, 56 + row * 34), line, font=_serif(26), fill=SOFT)
        draw.text((850, 200), step.label, font=_serif(54), fill=ACCENT)
        draw.line([(850, 276), (930, 276)], fill=ACCENT, width=3)
        for row, line in enumerate(_wrapped(step.says, _sans(25), 370)):
            draw.text((850, 300 + row * 38), line, font=_sans(25), fill=INK)
        for n, other in enumerate(self.scene.steps):
            y = 540 + n * 30
            draw.ellipse([850, y + 7, 860, y + 17], fill=ACCENT if n == number else None, outline=ACCENT if n <= number else RULE, width=2)
            draw.text((874, y), other.label, font=_sans(18), fill=INK if n == number else SOFT)
        return picture

    def _card(self, heading: str, below: str) -> Image.Image:
        picture = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        draw = ImageDraw.Draw(picture)
        lines = _wrapped(heading, _serif(76), 1000)
        top = 300 - 45 * (len(lines) - 1)
        for row, line in enumerate(lines):
            draw.text((140, top + row * 90), line, font=_serif(76), fill=INK)
        end = top + len(lines) * 90
        draw.line([(144, end + 22), (264, end + 22)], fill=ACCENT, width=4)
        draw.text((144, end + 44), below, font=_sans(26), fill=SOFT)
        return picture


def _drawn(figure: Figure, lit: str) -> Image.Image:
    """The figure on paper, cut to FIGURE."""
    left, top, right, bottom = FIGURE
    picture = Image.new("RGB", ((right - left) * FINE, (bottom - top) * FINE), PAPER)
    draw = ImageDraw.Draw(picture)

    def fine(points: list[Point]) -> list[Point]:
        return [((x - left) * FINE, (y - top) * FINE) for x, y in points]

    for outline in figure.outlines:  # first every edge, then every inside: only the body's own edge remains
        closed = fine(outline)
        draw.line([*closed, closed[0], closed[1]], fill=INK, width=5 * FINE, joint="curve")
    for outline in figure.outlines:
        draw.polygon(fine(outline), fill=SKIN)
    for name, muscle in figure.muscles.items():
        for line in muscle.lines():
            draw.line(fine(line), fill=ACCENT if name == lit else RULE, width=round((2.6 if name == lit else 1.6) * FINE), joint="curve")
    for x, y in fine(figure.joints):
        radius = 5 * FINE
        draw.ellipse([x - radius, y - radius, x + radius, y + radius], fill=SKIN, outline=SOFT, width=2 * FINE)
    return picture.reduce(FINE)


def _wrapped(text: str, font: Font, width: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
