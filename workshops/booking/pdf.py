"""Sets a ticket with Typst: US Letter, PDF/A-2a and PDF/UA-1. All data reach the template as one JSON string, so nothing of it is run."""

from __future__ import annotations

import io
import json
import logging
import os
import threading
from pathlib import Path
from typing import Any

import segno
import typst
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.fonts import SANS_LATIN, SERIF_LATIN, checked_font_folders, families_for
from core.money import format_money
from payments.selectors import owed_for
from workshops.booking.tickets import printed_code, ticket_code, ticket_url
from workshops.models import Seat

logger = logging.getLogger(__name__)

_FOLDER = Path(__file__).parent
_lock = threading.Lock()
_compiler: tuple[int, typst.Compiler] | None = None


def ticket_pdf(seat: Seat) -> bytes:
    """The PDF of a confirmed seat, with `workshop__venue` and `learner` loaded. The same facts give the same bytes.

    A sign that no typeface has is an empty box; such a ticket is an ordinary PDF, as the standards allow no boxes.
    """
    data = _facts(seat)
    texts = json.dumps(data, ensure_ascii=False, sort_keys=True)
    data |= {"sans": families_for(texts, latin=SANS_LATIN), "serif": families_for(texts, latin=SERIF_LATIN)}
    with _lock:
        try:
            pdf = _compile(data, seat, is_archival=True)
        except typst.TypstError as refusal:
            logger.warning("The ticket of seat %s is set as an ordinary PDF: %s", seat.pk, refusal)
            pdf = _compile(data, seat, is_archival=False)
    assert isinstance(pdf, bytes)  # noqa: S101 - one document, not a page each
    return pdf


def _facts(seat: Seat) -> dict[str, Any]:
    workshop, venue = seat.workshop, seat.workshop.venue
    starts, ends = (moment.astimezone(workshop.zone) for moment in (workshop.starts_at, workshop.ends_at) if moment)
    form = "D, N j, Y, g:i a"
    code = printed_code(ticket_code(seat))
    rows = [
        [_("Name"), str(seat.learner.legal_name or seat.learner)],
        [_("Begins"), f"{date_format(starts, form)} ({venue.time_zone})"],
        [_("Ends"), date_format(ends, form)],
        [_("Where"), f"{venue.name}, {venue.address}" if seat.place == Seat.Place.ROOM and workshop.format != workshop.Format.ONLINE else _("Online")],
        [_("Instructor"), workshop.instructor_name],
    ]
    if owed := owed_for(workshop.subject, [seat.learner_id]).get(seat.learner_id):
        amount = format_money(owed.amount_cents, owed.line.order.currency)
        rows.append([_("Still to pay"), _("%(amount)s by %(day)s") % {"amount": amount, "day": date_format(owed.due_on, "N j, Y")}])
    if workshop.what_to_bring:
        rows.append([_("Bring"), workshop.what_to_bring])
    return {
        "school": settings.SCHOOL_NAME,
        "title": workshop.title,
        "heading": _("Ticket"),
        "rows": rows,
        "code": code,
        "qr": _qr(ticket_url(seat)),
        "qr_alt": _("QR code of the ticket %(code)s") % {"code": code},
        "note": _("Show this at the door, on paper or on your phone. It is for the person named; a seat that is passed on gets a new ticket."),
    }


def _qr(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=2, xmldecl=False, svgclass=None, lineclass=None, dark="#26221e")
    return out.getvalue().decode()


def _compile(data: dict[str, Any], seat: Seat, *, is_archival: bool) -> Any:
    return _own_compiler().compile(
        format="pdf",
        sys_inputs={"data": json.dumps(data, ensure_ascii=False, sort_keys=True)},
        pdf_standards=["a-2a", "ua-1"] if is_archival else None,
        timestamp=seat.updated_at.replace(microsecond=0),
    )


def _own_compiler() -> typst.Compiler:
    """This process's compiler, made on first use; one used before a fork hangs, so a child makes its own."""
    global _compiler
    if _compiler is not None and _compiler[0] != os.getpid():
        raise RuntimeError("This process was forked from one that had set a ticket already; start it afresh.")
    if _compiler is None:
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=list(checked_font_folders()))
        _compiler = (os.getpid(), typst.Compiler(_FOLDER / "ticket.typ", root=_FOLDER, font_paths=fonts))
    return _compiler[1]
