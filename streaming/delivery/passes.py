"""The pass that opens one video for a few minutes: one format, in the path or in a cookie, for the app and for nginx.

`<grant>.<key>.<mac>` and when it ends, in Unix seconds. The mac is MD5 over expiry, asset, grant, the key's name and, last,
a secret of 256 bits derived from SECRET_KEY for this purpose alone: what nginx's `secure_link` can compute. Decision 0020
says why that is sound here. The key's name lets nginx and the app hold the old key and the new while one is rotated out.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import time
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.utils.crypto import salted_hmac

# The last of 22 letters carries two bits of the mac; the other four must be zero, or one mac could be written in 16 ways.
GRANT, KEY, MAC, EXPIRES = "[0-9]{1,19}", "[0-9a-f]{6}", "[A-Za-z0-9_-]{21}[AQgw]", "[0-9]{1,12}"
TOKEN = re.compile(rf"(?P<grant>{GRANT})[.](?P<key>{KEY})[.](?P<mac>{MAC})", re.ASCII)
CARRIED = re.compile(rf"(?P<token>{GRANT}[.]{KEY}[.]{MAC})[.](?P<expires>{EXPIRES})", re.ASCII)


@dataclass(frozen=True)
class Key:
    name: str
    secret: str


@lru_cache(maxsize=8)
def _derived(secret_key: str) -> Key:
    secret = salted_hmac("streaming.delivery", "video pass", secret=secret_key, algorithm="sha256").hexdigest()
    return Key(hashlib.sha256(secret.encode()).hexdigest()[:6], secret)


def keys() -> list[Key]:
    """The key that signs, then those being rotated out."""
    return [_derived(secret_key) for secret_key in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]]


def _mac(asset_uuid: UUID, grant: str, expires: int, key: Key) -> str:
    message = f"{expires}:{asset_uuid}:{grant}:{key.name} {key.secret}".encode()
    digest = hashlib.md5(message, usedforsecurity=False).digest()  # nginx knows no other; the secret at the end makes it a mac (decision 0020)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def sign(asset_uuid: UUID, *, grant_id: int | None, expires: int) -> str:
    """The token for one asset until `expires` (Unix seconds). Grant 0 is a look by the school's own people."""
    key, grant = keys()[0], str(grant_id or 0)
    return f"{grant}.{key.name}.{_mac(asset_uuid, grant, expires, key)}"


def opens(token: str, expires: int, asset_uuid: UUID) -> bool:
    """Whether `token` opens this asset now, the second `expires` included. Constant time, no query."""
    parts = TOKEN.fullmatch(token)
    if parts is None or expires < int(time.time()):
        return False
    return any(hmac.compare_digest(parts["mac"], _mac(asset_uuid, parts["grant"], expires, key)) for key in keys() if key.name == parts["key"])
