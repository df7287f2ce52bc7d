"""Who paid for a seat, which need not be who has it."""

from __future__ import annotations

from typing import Any

from payments.models import OrderLine
from payments.selectors import line_of
from workshops.models import Seat


def line_paying(seat: Seat) -> OrderLine | None:
    """The line that pays for `seat`, by the order it was taken with; None for one that nobody pays."""
    return line_of(seat.reference, seat.workshop.subject, seat.learner) if seat.reference else None


def payer_besides(seat: Seat) -> Any:
    """Who pays for `seat`, when that is somebody else than its holder; else None."""
    line = line_paying(seat)
    return line.order.user if line and line.order.user_id != seat.learner_id else None
