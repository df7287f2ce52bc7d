"""Sets a transcript with Typst: US Letter, PDF/A-2a and PDF/UA-1. Data reach the template as one JSON string, never as code."""

from __future__ import annotations

import json
import logging
import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Any

import typst
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.errors import DomainError
from core.fonts import SANS_LATIN, SERIF_LATIN, checked_font_folders, families_for
from credits.certificates.names import direction_of
from credits.certificates.render import qr_svg
from credits.transcripts.build import Section, Transcript
from credits.transcripts.lines import Line, State

logger = logging.getLogger(__name__)

MAX_LINES = 600  # of one PDF; setting it takes a web worker's time
_FOLDER = Path(__file__).parent
_lock = threading.Lock()
_compiler: tuple[int, typst.Compiler] | None = None


class TooLong(DomainError):
    code = "transcript_too_long"


def transcript_pdf(transcript: Transcript, *, made_at: datetime, share_url: str = "") -> bytes:
    """The same transcript, moment and address give the same bytes. With `share_url` its QR code opens that page.

    A sign that no typeface has is an empty box; such a file is an ordinary PDF, as the standards allow no boxes. Raises TooLong.
    """
    if len(transcript.lines) > MAX_LINES:
        raise TooLong(_("This is more than one PDF can take. Choose a board or a period, or take the CSV file."))
    data = _sheet(transcript, share_url)
    texts = json.dumps(data, ensure_ascii=False, sort_keys=True)
    data |= {
        "sans": families_for(texts, latin=SANS_LATIN),
        "serif": families_for(texts, latin=SERIF_LATIN),
        "name_dir": direction_of(transcript.name),
        "qr": qr_svg(share_url) if share_url else None,
    }
    with _lock:
        try:
            pdf = _compile(data, made_at, is_archival=True)
        except typst.TypstError as refusal:
            logger.warning("A transcript is set as an ordinary PDF: %s", refusal)
            pdf = _compile(data, made_at, is_archival=False)
    assert isinstance(pdf, bytes)  # noqa: S101 - one document, not a page each
    return pdf


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


def _compile(data: dict[str, Any], made_at: datetime, *, is_archival: bool) -> Any:
    return _own_compiler().compile(
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False, sort_keys=True)},
        pdf_standards=["a-2a", "ua-1"] if is_archival else None,
        timestamp=made_at.replace(microsecond=0),
    )


def _own_compiler() -> typst.Compiler:
    """This process's compiler, made on first use; one used before a fork hangs, so a child makes its own."""
    global _compiler
    if _compiler is not None and _compiler[0] != os.getpid():
        raise RuntimeError("This process was forked from one that had set a transcript already; start it afresh.")
    if _compiler is None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(checked_font_folders()))
        _compiler = (os.getpid(), typst.Compiler(_FOLDER / "transcript.typ", root=_FOLDER, font_paths=fonts))
    return _compiler[1]
