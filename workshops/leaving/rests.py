"""What is still owed after a deposit dies with the seat."""

from __future__ import annotations

from typing import Any

from core import clock
from core.jobs import enqueue
from payments.selectors import owed_for
from workshops.models import Workshop


def end_rest(workshop: Workshop, learner: Any) -> None:
    """Have the rest ended that `learner` owes for a seat they no longer have. In a job: orders are locked before workshops."""
    for balance in owed_for(workshop.subject, [learner.pk]).values():
        if not workshop.seats.confirmed().filter(learner=learner).exists():
            mark = f"{clock.now():%Y%m%dT%H%M%S.%f}"
            enqueue("payments.tend_balance", key=f"balance-seat-ended:{balance.pk}:{mark}", args={"balance": balance.pk})
