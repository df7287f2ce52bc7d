"""Days on which boards that approved an activity do not: an approval ended and none follows, or the next begins later."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from credits.models import Accreditation, Activity, Board, Claim
from credits.prospects.words import ended_words
from credits.selectors import school_today


@dataclass(frozen=True)
class ApprovalGap:
    """From `first` to `last` (None: until further notice) no approval of the board covers a completion."""

    board: Board
    first: date
    last: date | None

    def holds(self, day: date) -> bool:
        return self.first <= day and (self.last is None or day <= self.last)

    @property
    def sentence(self) -> str:
        ended = ended_words(self.first - timedelta(days=1), school_today())
        if self.last is None:
            return ended
        begins = date_format(self.last + timedelta(days=1), "F j, Y")
        return _("%(ended)s, the next begins on %(day)s") % {"ended": ended, "day": begins}


def approval_gaps(activity: Activity) -> list[ApprovalGap]:
    """Every gap after an approval of the activity, by board and day. One query."""
    rows = activity.accreditations.exclude(status=Accreditation.Status.DRAFT).select_related("board")
    return gaps_between(rows.order_by("board__name", "board", "valid_from", "pk"))


def gaps_today(activity: Activity, today: date) -> list[ApprovalGap]:
    """Boards that approved the activity once, and do not today. One query."""
    return [gap for gap in approval_gaps(activity) if gap.holds(today)]


def uncredited_claims(activity: Activity) -> QuerySet[Claim]:
    """Claims that got nothing since no approval covered the day or the completion differed from it, the latest first."""
    refused = Claim.objects.filter(state=Claim.State.REFUSED, code__in=["approval_gap", "differs_from_approval"], dossier__activity=activity)
    return refused.select_related("dossier__user", "licence__board").order_by("-dossier__completed_on", "-pk")


def gaps_between(rows: Iterable[Accreditation]) -> list[ApprovalGap]:
    """`rows` in the order of their first days. A board's approvals in several ways of delivery may follow one another."""
    by_board: dict[Board, list[Accreditation]] = defaultdict(list)
    for row in rows:
        if row.last_day is None or row.last_day >= row.valid_from:  # withdrawn before it began: it never covered a day
            by_board[row.board].append(row)
    return [gap for board, approvals in by_board.items() for gap in _of_board(board, approvals)]


def _of_board(board: Board, approvals: list[Accreditation]) -> Iterable[ApprovalGap]:
    covered = approvals[0].last_day
    for row in approvals[1:]:
        if covered is None:
            return
        if row.valid_from > covered + timedelta(days=1):
            yield ApprovalGap(board, covered + timedelta(days=1), row.valid_from - timedelta(days=1))
        covered = None if row.last_day is None else max(covered, row.last_day)
    if covered is not None:
        yield ApprovalGap(board, covered + timedelta(days=1), None)
