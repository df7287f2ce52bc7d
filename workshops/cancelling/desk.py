"""The staff desk: calling a workshop off, with the totals first, and how far it is."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from workshops.cancelling.forms import FOR_ONE, CallOffForm
from workshops.cancelling.plans import plan_call_off
from workshops.cancelling.selectors import progress_of
from workshops.cancelling.services import call_off, try_again
from workshops.desk_access import PAGE_SIZE, attempt, staff_only
from workshops.models import CallOff, CallOffEntry, Workshop


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def workshop_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET and "preview" show what would happen to each seat; "cancel" does it, when it is still so."""
    workshop = get_object_or_404(Workshop.objects.select_related("venue", "activity"), pk=pk)
    if CallOff.objects.filter(workshop=workshop).exists():
        return redirect("workshops_desk:call_off_progress", pk=pk)
    if workshop.state == Workshop.State.COMPLETED:
        messages.error(request, _("This workshop has taken place, so it cannot be cancelled."))
        return redirect("workshops_desk:workshop_roster", pk=pk)
    is_final = request.method == "POST" and request.POST.get("do") == "cancel"
    form = CallOffForm(request.POST if request.method == "POST" else None, workshop=workshop, is_final=is_final)
    is_valid = form.is_valid()
    if is_final and is_valid:
        values = form.cleaned_data
        try:
            call_off(
                workshop=workshop,
                by=request.user,
                reason=values["reason"],
                default=values["default"],
                to=values["to"],
                choices=form.choices(),
                choose_until=form.until(),
                expected=request.POST.get("expected", ""),
            )
        except DomainError as refusal:
            return _page(request, form, workshop, refusal=refusal, status=409)
        messages.success(request, _("The workshop is cancelled, and everyone with a seat is told. This page shows how far their money is."))
        return redirect("workshops_desk:call_off_progress", pk=pk)
    return _page(request, form, workshop, status=422 if form.is_bound and not is_valid else 200)


def _page(request: SignedInRequest, form: CallOffForm, workshop: Workshop, *, refusal: DomainError | None = None, status: int = 200) -> HttpResponse:
    values: dict[str, Any] = form.cleaned_data if form.is_bound and form.is_valid() else {}
    default = values.get("default") or CallOffEntry.Action.REFUND
    choices = form.choices() if form.is_bound else {}
    plan = plan_call_off(workshop, default=default, to=values.get("to"), choices=choices)
    context = {
        "form": form,
        "workshop": workshop,
        "plan": plan,
        "rows": [(row, choices.get(row.seat.pk, "")) for row in plan.rows],
        "for_one": FOR_ONE,
        "refusal": refusal,
        "is_previewed": form.is_bound,
    }
    return render(request, "workshops/cancelling/call_off.html", context, status=status)


@staff_only
@require_safe
def call_off_progress(request: SignedInRequest, pk: int) -> HttpResponse:
    made = get_object_or_404(CallOff.objects.select_related("workshop__venue", "by", "to"), workshop=pk)
    entries = made.entries.select_related("seat__learner", "seat__workshop").order_by("pk")
    page = Paginator(entries, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"call_off": made, "workshop": made.workshop, "page_obj": page, "progress": progress_of(made), "here": request.get_full_path()}
    is_part = getattr(request, "htmx", False)
    return render(request, "workshops/cancelling/_progress.html" if is_part else "workshops/cancelling/progress.html", context)


@staff_only
@require_POST
def call_off_again(request: SignedInRequest, pk: int) -> HttpResponse:
    made = get_object_or_404(CallOff, workshop=pk)
    attempt(request, _("What needed you is tried again."), lambda: try_again(call_off=made, by=request.user))
    return redirect("workshops_desk:call_off_progress", pk=pk)
