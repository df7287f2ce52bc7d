"""From the bytes of a stranger's file, or the rows of the editor, to captions in order, or to everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import webvtt
from django.utils.translation import gettext as _

from streaming.services.captions.decoding import text_of
from streaming.services.captions.errors import CaptionsUnusable
from streaming.services.captions.formats import Found, kind_of, read_sbv, read_timed
from streaming.services.captions.markup import plain
from streaming.services.captions.spoken import Spoken, timestamp, to_vtt
from streaming.services.captions.ttml import read_ttml

MAX_BYTES = 2_000_000
MOST_CUES = 5_000
SMALL_OVERLAP_MS = 500
FASTEST = 20  # characters a second; most people read 15 to 17
LONG_SILENCE_MS = 60_000


@dataclass(frozen=True)
class Reading:
    """Cleaned captions in order of time, and what deserves a look; each remark begins with its line or number."""

    cues: list[Spoken]
    remarks: list[str]


def read_captions(data: bytes, *, language: str, duration_ms: int | None = None) -> Reading:
    """What a caption file of any known kind says. Raises CaptionsUnusable with every fault and its line."""
    if len(data) > MAX_BYTES:
        raise CaptionsUnusable(_("The caption file is larger than 2 MB. Upload the captions alone."))
    text, guessed = text_of(data, language)
    kind = kind_of(text)
    if not kind:
        raise CaptionsUnusable(_("This file holds no captions we can read. Upload WebVTT, SRT, SBV or TTML, as caption programs write them."))
    found = read_ttml(text) if kind == "ttml" else read_sbv(text) if kind == "sbv" else read_timed(text, is_vtt=kind == "vtt")
    if found.problems:
        raise CaptionsUnusable([line_words(line, why) for line, why in sorted(found.problems)])
    if not found.cues:
        raise CaptionsUnusable(_("The file holds no captions. Each needs a line like 00:01:02.500 --> 00:01:05.000 and a line of text."))
    if len(found.cues) > MOST_CUES:
        raise CaptionsUnusable(_("The file holds more than 5,000 captions. Join short ones, or split the film."))
    cues, changed = tidied(found.cues)
    remarks = sorted([*found.remarks, *changed, *oddities(cues, duration_ms)])
    told = [line_words(line, why) for line, why in remarks]
    if guessed:
        told.insert(
            0, _("The file does not say its encoding. It was read as %(name)s; look whether accents and special letters are right.") % {"name": guessed}
        )
    check_again(cues)
    return Reading(cues, told)


def line_words(line: int, why: str) -> str:
    return _("Line %(line)s: %(why)s") % {"line": line, "why": why}


def check_again(cues: Sequence[Spoken]) -> None:
    """Another reader must find the same in what we write; else the fault is ours."""
    written = webvtt.from_string(to_vtt(cues))
    if len(written.captions) != len(cues):
        raise RuntimeError(f"{len(cues)} captions were written and {len(written.captions)} read back.")


def tidied(cues: Iterable[Spoken]) -> tuple[list[Spoken], list[tuple[int, str]]]:
    """In order of time, each once, with the small overlaps of automatic captions taken back; and what was changed."""
    given = list(cues)
    ordered = sorted(given, key=lambda cue: (cue.start_ms, cue.end_ms))
    changed = [(after.place, _("this caption starts before the one above it; it was moved to its place in time.")) for before, after in _disorder(given)]
    kept: list[Spoken] = []
    for cue in ordered:
        last = kept[-1] if kept else None
        if last and (last.start_ms, last.end_ms, last.text) == (cue.start_ms, cue.end_ms, cue.text):
            changed.append((cue.place, _("this caption is there twice; one is left out.")))
            continue
        if last and last.start_ms < cue.start_ms < last.end_ms <= cue.start_ms + SMALL_OVERLAP_MS:
            kept[-1] = replace(last, end_ms=cue.start_ms)
        kept.append(cue)
    return kept, changed


def _disorder(cues: Sequence[Spoken]) -> list[tuple[Spoken, Spoken]]:
    return [(before, after) for before, after in pairwise(cues) if after.start_ms < before.start_ms]


def oddities(cues: Sequence[Spoken], duration_ms: int | None) -> list[tuple[int, str]]:
    """What may be meant but rarely is: (place, sentence). Nothing here stops anybody from saving."""
    found = []
    said_until = 0
    for cue in cues:
        speed = len(plain(cue.text).replace("\n", " ")) * 1000 / (cue.end_ms - cue.start_ms)
        if speed > FASTEST:
            found.append((cue.place, _("%(speed)d characters a second are more than most people can read; 20 is a good limit.") % {"speed": round(speed)}))
        if duration_ms and cue.end_ms > duration_ms + 500:
            found.append((cue.place, _("the caption lasts beyond the end of the film (%(end)s).") % {"end": timestamp(duration_ms)}))
        if cue.start_ms < said_until:
            found.append((cue.place, _("the caption is shown together with the one before it.")))
        elif cue.start_ms - said_until > LONG_SILENCE_MS:
            found.append((cue.place, _("nothing is written for %(seconds)d seconds before it.") % {"seconds": (cue.start_ms - said_until) // 1000}))
        said_until = max(said_until, cue.end_ms)
    return found


def read_rows(rows: Sequence[tuple[int | None, int | None, str, str]]) -> list[Spoken]:
    """The editor's rows (start, end, text, settings), cleaned. Empty ones go. Raises CaptionsUnusable naming each wrong one."""
    if len(rows) > MOST_CUES:
        raise CaptionsUnusable(_("There are more than 5,000 captions. Join short ones, or split the film."))
    found = Found()
    for number, (start, end, text, settings) in enumerate(rows, start=1):
        if text.strip():
            found.add(start, end, text, settings, number)
    if found.problems:
        raise CaptionsUnusable([_("Caption %(number)s: %(why)s") % {"number": number, "why": why} for number, why in found.problems])
    cues, _changed = tidied(found.cues)
    check_again(cues)
    return cues
