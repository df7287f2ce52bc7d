"""Who paid for a seat, which need not be who has it, and what is still to be paid."""

from __future__ import annotations

from typing import Any

from core.money import format_money
from payments.models import OrderLine
from payments.selectors import line_of, owed_for
from workshops.models import Seat


def line_paying(seat: Seat) -> OrderLine | None:
    """The line that pays for `seat`, by the order it was taken with; None for one that nobody pays."""
    return line_of(seat.reference, seat.workshop.subject, seat.learner) if seat.reference else None


def payer_besides(seat: Seat) -> Any:
    """Who pays for `seat`, when that is somebody else than its holder; else None."""
    line = line_paying(seat)
    return line.order.user if line and line.order.user_id != seat.learner_id else None


def rest_words(seat: Seat) -> dict[str, Any]:
    """What pages and letters say of a rest that is still owed after a deposit: `rest` and `rest_amount`; nothing where none is."""
    rest = owed_for(seat.workshop.subject, [seat.learner_id]).get(seat.learner_id)
    return {"rest": rest, "rest_amount": format_money(rest.amount_cents, rest.line.order.currency)} if rest else {}
