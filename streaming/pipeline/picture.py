"""A picture someone uploaded as a poster: decoded in a child process that can do no harm, and written anew."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from django.utils.translation import gettext as _

from streaming.pipeline.probe import Refused
from streaming.pipeline.sandbox import GB, ChildFailed, Limits, run_child

CHILD = Path(__file__).with_name("picture_child.py")
MAX_BYTES = 15_000_000
LIMITS = Limits(memory_bytes=GB, cpu_s=20, file_bytes=MAX_BYTES, timeout_s=30)


def poster_from(data: bytes, folder: Path) -> bytes:
    """`data` as an upright JPEG of at most 1280 pixels, without its metadata. `folder` is empty and private.

    Raises Refused with a sentence for everything that is no JPEG, PNG or WebP picture of a sensible size.
    """
    if len(data) > MAX_BYTES:
        raise _refusal("too_large")
    source, target = folder / "source", folder / "poster.jpg"
    source.write_bytes(data)
    try:
        printed, _tail = run_child([sys.executable, "-I", str(CHILD), source.name, target.name], folder=folder, limits=LIMITS)
    except ChildFailed as failure:
        raise _refusal("unreadable") from failure
    found = json.loads(printed)
    if code := found.pop("refused", ""):
        raise _refusal(code, **found)
    return target.read_bytes()


def _refusal(code: str, **details: int) -> Refused:
    sentences = {
        "too_large": _("The picture is larger than 15 MB. Save it at a lower quality and upload that."),
        "unreadable": _("This is not a picture we can read. Upload a JPEG, PNG or WebP file."),
        "too_many_pixels": _("The picture is %(width)s × %(height)s, more than 40 million pixels. Make it smaller and upload that."),
        "too_small": _("The picture is %(width)s × %(height)s, too small for a poster. Upload one of at least 640 × 360."),
    }
    return Refused(code, sentences[code] % details)
