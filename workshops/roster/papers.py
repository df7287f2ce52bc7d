"""Name badges and sign-in sheets, set with Typst: US Letter. Data reach the templates as one JSON string, never as code."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from core.typesetting import ACCESSIBLE, Template, qr_svg
from workshops.booking.tickets import ticket_code
from workshops.checkin.signers import signers
from workshops.models import Block, Seat, Workshop
from workshops.roster.selectors import legal_names

SPARE_LINES = 4  # on each sheet, for whoever comes without a seat
_BADGES = Template(Path(__file__).with_name("badges.typ"), standards=ACCESSIBLE)
_SIGN_IN = Template(Path(__file__).with_name("sign_in.typ"), standards=ACCESSIBLE)


def badges_pdf(workshop: Workshop, *, made_at: datetime, with_codes: bool = False) -> bytes:
    """Eight badges to a page, in the order of names. With codes, each has its ticket's, to be scanned."""
    assert workshop.starts_at is not None  # noqa: S101 - a seat is in a workshop that has dates
    day = date_format(workshop.starts_at.astimezone(workshop.zone), "F j, Y")
    seats = _seats(workshop)
    names = legal_names(seats)
    badges = [
        {
            "name": seat.learner.display_name or names.get(seat.learner_id) or seat.learner.email.partition("@")[0],
            "note": str(seat.get_place_display()) if workshop.format == Workshop.Format.HYBRID else "",
            "qr": qr_svg(ticket_code(seat)) if with_codes else None,
        }
        for seat in seats
    ]
    data = {"title": workshop.title, "school": settings.SCHOOL_NAME, "day": day, "badges": badges, "none": _("Nobody has a seat yet.")}
    return _BADGES.paper(data, made_at=made_at)


def sign_in_pdf(workshop: Workshop, *, made_at: datetime, with_codes: bool = False) -> bytes:
    """A sheet for each block of instruction: who came when, who left when. Whoever must sign, because a board wants it, has a mark."""
    seats, blocks = _seats(workshop), [block for block in workshop.blocks.all() if block.counts]
    asked, names = signers(workshop, seats), legal_names(seats)
    people = [{"name": names.get(seat.learner_id) or str(seat.learner), "signs": asked.includes(seat)} for seat in seats if seat.place == Seat.Place.ROOM]
    data = {
        "title": workshop.title,
        "school": settings.SCHOOL_NAME,
        "venue": f"{workshop.venue.name}, {workshop.venue.address}",
        "instructor": _("Instructor: %(name)s") % {"name": workshop.instructor_name},
        "sheets": [_sheet(block, workshop) for block in blocks],
        "people": people,
        "spare": SPARE_LINES,
        "signatures": bool(asked.boards),
        "why": _("Sign where there is a mark: %(boards)s wants the signature of everybody who is credited.") % {"boards": ", ".join(asked.boards)},
        "columns": [_("Name"), _("Came"), _("Left"), _("Signature")],
        "attest": _("I was in the room and noted when people came and left."),
        "sign_here": _("Instructor’s signature, date"),
        "none": _("The workshop has no schedule yet."),
    }
    return _SIGN_IN.paper(data, made_at=made_at)


PAPERS: dict[str, Callable[..., bytes]] = {"badges": badges_pdf, "sign-in": sign_in_pdf}


def _seats(workshop: Workshop) -> list[Seat]:
    return sorted(workshop.seats.confirmed().select_related("learner"), key=lambda seat: str(seat.learner).casefold())


def _sheet(block: Block, workshop: Workshop) -> dict[str, str]:
    begin, end = block.starts_at.astimezone(workshop.zone), block.ends_at.astimezone(workshop.zone)
    times = {"day": date_format(begin, "l, F j, Y"), "begin": time_format(begin, "g:i a"), "end": time_format(end, "g:i a"), "zone": end.tzname()}
    return {"when": _("%(day)s, %(begin)s to %(end)s %(zone)s") % times, "topic": block.topic or str(block.get_mode_display())}
