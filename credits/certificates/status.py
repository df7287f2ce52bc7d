"""Bitstring Status Lists: which credentials no longer hold, for wallets that do not read pages."""

from __future__ import annotations

import base64
import gzip
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from core import clock
from credits.certificates.credential import issuer_id, signed, status_list_url
from credits.certificates.keys import signing_key
from credits.models import Certificate, StatusList

FRESH_FOR = timedelta(days=1)
TTL = timedelta(minutes=5)

# A replaced credential no longer holds either; its page says by what it was replaced.
SET_WHEN = {
    "revocation": (Certificate.State.REVOKED, Certificate.State.SUPERSEDED),
    "suspension": (Certificate.State.SUSPENDED,),
}


def free_place() -> tuple[StatusList, int]:
    """A list with room and a random index in it. Taking it is the caller's insert: the pair is unique in the database."""
    newest = StatusList.objects.order_by("-number").first()
    if newest is None or newest.certificates.count() >= StatusList.FULL_AT:
        number = newest.number + 1 if newest else 1
        try:
            with transaction.atomic():
                newest = StatusList.objects.create(number=number)
        except IntegrityError:  # another process opened it
            newest = StatusList.objects.get(number=number)
    return newest, secrets.randbelow(StatusList.SIZE)


def status_list_jwt(*, status_list: StatusList, purpose: str) -> str:
    """The signed list as it stands now."""
    now: datetime = clock.now().replace(microsecond=0)
    places = status_list.certificates.filter(state__in=SET_WHEN[purpose]).values_list("status_list_index", flat=True)
    url = status_list_url(status_list.number, purpose)
    body = {
        "@context": ["https://www.w3.org/ns/credentials/v2"],
        "id": url,
        "type": ["VerifiableCredential", "BitstringStatusListCredential"],
        "issuer": issuer_id(),
        "validFrom": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "validUntil": (now + FRESH_FOR).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "credentialSubject": {
            "id": f"{url}#list",
            "type": "BitstringStatusList",
            "statusPurpose": purpose,
            "encodedList": encoded(places),
            "ttl": int(TTL.total_seconds() * 1000),
        },
    }
    return signed(body, issued_at=now, key=signing_key())


def encoded(places: Iterable[int]) -> str:
    """The list with the bits at `places` set; bit 0 is the most significant bit of the first byte."""
    bits = bytearray(StatusList.SIZE // 8)
    for place in places:
        bits[place // 8] |= 0x80 >> (place % 8)
    return "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bits), mtime=0)).decode().rstrip("=")
