"""The same file twice: a quick fingerprint before an upload, the whole checksum after it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from streaming.models import VideoAsset

END_BYTES = 1024 * 1024


def fingerprint_of(size: int, read: Callable[[int, int], bytes]) -> str:
    """SHA-256 of the size, the first and the last megabyte; `read(first, length)`. static/js/upload.js says the same."""
    length = min(size, END_BYTES)
    digest = hashlib.sha256(f"{size}:".encode())
    digest.update(read(0, length))
    digest.update(read(size - length, length))
    return digest.hexdigest()


def same_file(*, sha256: str = "", fingerprint: str = "", by: Any = None, other_than: VideoAsset | None = None) -> VideoAsset | None:
    """The oldest whole asset made from this file, or None. With `by`, only of those that person may see.

    A checksum is proof, a fingerprint a likelihood. An asset that could not be prepared is none to use instead.
    """
    if not (sha256 or fingerprint):
        return None
    assets = VideoAsset.objects.visible_to(by) if by is not None else VideoAsset.objects.all()
    if other_than is not None:
        assets = assets.exclude(pk=other_than.pk)
    known = assets.filter(sha256=sha256) if sha256 else assets.filter(fingerprint=fingerprint)
    return known.exclude(state__in=[VideoAsset.State.UPLOADING, VideoAsset.State.FAILED]).order_by("created_at", "pk").first()
