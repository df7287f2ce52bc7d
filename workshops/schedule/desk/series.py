"""Repeating a workshop, copying one, and the series that its dates belong to."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest
from core.errors import DomainError
from workshops.desk_access import PAGE_SIZE, attempt, staff_only, teachers
from workshops.models import Series, Workshop
from workshops.schedule.forms.repeats import DuplicateForm, PlannedDayFormSet, RepeatForm, SeriesForm
from workshops.schedule.repeats import first_day, look_at_days, repeat_workshop, save_series


def _original(request: SignedInRequest, pk: int) -> Workshop:
    found = Workshop.objects.editable_by(request.user).select_related("venue", "series").prefetch_related("blocks")
    return get_object_or_404(found, pk=pk)


@teachers
def workshop_duplicate(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET asks for the day, POST makes one draft and opens it."""
    workshop = _original(request, pk)
    form = DuplicateForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = repeat_workshop(workshop=workshop, days=[form.cleaned_data["day"]], by=request.user)
        except DomainError as refusal:
            form.add_error("day", refusal.message)
        else:
            if made:
                messages.success(request, _("The copy is a draft. Look through it, then announce it."))
                return redirect("workshops_desk:workshop_edit", pk=made[0].pk)
            form.add_error("day", _("The series has a date on that day already."))
    status = 422 if request.method == "POST" else 200
    return render(request, "workshops/schedule/workshop_duplicate.html", {"form": form, "workshop": workshop}, status=status)


@teachers
def workshop_repeat(request: SignedInRequest, pk: int) -> HttpResponse:
    """A rule proposes days; they are shown with what stands in their way, can be changed, and become drafts together."""
    workshop = _original(request, pk)
    try:
        begins = first_day(workshop)
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect("workshops_desk:workshop_edit", pk=pk)
    form = RepeatForm(request.POST if "propose" in request.POST else None)
    if "days-TOTAL_FORMS" in request.POST and "propose" not in request.POST:
        return _planned(request, workshop)
    if form.is_bound and form.is_valid():
        return _show_days(request, workshop, form.days_after(begins))
    context = {"form": form, "workshop": workshop}
    return render(request, "workshops/schedule/workshop_repeat.html", context, status=422 if form.is_bound else 200)


def _show_days(request: SignedInRequest, workshop: Workshop, days: list[date]) -> HttpResponse:
    planned = look_at_days(workshop, days)
    formset = PlannedDayFormSet(prefix="days", initial=[{"day": plan.day, "make": not plan.refusal} for plan in planned])
    title = workshop.series.title if workshop.series else workshop.title
    return _days_page(request, workshop, formset, planned, title)


def _planned(request: SignedInRequest, workshop: Workshop) -> HttpResponse:
    """The days as changed by the person: looked at again, or made."""
    formset, title = PlannedDayFormSet(request.POST, prefix="days"), request.POST.get("series_title", "").strip()[:200]
    if not formset.is_valid():
        return _days_page(request, workshop, formset, [], title, status=422)
    chosen = [form.cleaned_data["day"] for form in formset if form.cleaned_data.get("make")]
    if "look" not in request.POST:
        try:
            made = repeat_workshop(workshop=workshop, days=chosen, by=request.user, series_title=title)
        except DomainError as refusal:
            messages.error(request, refusal.message)
        else:
            n = len(made)
            text = ngettext("%(n)s draft is made. Announce it when it is right.", "%(n)s drafts are made. Announce each when it is right.", n)
            messages.success(request, text % {"n": n})
            workshop.refresh_from_db()
            return redirect("workshops_desk:series_detail", pk=workshop.series_id) if workshop.series_id else redirect("workshops_desk:workshop_list")
    planned = look_at_days(workshop, [form.cleaned_data["day"] for form in formset])
    return _days_page(request, workshop, formset, planned, title, status=200 if "look" in request.POST else 422)


def _days_page(request: SignedInRequest, workshop: Workshop, formset: Any, planned: list[Any], title: str, status: int = 200) -> HttpResponse:
    plans = [*planned, *[None] * (len(formset.forms) - len(planned))]
    context = {"workshop": workshop, "formset": formset, "rows": list(zip(formset.forms, plans, strict=True)), "series_title": title}
    return render(request, "workshops/schedule/workshop_repeat_days.html", context, status=status)


@teachers
@require_safe
def series_list(request: SignedInRequest) -> HttpResponse:
    page = Paginator(Series.objects.annotate(dates=Count("workshops")).order_by("title", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workshops/schedule/series_list.html", {"page_obj": page, "is_staff": request.user.has_role(Role.STAFF)})


@teachers
@require_safe
def series_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    series = get_object_or_404(Series, pk=pk)
    dates = series.workshops.roster_visible_to(request.user).select_related("venue").with_seats_taken().order_by("starts_at", "pk")
    page = Paginator(dates, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "workshops/schedule/series_detail.html", {"series": series, "page_obj": page, "is_staff": request.user.has_role(Role.STAFF)})


@staff_only
def series_edit(request: SignedInRequest, pk: int | None = None) -> HttpResponse:
    series = get_object_or_404(Series, pk=pk) if pk else Series()
    form = SeriesForm(request.POST or None, instance=series)
    if request.method == "POST" and form.is_valid():
        attempt(request, _("The series is saved."), lambda: save_series(series=form.save(commit=False), by=request.user))
        return redirect("workshops_desk:series_detail", pk=form.instance.pk)
    return render(request, "workshops/schedule/series_form.html", {"form": form, "series": series}, status=422 if request.method == "POST" else 200)
