"""What the pages of a move share: the person's own and the desk's."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest

from credits.prospects.warnings import credit_warnings
from payments.selectors import owed_for
from workshops.booking.details import details_of
from workshops.errors import SeatRefused
from workshops.models import Seat, Workshop
from workshops.moving.quotes import any_dates, check_may_move, move_until, other_dates, quote_move, quotes_for
from workshops.payers import payer_besides
from workshops.selectors import offer_of

PER_PAGE = 12


def dates_page(request: HttpRequest, seat: Seat, by: Any) -> dict[str, Any]:
    """The dates to which `seat` may go: those of the same kind, or with `?all` every one on sale."""
    is_all = "all" in request.GET
    rows = any_dates(seat.workshop) if is_all else other_dates(seat.workshop)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return {
        "seat": seat,
        "workshop": seat.workshop,
        "page_obj": page,
        "quotes": quotes_for(seat, list(page.object_list), by=by),
        "is_all": is_all,
        "until": move_until(seat),
        "refusal": refusal_of(seat, by),
        "payer": payer_besides(seat),
    }


def confirm_page(seat: Seat, to: Workshop, by: Any) -> dict[str, Any]:
    quote, offer = quote_move(seat, to, by=by), offer_of(to)
    return {
        "seat": seat,
        "workshop": seat.workshop,
        "quote": quote,
        "refusal": refusal_of(seat, by),
        "payer": payer_besides(seat),
        "missing": details_of(to, seat.learner).missing if not quote.why_not else [],
        "balance": owed_for(seat.workshop.subject, [seat.learner_id]).get(seat.learner_id) if quote.code == "rest_first" else None,
        "warnings": credit_warnings(seat.learner, offer) if offer else [],
    }


def refusal_of(seat: Seat, by: Any) -> str:
    """Why `by` cannot move the seat anywhere; "" when they can."""
    try:
        check_may_move(seat, by)
    except SeatRefused as refusal:
        return refusal.message
    return ""
