"""What the post room's pages show: boards with what waits, a board's queue, a batch with its rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Count, Max, Q, QuerySet

from credits.models import Board, ReportBatch, ReportRoute, ReportRow
from credits.reports.duties import Duty
from credits.reports.queue import Divergence, Waiting, divergences, waiting
from credits.reports.routes import boards_to_report


@dataclass
class BoardLine:
    """One board on the post room's first page."""

    board: Board
    duty: Duty
    route: ReportRoute | None
    items: list[Waiting] = field(default_factory=list)
    corrections: list[Divergence] = field(default_factory=list)
    overdue: int = 0
    open_batch: ReportBatch | None = None
    last_posted_at: datetime | None = None
    unanswered: int = 0  # posted rows without an answer

    @property
    def is_on(self) -> bool:
        return self.route is not None and self.route.is_on

    @property
    def ready(self) -> int:
        return sum(1 for item in self.items if item.is_ready)

    @property
    def blocked(self) -> int:
        return len(self.items) - self.ready

    @property
    def next_due(self) -> date | None:
        return min((item.due_on for item in self.items if item.due_on), default=None)

    @property
    def is_own_aim(self) -> bool:
        return any(item.is_own_aim for item in self.items if item.due_on == self.next_due)


def board_lines(*, today: date) -> list[BoardLine]:
    """Every board whose text speaks of reports. A constant number of queries."""
    lines = {board.pk: BoardLine(board, duty, route) for board, duty, route in boards_to_report()}
    routes = [line.route for line in lines.values() if line.route and line.route.is_on]
    for item in waiting(routes, today=today):
        line = lines[item.route.board_id]
        line.items.append(item)
        line.overdue += item.is_overdue(today)
    for one in divergences(routes) if routes else []:
        lines[one.row.batch.board_id].corrections.append(one)
    for batch in ReportBatch.objects.listed().open().filter(board__in=lines):
        lines[batch.board_id].open_batch = batch
    posted = ReportBatch.objects.filter(state=ReportBatch.State.POSTED, board__in=lines).values("board").order_by("board")
    unanswered = Count("rows", filter=Q(rows__outcome=ReportRow.Outcome.WAITING))
    for found in posted.annotate(last=Max("posted_at"), unanswered=unanswered):
        lines[found["board"]].last_posted_at, lines[found["board"]].unanswered = found["last"], found["unanswered"]
    return list(lines.values())


def batches() -> QuerySet[ReportBatch]:
    """The newest first, each with how its rows stand."""
    counts = {outcome: Count("rows", filter=Q(rows__outcome=outcome)) for outcome in ReportRow.Outcome.values}
    return ReportBatch.objects.listed().select_related("board", "made_by", "locked_by", "posted_by").annotate(**counts).order_by("-pk")


def rows_of(batch: ReportBatch, *, outcome: str = "") -> QuerySet[ReportRow]:
    rows = batch.rows.select_related("award__dossier__user", "award__holder", "corrects__batch", "decided_by").defer("award__trace")
    return rows.filter(outcome=outcome) if outcome in ReportRow.Outcome.values else rows
