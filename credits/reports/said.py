"""What a learner and an officer read about one award: whether a regulator was told, and if not, why not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from core import clock
from credits.models import Award, ReportBatch, ReportConsent, ReportOmission, ReportRoute, ReportRow
from credits.reports.duties import duties
from credits.reports.queue import REPORTED_ORIGINS, due_on
from credits.reports.systems import systems


@dataclass(frozen=True)
class Reporting:
    """`state` is reported, due or no_consent; `day` when it was reported or is due (None: no day is known)."""

    state: str
    system: str
    day: date | None = None
    board: str = ""

    @property
    def is_late(self) -> bool:
        """Whether it is still due after its day."""
        return self.state == "due" and self.day is not None and self.day < clock.civil_date(clock.now(), settings.SCHOOL_TIME_ZONE)


def reporting_of(awards: Iterable[Award], user: Any) -> dict[int, Reporting]:
    """By award pk, for a person's own awards that a regulator is told of; others are left out. Four queries at most.

    The awards come with their board, licence and status.
    """
    shown = [award for award in awards if award.board_id and award.status in (Award.Status.ACTIVE, Award.Status.HELD)]
    routes = {route.board_id: route for route in ReportRoute.objects.filter(is_on=True, board__in={award.board_id for award in shown}).select_related("board")}
    mine = [award for award in shown if award.board_id in routes]
    if not mine:
        return {}
    told, asked = _told(mine), duties()
    left_out = set(ReportOmission.objects.standing().filter(award__key__in=[award.key for award in mine]).values_list("award__key", flat=True))
    words = {row.board_id: row.word for row in ReportConsent.objects.filter(user=user, board__in=routes).order_by("pk")}
    found = {}
    for award in mine:
        route = routes[award.board_id or 0]
        system = systems()[route.system].name
        if row := told.get(award.key):
            day = clock.civil_date(row.batch.posted_at or clock.now(), settings.SCHOOL_TIME_ZONE)
            found[award.pk] = Reporting("reported", systems()[row.batch.system].name, day)
            continue
        if award.key in left_out or award.origin not in REPORTED_ORIGINS or award.completed_on < route.report_from:
            continue
        duty = asked.get(route.board.code)
        if duty and duty.needs_consent and words.get(route.board_id) != ReportConsent.Word.GIVEN:
            found[award.pk] = Reporting("no_consent", system, board=route.board.code)
        else:
            found[award.pk] = Reporting("due", system, due_on(award, route, duty)[0])
    return found


def _told(awards: list[Award]) -> dict[str, ReportRow]:
    """The row that stands with a regulator, by the award's key."""
    rows = ReportRow.objects.live().posted().filter(award__key__in=[award.key for award in awards]).exclude(action=ReportRow.Action.WITHDRAW)
    return {row.award.key: row for row in rows.select_related("award", "batch").defer("batch__content", "award__trace").order_by("pk")}


def reports_of(award: Award) -> dict[str, Any]:
    """For the officer's page of an award: every row of its versions, and the decision to leave it out."""
    rows = ReportRow.objects.filter(award__key=award.key).exclude(batch__state=ReportBatch.State.DRAFT).select_related("batch__board").defer("batch__content")
    return {
        "report_rows": rows.order_by("pk"),
        "report_omission": ReportOmission.objects.standing().filter(award__key=award.key).select_related("officer").first(),
        "report_route": ReportRoute.objects.filter(board=award.board_id).select_related("board").first() if award.board_id else None,
    }
