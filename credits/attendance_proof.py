"""What boards ask of the record of a live event, before anything is credited from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from credits.models import Accreditation, Activity, Board
from credits.rulebook import known


@dataclass(frozen=True)
class SignatureWish:
    """A board that would credit an activity and wants attendance signed for. `is_own`: it approved the activity itself."""

    board: Board
    is_own: bool


def signature_wishes(activity: Activity, *, on: date) -> list[SignatureWish]:
    """Boards that credit `activity` on that day, by their own approval or one they accept, and whose rules want signatures. Two queries."""
    asking = [code for code, rules in known().items() if any(fact.kind == "provider" and fact.content.get("attendance_signature") for fact in rules.facts)]
    approving = set(Accreditation.objects.filter(activity=activity).in_force_on(on).values_list("board", flat=True))
    boards = Board.objects.filter(Q(pk__in=approving) | Q(accepts_approvals_of__in=approving), code__in=asking).distinct().order_by("name")
    return [SignatureWish(board, board.pk in approving) for board in boards]
