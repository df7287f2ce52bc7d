"""The staff desk for background work: what waits, what runs, what died and why."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import jobs
from core.models import Job
from core.selectors import job_counts, late_since

PER_PAGE = 25


def staff_only(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """The gate of accounts.permissions, for pages of the one app that may not import it."""

    @wraps(view)
    def gate(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user: Any = request.user
        if not (user.is_authenticated and user.has_role("staff")):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return gate


@staff_only
@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    counts = job_counts()
    state = request.GET.get("state", "")
    if state not in counts:
        state = next((found for found in ("dead", "running", "queued") if counts[found]), "done")
    page = Paginator(Job.objects.filter(state=state), PER_PAGE, orphans=0).get_page(request.GET.get("page"))
    tabs = [{"state": value, "label": label, "count": counts[value]} for value, label in Job.State.choices]
    context = {"page_obj": page, "tabs": tabs, "state": state, "is_moving": state in ("queued", "running"), "late_since": late_since()}
    htmx = getattr(request, "htmx", False)
    return render(request, "core/desk/_job_table.html" if htmx else "core/desk/job_list.html", context)


@staff_only
@require_POST
def job_retry(request: HttpRequest, pk: int) -> HttpResponse:
    job = get_object_or_404(Job, pk=pk)
    if jobs.retry(job, by=request.user):
        messages.success(request, _("The job is queued again."))
    else:
        messages.info(request, _("This job is no longer dead, so there was nothing to try again."))
    return redirect("core_desk:job_list")
