"""A bucket with nothing in front: the app checks, and the bucket serves segments under addresses that it checks itself.

Our player asks the app for each segment and is led to a presigned address, so that it is never given one that outlives its pass.
A browser's own player cannot be led on its way in time: it gets a playlist with every address in it, signed once for all who watch in
the same half hour. Either costs a tenth of a millisecond or more a segment, and so this way is never the default.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

from streaming.delivery.published import IS_LASTING
from streaming.gathering import BucketGathering, gathering
from streaming.stores import store

# A browser's own player reads a finished playlist once, so its addresses must last as long as one sits before a film.
NATIVE_S = 4 * 3600
STEP_S, NATIVE_STEP_S = 30, 1800
URI = re.compile(r'(?<=URI=")[^"\r\n]+(?=")|^(?!#)[^\r\n]+', re.MULTILINE)


@lru_cache(maxsize=4096)
def presigned(key: str, *, until: int) -> str:
    """The bucket's address of one file, until `until` (Unix seconds); signed once for all who share that end."""
    place = gathering()
    if not isinstance(place, BucketGathering):
        raise ImproperlyConfigured("VIDEO_DELIVERY=s3 serves from a bucket.")
    return place.address_to_read(key, max(1, until - int(time.time())))


def until_for(expires: int, *, native: bool) -> int:
    """Until when addresses handed out under a pass last: never longer than the pass, or long enough for a film.

    Rounded down, so that many viewers share one signed playlist.
    """
    now = int(time.time())
    wanted, step = (now + NATIVE_S, NATIVE_STEP_S) if native else (expires, STEP_S)
    return max(wanted - wanted % step, now + 1)


@lru_cache(maxsize=64)
def signed_playlist(asset_uuid: UUID, file: str, etag: str, until: int) -> bytes:
    """The playlist at `file` (as it was under `etag`) with every segment and caption in it presigned."""
    key, folder = f"video/{asset_uuid}/{file}", file.rpartition("/")[0]
    body = store().read(key, 0, 1 << 24)
    try:
        text = body.read().decode()
    finally:
        body.close()

    def sign(match: re.Match[str]) -> str:
        wanted = f"{folder}/{match[0]}"
        return presigned(f"video/{asset_uuid}/{wanted}", until=until) if IS_LASTING.fullmatch(wanted) else match[0]

    return URI.sub(sign, text).encode()
