"""Every fact a certificate prints, read once from the award and frozen with the bytes.

What a board wants on its paper is data of the board (`certificate_fields`); a certificate that lacks one of them is
refused with a sentence that names the field and the board.
"""

from __future__ import annotations

import base64
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from core import clock
from core.errors import DomainError
from credits.certificates.names import clean_text
from credits.models import Award, AwardHolder, Board, Certificate, CertificateField, DeliveryMode

FORMAT = 1
_LIVE = {DeliveryMode.IN_PERSON_HANDS_ON, DeliveryMode.IN_PERSON_LECTURE, DeliveryMode.LIVE_REMOTE}


class CannotIssue(DomainError):
    """The certificate may not be made as things stand; the message says what is missing and who wants it."""

    code = "certificate_cannot_issue"


def snapshot_of(award: Award, *, certificate: Certificate, issued_at: datetime) -> dict[str, Any]:
    """The printed facts of `award`, JSON-ready. Raises CannotIssue or UnprintableText.

    Expects dossier, accreditation, boards and holder loaded; runs no query then.
    """
    holder, facts = award.holder, award.dossier.facts
    boards = [board for board in (award.board, award.accreditation.board if award.accreditation else None) if board]
    wanted = {field for board in boards for field in board.certificate_fields}
    is_home_study = award.mode == DeliveryMode.SELF_PACED
    has_exam = bool(facts.get("exam"))
    kind = "achievement" if has_exam else "completion"
    snapshot = {
        "format": FORMAT,
        "kind": kind,
        "heading": _words(boards, "with_test" if has_exam else "without_test", "Certificate of Achievement" if has_exam else "Certificate of Completion"),
        "name": clean_text(holder.legal_name_printed, what=_("The legal name")),
        "licence": _licence(award, holder, wanted),
        "title": clean_text(award.title, what=_("The title")),
        "is_plain": award.is_plain,
        "units": _amount(award.units) if award.units is not None else "",
        "unit_printed": award.unit_printed,
        "split": [{"category": clean_text(part["name"], what=_("A category")), "units": _amount(part["units"])} for part in award.split_shown],
        "minutes": award.contact_minutes,
        "board": award.board_name,
        "approval_board": award.approval_board_name,
        "approval_board_url": boards[-1].website if boards else "",
        "approval_number": award.approval_number,
        "provider_name": clean_text(award.provider_name or settings.SCHOOL_NAME, what=_("The provider's name")),
        "provider_number": award.provider_number,
        "provider_contact": settings.SCHOOL_ADDRESS or settings.SCHOOL_EMAIL,
        "completed_on": award.completed_on.isoformat(),
        "zone": award.dossier.zone,
        "dates": _dates(facts, award.dossier.zone),
        "mode": award.mode,
        "course_type": _course_type(boards, award.mode),
        "location": "On-line" if award.mode in (DeliveryMode.SELF_PACED, DeliveryMode.LIVE_REMOTE) else clean_text(_place(facts), what=_("The place")),
        "verification": _verification(is_home_study=is_home_study, has_exam=has_exam),
        "instructor": clean_text(award.instructor_name, what=_("The instructor's name")),
        "instructor_credentials": clean_text(award.instructor_credentials, what=_("The instructor's credentials")),
        "signer": settings.CERTIFICATE_SIGNER_NAME,
        "signer_role": settings.CERTIFICATE_SIGNER_ROLE,
        "signature_svg": _signature_svg(),
        "serial": certificate.serial,
        "token": certificate.token,
        "verify_url": certificate.public_url,
        "version": award.version,
        "replaces": certificate.supersedes.serial if certificate.supersedes and certificate.supersedes.is_made else "",
        "issued_at": issued_at.isoformat(),
        "issued_on": clock.civil_date(issued_at, award.dossier.zone).isoformat(),
    }
    _check(award, snapshot, boards)
    return snapshot


def _check(award: Award, snapshot: dict[str, Any], boards: list[Board]) -> None:
    if not snapshot["name"]:
        raise CannotIssue(_("The learner has not confirmed a legal name yet. The certificate is made as soon as they do."))
    if snapshot["issued_on"] < snapshot["completed_on"]:
        raise CannotIssue(_("The completion date, %(day)s, has not come yet. Correct the date and issue again.") % {"day": snapshot["completed_on"]})
    if award.accreditation and (award.title, award.units) != (award.accreditation.approved_title, award.accreditation.units):
        raise CannotIssue(
            _("The title or the hours differ from the approval (“%(title)s”, %(units)s). Correct the award so that it says what was approved.")
            % {"title": award.accreditation.approved_title, "units": _amount(award.accreditation.units)}
        )
    for board in boards:
        for field in board.certificate_fields:
            if field in _PRINTED and not _PRINTED[field](snapshot):
                raise CannotIssue(
                    _("%(board)s wants this on its certificates, and it is missing: %(field)s. Add it and issue again.")
                    % {"board": board.name, "field": CertificateField(field).label.lower()}
                )
        words = " ".join([snapshot["unit_printed"], *(part["category"] for part in snapshot["split"])])
        for word in board.forbidden_words:
            if re.search(rf"\b{re.escape(word)}\b", words, re.IGNORECASE):
                raise CannotIssue(
                    _("%(board)s refuses the word “%(word)s” on its certificates. Correct the unit of the approval.") % {"board": board.name, "word": word}
                )


_PRINTED = {
    CertificateField.HOLDER_NAME: lambda s: s["name"],
    CertificateField.LICENCE_NUMBER: lambda s: s["licence"] and s["licence"]["number"],
    CertificateField.TITLE: lambda s: s["title"],
    CertificateField.APPROVAL_NUMBER: lambda s: s["approval_number"],
    CertificateField.COMPLETION_DATE: lambda s: s["completed_on"],
    CertificateField.COURSE_TYPE: lambda s: s["course_type"],
    CertificateField.LOCATION: lambda s: s["location"],
    CertificateField.UNITS: lambda s: s["units"] and s["unit_printed"],
    CertificateField.SUBJECT: lambda s: s["split"] or s["title"],
    CertificateField.INSTRUCTOR: lambda s: s["instructor"],
    CertificateField.INSTRUCTOR_CREDENTIALS: lambda s: s["instructor_credentials"],
    CertificateField.PROVIDER_NAME: lambda s: s["provider_name"],
    CertificateField.PROVIDER_NUMBER: lambda s: s["provider_number"],
    CertificateField.PROVIDER_CONTACT: lambda s: s["provider_contact"],
    CertificateField.SIGNATURE: lambda s: s["signer"] or s["instructor"],
    CertificateField.VERIFICATION: lambda s: s["verification"],
}


def _licence(award: Award, holder: AwardHolder, wanted: set[str]) -> dict[str, str] | None:
    """The holder's licence, only where a board wants it on its paper."""
    if CertificateField.LICENCE_NUMBER not in wanted or not holder.licence_number:
        return None
    return {"number": clean_text(holder.licence_number, what=_("The licence number")), "jurisdiction": holder.licence_jurisdiction, "board": award.board_name}


def _words(boards: list[Board], key: str, otherwise: str) -> str:
    return next((str(board.certificate_words[key]) for board in reversed(boards) if board.certificate_words.get(key)), otherwise)


def _course_type(boards: list[Board], mode: str) -> str:
    """The board's own word for the delivery, else ours."""
    signs = {DeliveryMode.SELF_PACED: ("home", "demand"), DeliveryMode.LIVE_REMOTE: ("webinar", "remote")}.get(DeliveryMode(mode), ("live", "site", "person"))
    others = ("webinar", "remote") if mode in _LIVE - {DeliveryMode.LIVE_REMOTE} else ()
    for board in reversed(boards):
        for word in board.certificate_words.get("course_types", []):
            if any(sign in word.lower() for sign in signs) and not any(other in word.lower() for other in others):
                return str(word)
    return {DeliveryMode.SELF_PACED: "Home study", DeliveryMode.LIVE_REMOTE: "Live webinar"}.get(DeliveryMode(mode), "Live, in person")


def _verification(*, is_home_study: bool, has_exam: bool) -> str:
    done = "completed by home study" if is_home_study else "attended in full"
    return f"has {done}, and passed the examination of" if has_exam else f"has {done}"


def _place(facts: dict[str, Any]) -> str:
    """Where a workshop was held: the dossier's `venue` with name and address, or else its `location`."""
    venue = facts.get("venue") or facts.get("location") or ""
    if isinstance(venue, dict):
        return ", ".join(str(venue[key]) for key in ("name", "address", "city", "region") if venue.get(key))
    return str(venue)


def _dates(facts: dict[str, Any], zone: str) -> list[str]:
    """The days of instruction, from the dossier's `dates` or its `schedule`."""
    if facts.get("dates"):
        return [str(day) for day in facts["dates"]]
    starts = [block["starts_at"] for block in facts.get("schedule", []) if block.get("kind") == "instruction"]
    return sorted({clock.civil_date(datetime.fromisoformat(start), zone).isoformat() for start in starts})


def _amount(value: Any) -> str:
    """6.00 → 6, 2.50 → 2.5."""
    return f"{Decimal(str(value)).normalize():f}"


def _signature_svg() -> str:
    """The administrator's drawn signature, wrapped so that the typesetter can read it out of JSON; empty when there is none."""
    if not settings.CERTIFICATE_SIGNATURE_FILE:
        return ""
    from PIL import Image

    path = Path(settings.CERTIFICATE_SIGNATURE_FILE)
    with Image.open(path) as image:
        width, height = image.size
    data = base64.b64encode(path.read_bytes()).decode()
    size = f'width="{width}" height="{height}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" {size}><image {size} href="data:image/png;base64,{data}"/></svg>'
