"""Signed cookies of CloudFront: a policy over one release of one video, signed with the school's RSA key.

The distribution serves the school's own name: its behaviour `/video/*` leads to the bucket and asks for signed cookies,
everything else leads to the site. So cookies stay on one host, and no request crosses an origin.
"""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from django.conf import settings

from streaming.models import VideoAsset


@lru_cache(maxsize=2)
def private_key(path: str) -> RSAPrivateKey:
    """The key in the PEM file at `path`. Raises OSError, or ValueError or TypeError when there is no plain RSA key in it."""
    key = load_pem_private_key(Path(path).read_bytes(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("Not an RSA key.")
    return key


def _sign(policy: bytes) -> bytes:
    return private_key(settings.VIDEO_CLOUDFRONT_KEY_FILE).sign(policy, PKCS1v15(), hashes.SHA1())  # noqa: S303  # CloudFront knows no other


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode().translate(str.maketrans("+=/", "-_~"))


def signed_cookies(asset: VideoAsset, *, ends: int) -> dict[str, str]:
    """The three cookies that open `/video/<uuid>/<release>/*` until `ends` (Unix seconds)."""
    resource = f"{settings.SITE_URL}/{asset.prefix}/*"
    statement = {"Resource": resource, "Condition": {"DateLessThan": {"AWS:EpochTime": ends}}}
    policy = json.dumps({"Statement": [statement]}, separators=(",", ":")).encode()  # CloudFront allows no blanks
    return {
        "CloudFront-Policy": _encode(policy),
        "CloudFront-Signature": _encode(_sign(policy)),
        "CloudFront-Key-Pair-Id": settings.VIDEO_CLOUDFRONT_KEY_ID,
    }
