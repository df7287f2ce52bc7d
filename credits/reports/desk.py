"""Desk pages of the post room: boards, their queues, settings and batches."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from credits.desk.approvals import PAGE_SIZE, may_read, may_write
from credits.models import Award, Board, ReportBatch, ReportOmission, ReportRoute
from credits.reports.batches import make_batch
from credits.reports.consents import ask_again
from credits.reports.corrections import leave_out, take_in_again
from credits.reports.duties import Duty, duty_of
from credits.reports.forms import CourseForm, ReasonForm, RouteForm
from credits.reports.overview import batches, board_lines
from credits.reports.queue import divergences, waiting
from credits.reports.routes import approvals_to_number, save_course, save_route
from credits.reports.systems import layouts, systems
from credits.selectors import school_today

STATES = ("all", "ready", "blocked", "overdue")


@may_read
@require_safe
def report_list(request: SignedInRequest) -> HttpResponse:
    """The post room: every board that wants reports, what waits for it, and the latest batches."""
    today = school_today()
    lines = board_lines(today=today)
    page = Paginator(batches(), PAGE_SIZE).get_page(request.GET.get("page"))
    overdue = sum(line.overdue for line in lines)
    return render(request, "credits/desk/reports/report_list.html", {"lines": lines, "page": page, "today": today, "overdue": overdue})


@may_read
@require_safe
def report_board(request: SignedInRequest, code: str) -> HttpResponse:
    """One board's queue, the most urgent first; `?state=` shows only what is ready, not ready or overdue."""
    board, duty = _board(code)
    route = ReportRoute.objects.select_related("board").filter(board=board).first()
    today = school_today()
    items = waiting([route], today=today) if route and route.is_on else []
    chosen = request.GET.get("state", "all")
    shown = [item for item in items if _is_shown(item, chosen, today)]
    context = {
        "board": board,
        "duty": duty,
        "route": route,
        "system": systems().get(route.system) if route else duty.system,
        "layout": layouts().get(route.layout) if route else None,
        "page": Paginator(shown, PAGE_SIZE).get_page(request.GET.get("page")),
        "chosen": chosen if chosen in STATES else "all",
        "counts": {state: sum(1 for item in items if _is_shown(item, state, today)) for state in STATES},
        "today": today,
        "corrections": divergences([route]) if route and route.is_on else [],
        "open_batch": ReportBatch.objects.listed().open().filter(board=board).first(),
        "batches": batches().filter(board=board)[:PAGE_SIZE],
        "omissions": ReportOmission.objects.standing().filter(award__board=board).select_related("award__dossier__user", "officer")[:PAGE_SIZE],
    }
    return render(request, "credits/desk/reports/report_board.html", context)


def _is_shown(item: Any, state: str, today: Any) -> bool:
    if state == "ready":
        return bool(item.is_ready)
    if state == "blocked":
        return not item.is_ready
    return bool(item.is_overdue(today)) if state == "overdue" else True


def _board(code: str) -> tuple[Board, Duty]:
    board = get_object_or_404(Board, code=code)
    duty = duty_of(code)
    if duty is None:
        raise Http404
    return board, duty


def _route(code: str) -> ReportRoute:
    return get_object_or_404(ReportRoute.objects.select_related("board"), board__code=code)


@may_write
def report_route(request: SignedInRequest, code: str) -> HttpResponse:
    board, duty = _board(code)
    route = ReportRoute.objects.select_related("board").filter(board=board).first()
    form = RouteForm(request.POST or None, board=board, duty=duty, route=route)
    if request.method == "POST" and form.is_valid():
        try:
            route = save_route(board=board, officer=request.user, values=form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved. What waits for %(board)s was looked at again.") % {"board": board.name})
            return redirect(route)
    context = {"form": form, "board": board, "duty": duty, "route": route, "system": duty.system}
    return render(request, "credits/desk/reports/report_route.html", context, status=422 if form.errors else 200)


@may_read
@require_safe
def report_courses(request: SignedInRequest, code: str) -> HttpResponse:
    """The approvals that count for the board, each with the number its system knows the course by."""
    route = _route(code)
    page = Paginator(approvals_to_number(route), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/desk/reports/report_courses.html", {"route": route, "board": route.board, "page": page})


@may_write
def report_course(request: SignedInRequest, code: str, pk: int) -> HttpResponse:
    route = _route(code)
    accreditation = get_object_or_404(approvals_to_number(route), pk=pk)
    entered = next(iter(accreditation.numbers), None)  # type: ignore[attr-defined]  # from approvals_to_number
    form = CourseForm(
        request.POST if request.method == "POST" else None, initial={name: getattr(entered, name) for name in CourseForm.base_fields} if entered else {}
    )
    if request.method == "POST" and form.is_valid():
        try:
            save_course(route=route, accreditation=accreditation, officer=request.user, values=form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Saved."))
            return redirect("credits_desk:report_courses", code)
    context = {"form": form, "route": route, "board": route.board, "accreditation": accreditation}
    return render(request, "credits/desk/reports/report_course.html", context, status=422 if form.errors else 200)


@may_write
@require_POST
def report_make(request: SignedInRequest, code: str) -> HttpResponse:
    board, _duty = _board(code)
    try:
        batch = make_batch(board=board, officer=request.user)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("credits_desk:report_board", code)
    said = ngettext(
        "Batch %(number)s has %(count)s row. Look at it, then lock it.", "Batch %(number)s has %(count)s rows. Look at it, then lock it.", batch.row_count
    )
    messages.success(request, said % {"number": batch.number, "count": batch.row_count})
    return redirect(batch)


def _award(pk: int) -> Award:
    return get_object_or_404(Award.objects.select_related("board", "dossier__user", "holder").filter(board__isnull=False), pk=pk)


@may_write
def report_leave_out(request: SignedInRequest, pk: int) -> HttpResponse:
    award = _award(pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            leave_out(award=award, officer=request.user, reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("It goes into no batch. You can take it in again on the board's page."))
            return _back(award)
    return render(request, "credits/desk/reports/report_leave_out.html", {"form": form, "award": award}, status=422 if form.errors else 200)


@may_write
@require_POST
def report_take_in(request: SignedInRequest, pk: int) -> HttpResponse:
    omission = get_object_or_404(ReportOmission.objects.select_related("award__board"), pk=pk)
    take_in_again(omission=omission, officer=request.user)
    messages.success(request, _("It waits to be reported again."))
    return _back(omission.award)


@may_write
@require_POST
def report_ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the learner asked for their consent once more."""
    award = _award(pk)
    if ask_again(award=award, officer=request.user, today=school_today()):
        messages.success(request, _("The learner gets a mail that asks for their consent; one a day at most."))
    else:
        messages.info(request, _("There is nothing to ask: the learner has consented, or the board asks for no consent."))
    return _back(award)


def _back(award: Award) -> HttpResponse:
    """To the board's queue, where it has one."""
    board = award.board
    if board and duty_of(board.code):
        return redirect("credits_desk:report_board", board.code)
    return redirect(award)
