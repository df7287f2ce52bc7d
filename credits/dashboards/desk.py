"""Desk pages: who lacks what, what ends soon, what nobody has verified."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from core.audit import record_audit
from core.search import typed
from credits.dashboards import deficiencies, expiries
from credits.dashboards.deficiencies import StandingFilter, lacks_of
from credits.dashboards.expiries import ExpiryFilter, endings_of
from credits.dashboards.tables import expiries_file, standings_file
from credits.dashboards.unverified import unverified_boards, withheld_count
from credits.desk.approvals import PAGE_SIZE, may_read
from credits.selectors import school_today


@may_read
@require_safe
def deficiency_list(request: SignedInRequest) -> HttpResponse:
    """Who lacks what; `?show=`, `?board=`, `?within=`, `?lacks=`, `?unverified=1` and `?q=` choose others."""
    today, chosen = school_today(), StandingFilter.of(request.GET, typed(request))
    page = Paginator(chosen.rows(today), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lacks": list(lacks_of(page.object_list, today)),
        "chosen": chosen,
        "today": today,
        "months": chosen.by_month(today),
        "by_board": chosen.by_board(),
        "boards": deficiencies.boards_on_file(),
        "minima": deficiencies.minima_of(chosen.board),
        "shows": [(name, words) for name, (words, _rows) in deficiencies.SHOW.items()],
        "withins": deficiencies.WITHIN,
        "withheld": withheld_count(today),
    }
    return render(request, "credits/desk/dashboards/deficiency_list.html", context)


@may_read
@require_safe
def deficiency_csv(request: SignedInRequest) -> StreamingHttpResponse:
    """The same rows as a file, all of them. Whoever takes it is noted."""
    chosen = StandingFilter.of(request.GET, typed(request))
    record_audit(actor=request.user, action="credits.export_standings", record=request.user, show=chosen.show, board=chosen.board, words=chosen.words)
    return standings_file(chosen, school_today())


@may_read
@require_safe
def expiry_list(request: SignedInRequest) -> HttpResponse:
    """What ends soon; `?kind=`, `?within=` and `?q=` choose others."""
    today, chosen = school_today(), ExpiryFilter.of(request.GET, typed(request))
    page = Paginator(chosen.rows(today), PAGE_SIZE).get_page(request.GET.get("page"))
    counted = expiries.counts(today, chosen.within)
    context = {
        "page": page,
        "endings": endings_of(chosen.kind, page.object_list, today),
        "chosen": chosen,
        "today": today,
        "weeks": expiries.by_week(today),
        "kinds": [(kind, words, counted[kind]) for kind, words in expiries.KINDS.items()],
        "withins": expiries.WITHIN,
    }
    return render(request, "credits/desk/dashboards/expiry_list.html", context)


@may_read
@require_safe
def expiry_csv(request: SignedInRequest) -> StreamingHttpResponse:
    chosen = ExpiryFilter.of(request.GET, typed(request))
    record_audit(actor=request.user, action="credits.export_expiries", record=request.user, kind=chosen.kind, within=chosen.within, words=chosen.words)
    return expiries_file(chosen, school_today())


@may_read
@require_safe
def unverified_list(request: SignedInRequest) -> HttpResponse:
    """Boards with facts that nobody at the school has verified, those that hold back reminders first."""
    today = school_today()
    rows = unverified_boards(today)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "withheld": sum(row.withheld for row in rows),
        "resting": sum(row.resting for row in rows),
        "facts": sum(row.open for row in rows),
        "boards": len(rows),
    }
    return render(request, "credits/desk/dashboards/unverified_list.html", context)
