"""May this person register now? Asked under the workshop's lock before a seat is held or given, and by pages before.

A workshop may be open to a few people first; then it opens for all at an instant that the answer names.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workshops.errors import SeatRefused
from workshops.models import Workshop


@dataclass(frozen=True)
class Opening:
    """The answer. When `is_open` is False, `code` and `sentence` say why and what to do, `opens_at` when it opens for all."""

    is_open: bool = True
    code: str = ""
    sentence: str = ""
    opens_at: datetime | None = None


def may_register(workshop: Workshop, user: Any) -> Opening:
    """Whether registration is open to `user` (anonymous too) at this moment. Seats left, dates and money are others' questions."""
    return Opening()


def check_may_register(*, workshop: Workshop, learner: Any, by: Any = None, reference: str = "") -> None:
    """Raise SeatRefused when `workshop`, locked by the caller, is not open yet to `learner`.

    `by` is who gives the seat, `reference` what is paid for it: its buyer may bring others. Call it before a new hold or a
    new seat, not before the confirmation of a seat that the person holds already.
    """
    opening = may_register(workshop, learner)
    if not opening.is_open:
        raise SeatRefused(opening.sentence, code=opening.code)
