"""The certificate as an Open Badges 3.0 credential in compact JWT form (decision 0007: VC-JWT, ES256).

Nothing private is in it: no licence number, no address, no score. The same bytes are embedded in the PDF and served.
"""

from __future__ import annotations

import json
import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from joserfc import jws

from credits.certificates.keys import LoadedKey
from credits.certificates.sheet import approval_line, units_line
from credits.models import Certificate

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]
PURPOSES = ("revocation", "suspension")


def issuer_id() -> str:
    return f"{settings.SITE_URL}/c/issuer.json"


def issuer_profile() -> dict[str, Any]:
    """Who issues, as embedded in each credential and served at `issuer_id`."""
    return {"id": issuer_id(), "type": ["Profile"], "name": settings.SCHOOL_NAME, "url": settings.SITE_URL}


def key_url(kid: str) -> str:
    return f"{settings.SITE_URL}/c/keys/{kid}.json"


def status_list_url(number: int, purpose: str) -> str:
    return f"{settings.SITE_URL}/c/status/{number}/{purpose}.jwt"


def credential_jwt(*, snapshot: dict[str, Any], certificate: Certificate, list_number: int, issued_at: datetime, key: LoadedKey) -> str:
    """The signed credential for what `snapshot` prints."""
    subject = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, certificate.public_url)}"
    body = {
        "@context": CONTEXT,
        "id": certificate.public_url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "issuer": issuer_profile(),
        "validFrom": issued_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "name": snapshot["title"],
        "credentialSubject": {
            "id": subject,
            "type": ["AchievementSubject"],
            "identifier": [{"type": "IdentityObject", "identityHash": snapshot["name"], "identityType": "name", "hashed": False}],
            "activityEndDate": f"{snapshot['completed_on']}T00:00:00Z",
            **({"creditsEarned": float(snapshot["units"])} if snapshot["units"] else {}),
            "achievement": _achievement(snapshot),
        },
        "credentialStatus": [_status_entry(certificate, list_number, purpose) for purpose in PURPOSES],
    }
    return signed({**body, "sub": subject}, issued_at=issued_at, key=key)


def signed(body: dict[str, Any], *, issued_at: datetime, key: LoadedKey) -> str:
    """`body` as a compact JWT with the claims a verifier compares: iss, jti, nbf."""
    issuer = body["issuer"]["id"] if isinstance(body["issuer"], dict) else body["issuer"]
    payload = {**body, "iss": issuer, "jti": body["id"], "nbf": int(issued_at.timestamp())}
    header = {"alg": "ES256", "kid": key_url(key.row.kid), "typ": "JWT"}
    return jws.serialize_compact(header, json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode(), key.jwk, algorithms=["ES256"])


def _achievement(snapshot: dict[str, Any]) -> dict[str, Any]:
    facts = ". ".join(part for part in (units_line(snapshot), approval_line(snapshot), snapshot["course_type"]) if part)
    achievement: dict[str, Any] = {
        "id": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, '|'.join((issuer_id(), snapshot['title'], facts)))}",
        "type": ["Achievement"],
        "achievementType": "CertificateOfCompletion",
        "name": snapshot["title"],
        "description": f"{facts}.",
        "criteria": {"narrative": "The whole course watched and its examination passed." if snapshot["kind"] == "achievement" else "Attended in full."},
        "creator": issuer_profile(),
    }
    if snapshot["units"]:
        achievement["creditsAvailable"] = float(snapshot["units"])
    if snapshot["approval_board_url"]:
        target = {"type": ["Alignment"], "targetName": snapshot["approval_board"], "targetUrl": snapshot["approval_board_url"]}
        achievement["alignment"] = [{**target, **({"targetCode": snapshot["approval_number"]} if snapshot["approval_number"] else {})}]
    return achievement


def _status_entry(certificate: Certificate, list_number: int, purpose: str) -> dict[str, Any]:
    url = status_list_url(list_number, purpose)
    return {
        "id": f"{url}#{certificate.status_list_index}",
        "type": "BitstringStatusListEntry",
        "statusPurpose": purpose,
        "statusListIndex": str(certificate.status_list_index),
        "statusListCredential": url,
    }
