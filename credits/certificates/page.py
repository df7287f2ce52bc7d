"""What the public page and its JSON say about a certificate. Nothing here is private (a test reads every byte of both)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from credits.certificates.names import direction_of
from credits.certificates.sheet import long_date, short_name, units_line, zone_name
from credits.models import Certificate


@dataclass(frozen=True)
class PublicPage:
    """`tone` is ok, warn or bad. `facts` is empty when the holder shows the status only, or the data were removed."""

    tone: str
    headline: str
    sentence: str
    since: datetime | None
    facts: list[tuple[str, str]] = field(default_factory=list)
    name: str = ""
    name_dir: str = "ltr"
    heading: str = ""
    title: str = ""
    successor: str = ""
    predecessor: str = ""


def page_of(certificate: Certificate) -> PublicPage:
    """Expects `with_page()`; runs no query."""
    tone, headline, sentence, since = _standing(certificate)
    successor = getattr(certificate, "superseded_by", None) if certificate.state == Certificate.State.SUPERSEDED else None
    base: dict[str, Any] = {
        "tone": tone,
        "headline": headline,
        "sentence": sentence,
        "since": since,
        "successor": successor.get_absolute_url() if successor else "",
    }
    if certificate.is_status_only or certificate.purged_at or not certificate.snapshot:
        return PublicPage(**base)
    snapshot = certificate.snapshot
    old = certificate.supersedes
    return PublicPage(
        **base,
        name=snapshot["name"],
        name_dir=direction_of(snapshot["name"]),
        heading=snapshot["heading"],
        title=snapshot["title"],
        facts=_facts(certificate, snapshot),
        predecessor=old.get_absolute_url() if old and old.is_made else "",
    )


def machine_facts(certificate: Certificate) -> dict[str, Any]:
    """The same for machines, with stable keys. Dates are ISO 8601."""
    successor = getattr(certificate, "superseded_by", None) if certificate.state == Certificate.State.SUPERSEDED else None
    facts: dict[str, Any] = {
        "status": "valid" if certificate.is_valid else certificate.state,
        "serial": certificate.serial,
        "version": certificate.version,
        "issued_at": _iso(certificate.issued_at),
        "superseded_at": _iso(certificate.superseded_at),
        "superseded_by": successor.public_url if successor else None,
        "suspended_at": _iso(certificate.suspended_at),
        "revoked_at": _iso(certificate.revoked_at),
        "reason": certificate.reason_class or None,
        "sha256": certificate.sha256,
        "issued_before_this_system": bool(certificate.snapshot.get("is_original")),
    }
    if certificate.is_status_only or certificate.purged_at or not certificate.snapshot:
        return facts
    snapshot = certificate.snapshot
    keys = ("name", "heading", "title", "units", "unit_printed", "board", "approval_board", "approval_number", "provider_name", "provider_number")
    later = ("completed_on", "course_type", "location", "instructor", "issued_on")
    return {**facts, **{key: snapshot[key] for key in (*keys, *later)}}


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _standing(certificate: Certificate) -> tuple[str, str, str, datetime | None]:
    """Tone, the big words, a sentence, and since when."""
    if certificate.is_valid and certificate.snapshot.get("is_original"):
        sentence = _("The school issued this certificate before this system was in use. It keeps the original, and nothing has changed since.")
        return "ok", _("Valid"), sentence, certificate.issued_at
    match certificate.state:
        case Certificate.State.ISSUED:
            return "ok", _("Valid"), _("The school issued this certificate, and nothing has changed since."), certificate.issued_at
        case Certificate.State.SUPERSEDED:
            return (
                "warn",
                _("Replaced by a newer version"),
                _("The school corrected this certificate. Only the newer version counts."),
                certificate.superseded_at,
            )
        case Certificate.State.SUSPENDED:
            return "warn", _("Suspended"), _("The school is reviewing this certificate. Until that ends it does not count."), certificate.suspended_at
        case Certificate.State.REVOKED:
            reason = certificate.get_reason_class_display()
            return (
                "bad",
                _("Revoked"),
                _("The school withdrew this certificate for good. Reason: %(reason)s.") % {"reason": reason.lower()},
                certificate.revoked_at,
            )
        case _:
            return "warn", _("Being made"), _("This certificate has not been issued yet."), None


def _facts(certificate: Certificate, snapshot: dict[str, Any]) -> list[tuple[str, str]]:
    completed = f"{long_date(snapshot['completed_on'])} ({zone_name(snapshot['zone'])})"
    approved = short_name(snapshot["approval_board"])
    rows = [
        (_("Credit"), units_line(snapshot)),
        (_("Of which"), ", ".join(f"{part['category']} {part['units']}" for part in snapshot["split"])),
        (_("Completed on"), completed),
        (_("Type"), snapshot["course_type"]),
        (_("Location"), snapshot["location"]),
        (_("Instructor"), ", ".join(part for part in (snapshot["instructor"], snapshot["instructor_credentials"]) if part)),
        (_("Provider"), snapshot["provider_name"]),
        (_("Provider number"), snapshot["provider_number"]),
        (_("Approved by"), approved),
        (_("Issued for"), short_name(snapshot["board"]) if snapshot["board"] != snapshot["approval_board"] else ""),
        (_("Approval number"), snapshot["approval_number"]),
        (_("Number on the paper"), snapshot.get("original_number", "")),
        (_("Issued on"), long_date(snapshot["issued_on"])),
        (_("Serial"), certificate.serial),
        (_("Version"), str(certificate.version)),
    ]
    return [(label, value) for label, value in rows if value]
