"""Captions of an asset."""

from __future__ import annotations

import hashlib
import html
import re

import webvtt
from django.db import transaction
from django.utils.translation import gettext as _
from webvtt.errors import MalformedCaptionError, MalformedFileError

from core.errors import DomainError
from streaming.models import Caption, Cue, VideoAsset
from streaming.stores import store

MAX_BYTES = 2_000_000
TIMING = re.compile(r"((?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3})[ \t]+-->[ \t]+((?:\d{2,}:)?[0-5]\d:[0-5]\d\.\d{3})(?:[ \t]+\S.*)?")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class CaptionsUnusable(DomainError):
    code = "captions_unusable"


def cleaned_vtt(data: bytes) -> str:
    """`data` as WebVTT text with plain line ends. Raises CaptionsUnusable naming the line and what to change there."""
    if len(data) > MAX_BYTES:
        raise CaptionsUnusable(_("The caption file is larger than 2 MB. Upload the WebVTT file alone."))
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise _at(data[: error.start].count(b"\n") + 1, _("a character is not in UTF-8. Save the file as UTF-8 and upload it again.")) from error
    lines = text.split("\n")
    if not re.fullmatch(r"WEBVTT([ \t].*)?", lines[0]):
        raise _at(1, _("the file must begin with the word WEBVTT. If it is an SRT file, save it as WebVTT first."))
    before = 0
    cues = 0
    for number, line in enumerate(lines, start=1):
        if "-->" not in line:
            continue
        timing = TIMING.fullmatch(line.strip())
        if timing is None:
            raise _at(number, _("“%(line)s” is not a time like 00:01:02.500 --> 00:01:05.000.") % {"line": line.strip()[:60]})
        start, end = milliseconds(timing[1]), milliseconds(timing[2])
        if end <= start:
            raise _at(number, _("the caption ends before it starts. Swap or correct the two times."))
        if start < before:
            raise _at(number, _("the caption starts before the one above it. Put the captions in order."))
        before, cues = start, cues + 1
    if cues == 0:
        raise CaptionsUnusable(_("The file holds no captions. Each needs a line like 00:01:02.500 --> 00:01:05.000 and a line of text."))
    try:
        webvtt.from_string(text)
    except (MalformedFileError, MalformedCaptionError) as error:
        raise CaptionsUnusable(_("The caption file cannot be read: %(why)s Correct it and upload it again.") % {"why": error}) from error
    return text.rstrip("\n") + "\n"


def milliseconds(timestamp: str) -> int:
    clock, _dot, rest = timestamp.partition(".")
    total = 0
    for part in clock.split(":"):
        total = total * 60 + int(part)
    return total * 1000 + int(rest)


def _at(line: int, why: str) -> CaptionsUnusable:
    return CaptionsUnusable(_("Line %(line)s: %(why)s") % {"line": line, "why": why})


def save_caption(*, asset: VideoAsset, language: str, label: str, data: bytes) -> Caption:
    """Keep the captions of one language, in place of older ones of that language."""
    if not LANGUAGE.fullmatch(language) or len(language) > 12:
        raise CaptionsUnusable(_("“%(language)s” is not a language code. Use one such as en or es-MX.") % {"language": language})
    text = cleaned_vtt(data)
    values = {"label": label, "vtt": text, "digest": hashlib.sha256(text.encode()).hexdigest()[:8]}
    with transaction.atomic():
        caption, _created = Caption.objects.update_or_create(asset=asset, language=language, defaults=values)
        caption.cues.all().delete()
        Cue.objects.bulk_create(
            Cue(caption=caption, number=number, start_ms=milliseconds(cue.start), end_ms=milliseconds(cue.end), text=html.unescape(cue.text))
            for number, cue in enumerate(webvtt.from_string(text).captions, start=1)
        )
    write_captions(asset=asset)
    return caption


def remove_caption(*, caption: Caption) -> None:
    key = f"{caption.asset.prefix}/{caption.path}"
    caption.delete()
    if caption.asset.release:
        store().delete_tree(key)


def write_captions(*, asset: VideoAsset) -> None:
    """Write the captions beside the film players see now. Called after either changes, so the later call sees both."""
    release = VideoAsset.objects.values_list("release", flat=True).get(pk=asset.pk)
    if not release:
        return
    for caption in asset.captions.exclude(digest=""):
        store().put_bytes(f"video/{asset.uuid}/{release}/{caption.path}", caption.vtt.encode(), "text/vtt")
