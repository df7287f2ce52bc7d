"""WebVTT, SubRip and SBV, line by line, so that every fault has its line. The kind is told by what is in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from streaming.services.captions.errors import MOST_LISTED
from streaming.services.captions.markup import plain, safe
from streaming.services.captions.spoken import CLOCK, Spoken, clock_ms, safe_settings

SBV_TIMES = re.compile(rf"\s*{CLOCK}\s*,\s*{CLOCK}\s*", re.ASCII)
TIMES = re.compile(rf"\s*{CLOCK}\s*--?>\s*{CLOCK}(?:\s+(.*))?", re.ASCII)
# The position of SubRip's own dialect; only "above" has a use here.
PLACED = re.compile(r"\{\\an([1-9])\}|\{\\[^{}]{0,60}\}")
ABOVE = {"7", "8", "9"}
NOT_SPOKEN = re.compile(r"(?:NOTE|STYLE|REGION)(?:[ \t].*)?")
LONGEST_TEXT = 2000


@dataclass
class Found:
    """What a file holds: its cues, what is wrong with it by line, and what was left out of it."""

    cues: list[Spoken] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)
    remarks: list[tuple[int, str]] = field(default_factory=list)

    def add(self, start: int | None, end: int | None, text: str, settings: str, line: int) -> None:
        """Take in a cue, or note why it cannot be one."""
        if start is None or end is None:
            self.problems.append((line, _("this is not a time like 00:01:02.500 --> 00:01:05.000 (minutes and seconds up to 59).")))
        elif end <= start:
            self.problems.append((line, _("the caption ends before it starts. Swap or correct the two times.")))
        elif len(text := safe(text)) > LONGEST_TEXT:
            self.problems.append((line, _("the caption is longer than 2,000 characters. Split it.")))
        elif not plain(text):
            self.remarks.append((line, _("this caption has no text and is left out.")))
        else:
            self.cues.append(Spoken(start, end, text, safe_settings(settings), line))


def kind_of(text: str) -> str:
    """ "vtt", "ttml", "sbv" or "srt"; "" when it is none of them."""
    head = text.lstrip()
    if re.match(r"WEBVTT(?:\s|\Z)", head):
        return "vtt"
    if head.startswith("<") and re.search(r"<(?:[\w.-]{1,40}:)?tt[\s>/]", head[:20_000]):
        return "ttml"
    for line in text.split("\n"):
        if SBV_TIMES.fullmatch(line):
            return "sbv"
        if TIMES.fullmatch(line) or "-->" in line:
            return "srt"
    return ""


def read_sbv(text: str) -> Found:
    found = Found()
    for line, head, body in _blocks(text.split("\n"), lambda row: bool(SBV_TIMES.fullmatch(row)), found, is_vtt=False):
        times = SBV_TIMES.fullmatch(head)
        parts = times.groups() if times else (None,) * 8
        found.add(clock_ms(*parts[:4]), clock_ms(*parts[4:]), "\n".join(body).replace("[br]", "\n"), "", line)
    return found


def read_timed(text: str, *, is_vtt: bool) -> Found:
    """WebVTT, or SubRip."""
    found = Found()
    for line, head, body in _blocks(text.split("\n"), lambda row: "-->" in row or bool(TIMES.fullmatch(row)), found, is_vtt=is_vtt):
        times = TIMES.fullmatch(head)
        said, settings = "\n".join(body), (times[9] or "") if times else ""
        if not is_vtt:
            settings = "line:0" if any(place[1] in ABOVE for place in PLACED.finditer(said)) else ""
            said = PLACED.sub("", said)
        parts = times.groups() if times else (None,) * 9
        found.add(clock_ms(*parts[:4]), clock_ms(*parts[4:8]), said, settings, line)
    return found


def _blocks(lines: list[str], is_times: Callable[[str], bool], found: Found, *, is_vtt: bool) -> Iterator[tuple[int, str, list[str]]]:
    """Each line of times (counted from 1) with the lines of text below it. Text that has no times above it is a problem.

    Nothing is read behind as many problems as are told.
    """
    at = _after(lines, 0) if is_vtt else 0
    while at < len(lines) and len(found.problems) < MOST_LISTED:
        line = lines[at]
        if is_times(line):
            end = at + 1
            while end < len(lines) and lines[end].strip() and not is_times(lines[end]):
                end += 1
            body = lines[at + 1 : end]
            if end < len(lines) and is_times(lines[end]) and body and body[-1].strip().isdecimal() and not is_vtt:
                body = body[:-1]  # the next one's number: the empty line between them is missing
            yield at + 1, line, body
            at = end
        elif not line.strip():
            at += 1
        elif is_vtt and NOT_SPOKEN.fullmatch(line):
            at = _after(lines, at)
        elif at + 1 < len(lines) and is_times(lines[at + 1]):
            at += 1  # the name or number of the next one
        else:
            if not line.strip().isdecimal():
                found.problems.append((at + 1, _("this text has no time above it. Write one, or remove the empty line that parts it from its caption.")))
            at = _after(lines, at)


def _after(lines: list[str], at: int) -> int:
    """The next empty line."""
    while at < len(lines) and lines[at].strip():
        at += 1
    return at
