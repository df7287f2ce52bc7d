"""Addresses of a video's files, by the way they are delivered."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.http.response import HttpResponseBase

from streaming.delivery import cloudfront
from streaming.delivery.passes import sign
from streaming.models import VideoAsset

LONGEST_S = 300  # nobody whose grant ended watches on for longer
COOKIE = "video"


@dataclass(frozen=True)
class Cookie:
    name: str
    value: str


@dataclass(frozen=True)
class Address:
    """A folder of files. `base` has a slash at its end; `cookies` must reach the browser with it (`set_cookies`).

    At `expires_at` it opens nothing any more.
    """

    base: str
    cookies: tuple[Cookie, ...]
    expires_at: datetime


def address_for(asset: VideoAsset, *, grant_id: int | None, ttl_s: int = LONGEST_S, native: bool = False) -> Address:
    """The address of the current release of `asset` for `ttl_s` seconds. Asks no database.

    `grant_id` None is a look by the school's own people, the only ones who may have it for more than five minutes.
    """
    if grant_id is not None and ttl_s > LONGEST_S:
        raise ValueError(f"An address under a grant lives {LONGEST_S} seconds at most.")
    ends = int(time.time()) + ttl_s
    expires_at = datetime.fromtimestamp(ends, UTC)
    if settings.VIDEO_DELIVERY == "cloudfront":
        signed = cloudfront.signed_cookies(asset, ends=ends)
        return Address(f"/{asset.prefix}/", tuple(Cookie(name, value) for name, value in signed.items()), expires_at)
    expires = ends - 1  # a pass opens in its last second too
    token = sign(asset.uuid, grant_id=grant_id, expires=expires)
    if native:
        return Address(f"/v/native/{asset.uuid}/{asset.release}/", (Cookie(COOKIE, f"{token}.{expires}"),), expires_at)
    return Address(f"/v/{token}/{expires}/{asset.uuid}/{asset.release}/", (), expires_at)


def signed_base(asset: VideoAsset, *, grant_id: int | None, ttl_s: int = LONGEST_S) -> str:
    """The address with the pass in its path, whoever delivers: for single pictures in lists, where cookies would pile up."""
    expires = int(time.time()) + ttl_s - 1
    return f"/v/{sign(asset.uuid, grant_id=grant_id, expires=expires)}/{expires}/{asset.uuid}/{asset.release}/"


def set_cookies(response: HttpResponseBase, address: Address) -> None:
    """Let the browser send what `address` needs, to its own path alone."""
    for cookie in address.cookies:
        response.set_cookie(
            cookie.name,
            cookie.value,
            expires=address.expires_at,
            path=address.base,
            secure=settings.HTTPS,
            httponly=True,
            samesite="Strict",
        )
