"""What nobody at the school has verified, and whom it concerns: their reminders are held back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from credits.models import Board, StandingSnapshot
from credits.reminders.due import cycles_ending
from credits.rulebook import known


@dataclass(frozen=True)
class Unverified:
    """A board with facts nobody verified. `withheld` counts licences whose deadline is near, that lack something, and are not written to."""

    board: Board
    verified: int
    facts: int
    licences: int
    resting: int  # licences whose standing rests on unverified facts
    withheld: int

    @property
    def open(self) -> int:
        return self.facts - self.verified


def unverified_boards(today: date) -> list[Unverified]:
    """Boards whose facts are not all verified, first those that hold back the most reminders, then by licences. Three queries."""
    withheld = dict(cycles_ending(today).filter(is_verified=False).order_by().values_list("licence__board").annotate(Count("pk")))
    counted = StandingSnapshot.objects.on_file().order_by().values("licence__board")
    by_board = {row["licence__board"]: row for row in counted.annotate(licences=Count("pk"), resting=Count("pk", filter=Q(is_verified=False, gap_code="")))}
    found = []
    rules = known()
    for board in Board.objects.filter(code__in=rules).order_by("name"):
        verified, facts = rules[board.code].verified_count
        if verified < facts:
            row: Any = by_board.get(board.pk, {})
            found.append(Unverified(board, verified, facts, row.get("licences", 0), row.get("resting", 0), withheld.get(board.pk, 0)))
    return sorted(found, key=lambda row: (-row.withheld, -row.resting, -row.licences, row.board.name))


def withheld_count(today: date) -> int:
    """How many licences are not written to because nobody verified what their standing rests on."""
    return cycles_ending(today).filter(is_verified=False).count()
