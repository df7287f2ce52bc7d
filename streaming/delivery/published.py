"""The names that packaging, captions and stills write under a release. Nothing else is ever served."""

from __future__ import annotations

import re

RELEASE = "[0-9a-f]{12}"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
CAPTIONS = "captions/[A-Za-z0-9-]{2,12}-[0-9a-f]{8}"  # language, and how the hash of the text begins
# May stand for other bytes tomorrow: read anew each time.
GROWING = f"(?:master[.]m3u8|[0-9]{{1,4}}/(?:index|iframes)[.]m3u8|audio/index[.]m3u8|{CAPTIONS}[.]m3u8|storyboard/storyboard[.]vtt)"
# Names that never stand for other bytes.
LASTING = (
    r"(?:(?:[0-9]{1,4}|audio)/(?:init[.]mp4|seg_[0-9]{5}[.]m4s)"
    rf"|{CAPTIONS}[.]vtt|posters/(?:[0-9]{{1,3}}|own-[0-9a-f]{{8}})[.]jpg|storyboard/[0-9]{{3}}[.]jpg)"
)
PUBLISHED = re.compile(f"{RELEASE}/(?:{GROWING}|{LASTING})", re.ASCII)
IS_LASTING = re.compile(f"{RELEASE}/{LASTING}", re.ASCII)
KEEP_LASTING = "private, max-age=86400, immutable"
KEEP_GROWING = "private, no-cache"
CONTENT_TYPES = {
    "m3u8": "application/vnd.apple.mpegurl",
    "m4s": "video/iso.segment",
    "mp4": "video/mp4",
    "jpg": "image/jpeg",
    "vtt": "text/vtt; charset=utf-8",
}


def content_type(file: str) -> str:
    return CONTENT_TYPES[file.rpartition(".")[2]]


def cache_control(file: str) -> str:
    """`file` begins with its release."""
    return KEEP_LASTING if IS_LASTING.fullmatch(file) else KEEP_GROWING


def in_bucket(file: str) -> str:
    """What the bucket itself says: a CDN may keep for all who may watch what it keeps at all."""
    return "public, max-age=31536000, immutable" if IS_LASTING.fullmatch(file) else "no-cache"
