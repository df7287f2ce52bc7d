"""The staff desk: who waits and why, and how many seats there are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest
from core.errors import DomainError
from workshops.desk_access import PAGE_SIZE, attempt, staff_only, teachers
from workshops.models import WaitingEntry, Workshop
from workshops.services.capacity import plan_capacity, set_capacity
from workshops.waiting.forms import AddForm, CapacityForm, PriorityForm
from workshops.waiting.selectors import list_rows
from workshops.waiting.services import join_list, leave_list, set_priority


@teachers
@require_safe
def waiting_list(request: SignedInRequest, pk: int) -> HttpResponse:
    """The list with the reasons; with `capacity` in the address, what that many seats would change."""
    return _page(request, pk, capacity_data=request.GET if "capacity" in request.GET else None)


def _page(request: SignedInRequest, pk: int, *, add: AddForm | None = None, capacity_data: Any = None, status: int = 200) -> HttpResponse:
    queryset = Workshop.objects.editable_by(request.user).select_related("venue").with_seats_taken()
    workshop = get_object_or_404(queryset, pk=pk)
    capacity = CapacityForm(capacity_data, workshop=workshop)
    plan = plan_capacity(workshop, **capacity.cleaned_data) if capacity.is_bound and capacity.is_valid() else None
    closed = workshop.waiting.exclude(state__in=WaitingEntry.OPEN).select_related("learner").order_by("-closed_at", "-pk")
    context = {
        "workshop": workshop,
        "page_obj": Paginator(list_rows(workshop), PAGE_SIZE).get_page(request.GET.get("page")),
        "closed": list(closed[:PAGE_SIZE]),
        "offered_seats": workshop.seats.for_resale().count(),
        "capacity_form": capacity,
        "plan": plan,
        "add_form": add or AddForm(workshop=workshop),
        "priority_form": PriorityForm(auto_id=False),
        "is_staff": request.user.has_role(Role.STAFF),
    }
    refused = capacity.is_bound and not capacity.is_valid()
    return render(request, "workshops/waiting/desk/waiting_list.html", context, status=422 if refused else status)


@teachers
@require_POST
def capacity_change(request: SignedInRequest, pk: int) -> HttpResponse:
    """Do what was previewed. Whoever took a seat meanwhile is counted."""
    workshop = get_object_or_404(Workshop.objects.editable_by(request.user), pk=pk)
    form = CapacityForm(request.POST, workshop=workshop)
    if not form.is_valid():
        return _page(request, pk, capacity_data=request.POST, status=422)
    before = workshop.waiting.filter(state=WaitingEntry.State.OFFERED).count()
    try:
        set_capacity(workshop=workshop, by=request.user, **form.cleaned_data)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        made = max(0, workshop.waiting.filter(state=WaitingEntry.State.OFFERED).count() - before)
        offers = ngettext("%(n)s person on the list has an offer now.", "%(n)s people on the list have an offer now.", made) % {"n": made} if made else ""
        messages.success(request, f"{_('The number of seats is changed.')} {offers}".strip())
    return redirect("workshops_desk:waiting_list", pk=pk)


@staff_only
@require_POST
def waiting_add(request: SignedInRequest, pk: int) -> HttpResponse:
    workshop = get_object_or_404(Workshop, pk=pk)
    form = AddForm(request.POST, workshop=workshop)
    if not form.is_valid():
        return _page(request, pk, add=form, status=422)
    values = form.cleaned_data
    done = _("They are on the list, and a mail says so.")
    attempt(request, done, lambda: join_list(workshop=workshop, learner=values["email"], place=values["place"], party=values["party"], by=request.user))
    return redirect("workshops_desk:waiting_list", pk=pk)


def _entry(pk: int, entry: int) -> WaitingEntry:
    return get_object_or_404(WaitingEntry.objects.select_related("workshop", "learner"), pk=entry, workshop=pk)


@staff_only
@require_POST
def waiting_priority(request: SignedInRequest, pk: int, entry: int) -> HttpResponse:
    found, form = _entry(pk, entry), PriorityForm(request.POST)
    if form.is_valid():
        attempt(request, _("The order is changed."), lambda: set_priority(entry=found, by=request.user, **form.cleaned_data))
    else:
        messages.error(request, _("Type a whole number from -100 to 100, and why."))
    return redirect("workshops_desk:waiting_list", pk=pk)


@staff_only
@require_POST
def waiting_remove(request: SignedInRequest, pk: int, entry: int) -> HttpResponse:
    found = _entry(pk, entry)
    attempt(request, _("They are off the list, and a mail says so."), lambda: leave_list(entry=found, by=request.user))
    return redirect("workshops_desk:waiting_list", pk=pk)
