"""Desk pages: what waits for a CE officer."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest
from core.search import typed
from credits.desk.approvals import PAGE_SIZE, may_read, may_write
from credits.models import OfficerTask
from credits.selectors import school_today
from credits.services import settle_task_by_hand
from credits.worklist.forms import SettleForm
from credits.worklist.selectors import TaskFilter, open_by_kind, task_counts


@may_read
@require_safe
def task_list(request: SignedInRequest) -> HttpResponse:
    """Open tasks, the most urgent first; `?state=`, `?kind=` and `?q=` choose others."""
    today, chosen = school_today(), TaskFilter.of(request.GET, typed(request))
    context = {
        "page": Paginator(chosen.rows(today), PAGE_SIZE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "today": today,
        "counts": task_counts(today),
        "by_kind": open_by_kind(),
        "kinds": OfficerTask.Kind.choices,
        "states": [("open", _("To do")), ("overdue", _("Overdue")), ("settled", _("Settled")), ("all", _("All"))],
    }
    return render(request, "credits/desk/worklist/task_list.html", context)


@may_write
@require_http_methods(["GET", "HEAD", "POST"])
def task_settle(request: SignedInRequest, pk: int) -> HttpResponse:
    task = get_object_or_404(OfficerTask.objects.select_related("settled_by"), pk=pk)
    form = SettleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        settle_task_by_hand(task=task, officer=request.user, note=form.cleaned_data["note"])
        messages.success(request, _("Settled: “%(title)s”.") % {"title": task.title})
        return redirect("credits_desk:task_list")
    context = {"form": form, "task": task, "today": school_today()}
    return render(request, "credits/desk/worklist/task_settle.html", context, status=422 if form.errors else 200)
