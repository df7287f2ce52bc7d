"""Sets a transcript with Typst: US Letter, PDF/A-2a and PDF/UA-1. Data reach the template as one JSON string, never as code."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.typesetting import Template, qr_svg
from credits.certificates.names import direction_of
from credits.transcripts.build import Section, Transcript
from credits.transcripts.lines import Line, State

MAX_LINES = 600  # of one PDF; setting it takes a web worker's time
_TEMPLATE = Template(Path(__file__).with_name("transcript.typ"))


class TooLong(DomainError):
    code = "transcript_too_long"


def transcript_pdf(transcript: Transcript, *, made_at: datetime, share_url: str = "") -> bytes:
    """The same transcript, moment and address give the same bytes. With `share_url` its QR code opens that page.

    A sign that no typeface has is an empty box; such a file is an ordinary PDF, as the standards allow no boxes. Raises TooLong.
    """
    if len(transcript.lines) > MAX_LINES:
        raise TooLong(_("This is more than one PDF can take. Choose a board or a period, or take the CSV file."))
    data = _sheet(transcript, share_url) | {"name_dir": direction_of(transcript.name), "qr": qr_svg(share_url) if share_url else None}
    return _TEMPLATE.paper(data, made_at=made_at)


def _sheet(transcript: Transcript, share_url: str) -> dict[str, Any]:
    made = {"day": date_format(transcript.made_on, "F j, Y"), "school": settings.SCHOOL_NAME}
    own = _("Units are each board’s own; what counts for a renewal is for the board to say.")
    elsewhere = _("Earned elsewhere means: stated by the holder, with a proof that the school has seen and accepted.")
    return {
        "title": _("Transcript"),
        "document_title": _("Transcript of %(name)s") % {"name": transcript.name} if transcript.name else _("Transcript"),
        "school": settings.SCHOOL_NAME,
        "contact": settings.SCHOOL_EMAIL,
        "name": transcript.name,
        "made": _("As recorded by %(school)s on %(day)s") % made,
        "note": f"{own} {elsewhere}",
        "share": _("This transcript as it stands today:") if share_url else None,
        "share_url": share_url,
        "none": _("Nothing is on record for this."),
        "totals": [{"board": board.name, "sum": f"{units} {unit}"} for board, units, unit in transcript.totals],
        "totals_heading": _("In all"),
        "columns": [_("Completed"), _("Title and provider"), _("Kind"), _("Units"), _("Certificate")],
        "sections": [_section(section) for section in transcript.sections],
    }


def _section(section: Section) -> dict[str, Any]:
    sums = [(_("with us"), section.here), (_("elsewhere"), section.elsewhere)]
    earned = ", ".join(f"{units} {where}" for where, units in sums if units != "0")
    pending = _("%(units)s pending") % {"units": section.pending} if section.pending != "0" else ""
    return {
        "heading": section.board.name if section.board else section.heading,
        "period": (_("Cycle: %(days)s") if section.is_cycle else "%(days)s") % {"days": section.heading} if section.board else "",
        "licence": _("Licence number %(number)s") % {"number": section.licence_number} if section.licence_number else "",
        "sum": _("%(units)s %(unit)s earned") % {"units": section.earned, "unit": section.unit} if section.board else "",
        "sums": "; ".join(part for part in (earned, pending) if part),
        "lines": [_line(line) for line in section.lines],
    }


def _line(line: Line) -> dict[str, Any]:
    kind = str(line.origin.label) if line.state == State.EARNED else f"{line.origin.label}: {line.word}"
    details = [line.provider, line.mode, line.approval, ", ".join(f"{name} {units}" for name, units in line.split)]
    return {
        "day": date_format(line.day, "M j, Y") if line.day else "–",
        "title": line.title,
        "details": " · ".join(part for part in details if part),
        "kind": kind,
        "units": f"{line.units_shown} {line.unit}".strip() or "–",
        "certificate": line.certificate,
    }
