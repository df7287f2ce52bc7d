"""One caption as every format means it, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from streaming.services.captions.markup import for_subrip

LONGEST_MS = 100 * 3600 * 1000  # what two digits of hours can say
EMPTY_VTT = "WEBVTT\n"
CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):([0-5]?\d)(?:[.,](\d{1,9}))?"
TIME = re.compile(CLOCK, re.ASCII)
# The settings that place a cue; regions and whatever else a file may say are left out.
SETTING = re.compile(
    r"(?:vertical:(?:rl|lr)|line:-?\d{1,3}(?:\.\d{1,3})?%?(?:,(?:start|center|end))?|size:\d{1,3}(?:\.\d{1,3})?%"
    r"|position:\d{1,3}(?:\.\d{1,3})?%(?:,(?:line-left|center|line-right))?|align:(?:start|center|end|left|right))",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Spoken:
    """From when to when, and what is said in the safe subset of WebVTT's markup. `place` is its line or its number."""

    start_ms: int
    end_ms: int
    text: str
    settings: str = ""
    place: int = 0


def milliseconds(time: str) -> int | None:
    """From 1:02.5, 00:01:02,500 or the like; None when it is no time."""
    found = TIME.fullmatch(time.strip())
    return clock_ms(*found.groups()) if found else None


def clock_ms(hours: str | None, minutes: str | None, seconds: str | None, fraction: str | None) -> int | None:
    """None for no time, a minute over 59 under an hour, or a time no film reaches."""
    if minutes is None or seconds is None:
        return None
    if hours is not None and int(minutes) > 59:
        return None
    total = ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int((fraction or "0").ljust(3, "0")[:3])
    return total if total < LONGEST_MS else None


def timestamp(ms: int, separator: str = ".") -> str:
    """01:02:03.004"""
    seconds, rest = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{separator}{rest:03}"


def safe_settings(settings: str) -> str:
    """The known settings of a cue, each once."""
    kept = {part.partition(":")[0]: part for part in settings.split()[:12] if SETTING.fullmatch(part)}
    return " ".join(kept.values())


def to_vtt(cues: Iterable[Spoken]) -> str:
    blocks = [f"{timestamp(cue.start_ms)} --> {timestamp(cue.end_ms)}{' ' if cue.settings else ''}{cue.settings}\n{cue.text}\n" for cue in cues]
    return "\n".join(["WEBVTT\n", *blocks]) if blocks else EMPTY_VTT


def to_srt(cues: Iterable[Spoken]) -> str:
    return "\n".join(
        f"{number}\n{timestamp(cue.start_ms, ',')} --> {timestamp(cue.end_ms, ',')}\n{for_subrip(cue.text)}\n" for number, cue in enumerate(cues, start=1)
    )
