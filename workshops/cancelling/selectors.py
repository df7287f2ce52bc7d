"""How far the calling off of a workshop is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum

from core import clock
from core.money import format_money
from workshops.models import CallOff, CallOffEntry, Workshop

Outcome = CallOffEntry.Outcome


@dataclass(frozen=True)
class Progress:
    """Counts of seats, and the money that is on its way or back, in words."""

    total: int
    done: int
    failed: int
    choosing: int
    back: str

    @property
    def working(self) -> int:
        """Those that wait for the work and not for a person."""
        return self.total - self.done - self.failed - self.choosing

    @property
    def percent(self) -> int:
        return 100 * (self.done + self.failed) // self.total if self.total else 100


def progress_of(call_off: CallOff) -> Progress:
    rows: list[Any] = list(call_off.entries.order_by().values("outcome", "action", "currency").annotate(n=Count("pk"), back=Sum("back_cents")))

    def count(**wanted: Any) -> int:
        return sum(row["n"] for row in rows if all(row[name] == value for name, value in wanted.items()))

    sums: dict[str, int] = {}
    for row in rows:
        if row["outcome"] == Outcome.DONE and row["back"]:
            sums[row["currency"]] = sums.get(row["currency"], 0) + row["back"]
    return Progress(
        total=sum(row["n"] for row in rows),
        done=count(outcome=Outcome.DONE),
        failed=count(outcome=Outcome.FAILED),
        choosing=count(outcome=Outcome.WAITING, action=CallOffEntry.Action.ASK),
        back=", ".join(format_money(cents, currency) for currency, cents in sorted(sums.items())),
    )


def choices_of(user: Any) -> list[CallOffEntry]:
    """The seats of `user` in workshops that were called off, about which they still choose; the soonest first. One query."""
    rows = CallOffEntry.objects.filter(seat__learner=user, action=CallOffEntry.Action.ASK, outcome=Outcome.WAITING, call_off__choose_until__gt=clock.now())
    return list(rows.select_related("call_off__workshop__venue").order_by("call_off__choose_until", "pk"))


def entry_of(workshop: Workshop, user: Any) -> CallOffEntry | None:
    """What becomes of `user`'s seat in a workshop that was called off."""
    rows = CallOffEntry.objects.filter(call_off__workshop=workshop, seat__learner=user)
    return rows.select_related("call_off__to__venue", "call_off__workshop__venue", "seat__workshop__venue", "seat__learner").order_by("-pk").first()
