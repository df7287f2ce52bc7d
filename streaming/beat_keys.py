"""The secret an open player signs its beats with, so that a beat needs neither a cookie check nor a query to be trusted.

`<user key>.<mac>`: HMAC-SHA256 over the session's token, the person and the browser's login cookie. It is handed out
once, when the player opens, and sent in the body of each beat. A page of another site cannot know it (so no CSRF
token is needed, and `sendBeacon` can carry it); in another browser, or after signing out, it opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

KEY = re.compile(r"([0-9]{1,18})\.([A-Za-z0-9_-]{43})", re.ASCII)


@lru_cache(maxsize=4)
def _derived_key(secret: str | bytes) -> bytes:
    return salted_hmac("streaming.beat_keys", "beat key", secret=secret, algorithm="sha256").digest()


def _mac(token: UUID, user_id: int, login: str, secret: str | bytes) -> str:
    digest = hmac.digest(_derived_key(secret), f"{token}:{user_id}:{login}".encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def make_beat_key(request: HttpRequest, token: UUID, user_id: int) -> str:
    return f"{user_id}.{_mac(token, user_id, _login(request), settings.SECRET_KEY)}"


def user_of_beat_key(request: HttpRequest, token: UUID, key: str) -> int | None:
    """The person `key` speaks for on this session and in this browser, or None."""
    parts = KEY.fullmatch(key)
    if parts is None:
        return None
    user_id = int(parts[1])
    for secret in [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]:
        if hmac.compare_digest(parts[2], _mac(token, user_id, _login(request), secret)):
            return user_id
    return None


def _login(request: HttpRequest) -> str:
    return request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
