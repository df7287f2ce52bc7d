"""The school's signature under a manifest, made with the key that signs certificates."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives import serialization
from django.conf import settings
from joserfc import jws

from credits.certificates.credential import key_url
from credits.certificates.keys import LoadedKey


def sign_manifest(text: bytes, *, key: LoadedKey) -> str:
    """A compact JWS of `text`; `kid` is the address at which the public key stays published."""
    header = {"alg": "ES256", "kid": key_url(key.row.kid), "typ": "JOSE"}
    return jws.serialize_compact(header, text, key.jwk, algorithms=["ES256"])


def signer_facts(key: LoadedKey) -> dict[str, Any]:
    """Who signs, as the manifest says it."""
    certificate = key.chain[0].public_bytes(serialization.Encoding.PEM).decode()
    return {"kid": key.row.kid, "keys": f"{settings.SITE_URL}/c/keys.json", "certificate": certificate}
