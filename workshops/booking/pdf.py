"""Sets a ticket with Typst: US Letter, PDF/A-2a and PDF/UA-1. All data reach the template as one JSON string, so nothing of it is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core.money import format_money
from core.typesetting import Template, qr_svg
from payments.selectors import owed_for
from workshops.booking.tickets import printed_code, ticket_code, ticket_url
from workshops.models import Seat

_TEMPLATE = Template(Path(__file__).with_name("ticket.typ"))


def ticket_pdf(seat: Seat) -> bytes:
    """The PDF of a confirmed seat, with `workshop__venue` and `learner` loaded. The same facts give the same bytes.

    A sign that no typeface has is an empty box; such a ticket is an ordinary PDF, as the standards allow no boxes.
    """
    return _TEMPLATE.paper(_facts(seat), made_at=seat.updated_at)


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
        "qr": qr_svg(ticket_url(seat)),
        "qr_alt": _("QR code of the ticket %(code)s") % {"code": code},
        "note": _("Show this at the door, on paper or on your phone. It is for the person named; a seat that is passed on gets a new ticket."),
    }
