"""The post room of the demonstration: how Florida and Georgia are reported to, and what waits for them."""

from __future__ import annotations

from datetime import date
from typing import Any

from accounts.models import User
from credits.models import Board, ReportRoute
from credits.reports.review import review_reports
from credits.reports.routes import approvals_to_number, save_course, save_route

# Numbers that no account has: nothing of the demonstration is to be posted anywhere.
ROUTES: dict[str, dict[str, Any]] = {
    "us_fl_massage": {"state": "FL", "licence_mask": "MA#####", "own_days": 14},
    "us_ga_massage": {"state": "GA", "licence_mask": "", "own_days": None},
}


def show_reports(*, officer: User) -> None:
    """Settings and course numbers for both boards; what the demonstration's learners completed waits there by itself. Safe to repeat."""
    for code, values in ROUTES.items():
        board = Board.objects.get(code=code)
        if ReportRoute.objects.filter(board=board).exists():
            continue
        account = {"is_on": True, "system": "ce_broker", "layout": "ce_broker_xls", "provider_number": "0000", "profession_code": "EXAMPLE"}
        route = save_route(board=board, officer=officer, values={**account, "report_from": date(2026, 1, 1), **values})
        for number, approval in enumerate(approvals_to_number(route).filter(board=board), start=1):
            numbers = {"course_number": f"{number:06}", "own_course_id": "", "publishing_number": ""}
            save_course(route=route, accreditation=approval, officer=officer, values=numbers)
    review_reports()
