"""Desk pages: closed cycles that a change reaches."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from core.errors import DomainError
from credits.closed_cycles.forms import DecideForm
from credits.closed_cycles.words import compared
from credits.desk.approvals import PAGE_SIZE
from credits.models import ClosedCycle
from credits.services import decide_closed_cycle

officers = role_required(Role.CE_OFFICER)  # they read people's standings, as here


@officers
@require_safe
def closed_cycle_list(request: SignedInRequest) -> HttpResponse:
    """Those to decide, or with `?all=1` decided ones too."""
    show_all = request.GET.get("all") == "1"
    rows = ClosedCycle.objects.select_related("licence__board", "licence__user", "award", "decided_by")
    page = Paginator(rows if show_all else rows.undecided(), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "credits/desk/closed_cycles/closed_cycle_list.html", {"page": page, "show_all": show_all})


@officers
@require_http_methods(["GET", "HEAD", "POST"])
def closed_cycle_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """The cycle without and with the change, and the decision."""
    cycle = get_object_or_404(ClosedCycle.objects.select_related("licence__board", "licence__user", "award", "task", "decided_by"), pk=pk)
    form = DecideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            decide_closed_cycle(officer=request.user, cycle=cycle, **form.cleaned_data)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            messages.success(request, _("Decided, and the learner is told."))
            return redirect(cycle)
    context = {"cycle": cycle, "rows": compared(cycle), "form": form}
    return render(request, "credits/desk/closed_cycles/closed_cycle_detail.html", context, status=422 if form.errors else 200)
