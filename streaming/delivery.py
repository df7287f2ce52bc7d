"""Addresses of video files that open without a question to the database.

`/v/<token>/<expires>/<asset uuid>/<release>/<path>`: the token is `<grant id>.<mac>`, the mac HMAC-SHA256 (first
160 bits) over asset, grant and expiry under a key derived for this purpose. Playlists are relative, so one signed
base opens every file of one asset and no other. Whoever stands in front may check it the same way: nginx asks the
bare base (it answers 204 or 403) once per base with `auth_request` and keeps the answer (docs/decisions/0004).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

from streaming.models import VideoAsset

TOKEN = re.compile(r"(?P<grant>[0-9]{1,19})\.(?P<mac>[A-Za-z0-9_-]{27})", re.ASCII)
MAC_BYTES = 20


@lru_cache(maxsize=4)
def _derived_key(secret: str) -> bytes:
    return salted_hmac("streaming.delivery", "signed base", secret=secret, algorithm="sha256").digest()


def _mac(asset_uuid: UUID, grant_id: int, expires: int, secret: str) -> str:
    message = f"{asset_uuid}:{grant_id}:{expires}".encode()
    digest = hmac.new(_derived_key(secret), message, hashlib.sha256).digest()[:MAC_BYTES]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def sign(asset_uuid: UUID, *, grant_id: int | None, expires: int) -> str:
    """The token for one asset until `expires` (Unix seconds). Grant 0 is a look by the school's own people."""
    return f"{grant_id or 0}.{_mac(asset_uuid, grant_id or 0, expires, settings.SECRET_KEY)}"


def opens(token: str, expires: int, asset_uuid: UUID) -> bool:
    """Whether `token` opens this asset now. Constant time, no query; keys being rotated out still count."""
    parts = TOKEN.fullmatch(token)
    if parts is None or expires <= time.time():
        return False
    given = parts["mac"]
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(hmac.compare_digest(given, _mac(asset_uuid, int(parts["grant"]), expires, secret)) for secret in secrets)


def signed_base(asset: VideoAsset, *, grant_id: int | None, ttl_s: int = 300) -> str:
    """The address, with a slash at its end, under which `master.m3u8`, `poster.jpg` and all else of `asset` open."""
    expires = int(time.time()) + ttl_s
    return f"/v/{sign(asset.uuid, grant_id=grant_id, expires=expires)}/{expires}/{asset.uuid}/{asset.release}/"
