"""How each board is reported to, as a CE officer enters it: the numbers that come with the account, and the courses' numbers."""

from __future__ import annotations

import re
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet
from django.utils.translation import gettext as _

from core.audit import record_audit
from core.errors import DomainError
from credits.models import Accreditation, Board, ReportCourse, ReportRoute
from credits.reports.duties import Duty, duties
from credits.reports.layouts import COURSE_PREFIX, PROVIDER_PREFIX, XLS
from credits.reports.systems import layouts, systems
from credits.services.gates import require_officer

MASK = re.compile(r"[A-Za-z0-9@#* ./-]+")
MOST_OPEN_RUNS = 3  # of digits without a length in a mask; looking through a number takes a power of them


class RouteMistake(DomainError):
    code = "route_mistake"


def boards_to_report() -> list[tuple[Board, Duty, ReportRoute | None]]:
    """Every board whose text speaks of reports by us, with what it asks and how we report to it. Two queries."""
    asked = duties()
    routes = {route.board_id: route for route in ReportRoute.objects.select_related("board")}
    boards = Board.objects.filter(code__in=asked).order_by("name")
    return [(board, asked[board.code], routes.get(board.pk)) for board in boards]


def routes_in_use() -> list[ReportRoute]:
    return list(ReportRoute.objects.filter(is_on=True).select_related("board"))


def save_route(*, board: Board, officer: Any, values: dict[str, Any]) -> ReportRoute:
    """Enter or change how `board` is reported to. Batches that exist keep what they say. Raises RouteMistake."""
    require_officer(officer, "entered")
    with transaction.atomic():
        route = ReportRoute.objects.select_for_update(of=("self",)).filter(board=board).first() or ReportRoute(board=board)
        for name, value in {**values, **_cleaned(values)}.items():
            setattr(route, name, value)
        _check(route)
        route.save()
        shown = {name: str(value) for name, value in values.items()}
        record_audit(actor=officer, action="credits.save_report_route", record=route, board=board.code, **shown)
    return route


def _cleaned(values: dict[str, Any]) -> dict[str, str]:
    """Numbers as the file wants them: CE Broker's without their prefix."""
    provider = values["provider_number"].strip()
    is_xls = values["layout"] == XLS
    return {
        "provider_number": provider.removeprefix(PROVIDER_PREFIX) if is_xls else provider,
        "state": values["state"].strip().upper(),
        "profession_code": values["profession_code"].strip(),
        "licence_mask": values["licence_mask"].strip(),
    }


def _check(route: ReportRoute) -> None:
    if route.system not in systems() or route.layout not in layouts():
        raise RouteMistake(_("Choose a system and a form from the list."))
    if route.layout == XLS and route.provider_number and not _is_number(route.provider_number):
        raise RouteMistake(_("CE Broker's provider number is digits after “50-”. Copy it from the account."))
    if route.state and not re.fullmatch(r"[A-Z]{2}", route.state):
        raise RouteMistake(_("The state is its two letters, such as FL."))
    if len(re.findall(r"[#*]*\*[#*]*", route.licence_mask)) > MOST_OPEN_RUNS:
        raise RouteMistake(_("Write * in at most three places: more say nothing of a number's form."))
    if route.licence_mask and not MASK.fullmatch(route.licence_mask):
        raise RouteMistake(_("Write the form of a number with @ for a letter, # for a digit and * for any number of digits, such as LM#####."))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def approvals_to_number(route: ReportRoute) -> QuerySet[Accreditation]:
    """The approvals that count for the route's board and can still be completed or have awards there, each with `numbers` (a list of at most one)."""
    accepted = Q(board=route.board_id) | Q(board__in=route.board.accepts_approvals_of.values("pk"))
    rows = Accreditation.objects.filter(accepted).exclude(status=Accreditation.Status.DRAFT).select_related("board", "activity")
    return rows.prefetch_related(Prefetch("report_courses", ReportCourse.objects.filter(route=route), to_attr="numbers")).order_by("approved_title", "pk")


def save_course(*, route: ReportRoute, accreditation: Accreditation, officer: Any, values: dict[str, str]) -> ReportCourse | None:
    """Enter the numbers under which the system knows an approval's course; all empty takes them out (None). Raises RouteMistake."""
    require_officer(officer, "entered")
    values = {name: value.strip() for name, value in values.items()}
    if route.layout == XLS:
        values["course_number"] = values["course_number"].removeprefix(COURSE_PREFIX)
        if values["course_number"] and not _is_number(values["course_number"]):
            raise RouteMistake(_("CE Broker's course number is digits after “20-”. Copy it from the course in the account."))
    if not values["course_number"] and not values["own_course_id"] and values["publishing_number"]:
        raise RouteMistake(_("A publishing number needs the course's number or your own course id beside it."))
    with transaction.atomic():
        if not values["course_number"] and not values["own_course_id"]:
            ReportCourse.objects.filter(route=route, accreditation=accreditation).delete()
            row = None
        else:
            row, _created = ReportCourse.objects.update_or_create(route=route, accreditation=accreditation, defaults=values)
        record_audit(actor=officer, action="credits.save_report_course", record=route, accreditation=accreditation.pk, **values)
    return row
