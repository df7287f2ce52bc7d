"""Pages of the planner: looking for a route, and a person's own saved ones."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.permissions import SignedInRequest
from core.errors import DomainError
from core.limits import check_limit
from credits.models import Licence
from credits.selectors import licences_of, today_of
from planner import services
from planner.forms import NameForm, PlanForm
from planner.models import Route, RouteQuerySet
from planner.planning import Planning
from planner.plans import Plan
from planner.showing import route_view, shown_answers
from planner.words import sentence_of

PAGE_SIZE = 20
EVENTS_SHOWN = 30
PLAN_RATE = "120/h"
SAVE_RATE = "60/h"


@require_safe
def plan(request: SignedInRequest) -> HttpResponse:
    """The best sets for what the address asks for; without anything asked, for all licences."""
    licences = licences_of(request.user)
    form = PlanForm(_asked(request, licences), licences=licences)
    is_right = form.is_valid()
    found: Plan | None = None
    if is_right and licences:
        check_limit(request, group="planner.plan", rate=PLAN_RATE)
        found = Planning(request.user, form.wishes).plan()
    replaces = Route.objects.visible_to(request.user).filter(pk=form.cleaned_data.get("replaces") or 0).first()
    context = {
        "form": form,
        "licences": licences,
        "plan": found,
        "answers": shown_answers(found) if found else [],
        "origin": form.cleaned_data.get("origin"),
        "replaces": replaces,
        "route_count": Route.objects.visible_to(request.user).followed().count(),
    }
    return render(request, "planner/plan.html", context, status=200 if is_right else 422)


def _asked(request: HttpRequest, licences: list[Licence]) -> QueryDict:
    """The address's wishes, with all licences where none is chosen."""
    data = request.GET.copy()
    data.setdefault("margin", "30")
    data.setdefault("hours", "4")
    if not data.getlist("licences"):
        data.setlist("licences", [str(licence.pk) for licence in licences])
    return data


@require_POST
def route_save(request: SignedInRequest) -> HttpResponse:
    form = PlanForm(request.POST, licences=licences_of(request.user))
    if not form.is_valid():
        messages.error(request, _("What you asked for is not complete. Look for a route again, then save it."))
        return redirect("planner:plan")
    replaces = None
    if form.cleaned_data.get("replaces"):
        replaces = get_object_or_404(Route.objects.visible_to(request.user), pk=form.cleaned_data["replaces"])
    try:
        check_limit(request, group="planner.save", rate=SAVE_RATE)
        route = services.save_route(
            user=request.user,
            wishes=form.wishes,
            goal=request.POST.get("goal", ""),
            keys=request.POST.getlist("step")[:50],
            name=request.POST.get("name", ""),
            replaces=replaces,
        )
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return redirect(f"{reverse('planner:plan')}?{_again(request.POST, form)}")
    messages.success(request, _said_of(route))
    return redirect(route)


def _said_of(route: Route) -> str:
    """What follows from saving it; nobody is promised mail that they stopped."""
    if not route.is_closing:
        return _("Your route is saved and followed. It does not close the whole gap; what it leaves is named below.")
    if not services.wants_mail(route):
        return _("Your route is saved and followed. You stopped reminders, so this page alone says when it no longer closes the gap.")
    return _("Your route is saved. We follow it and write to you when it no longer closes the gap.")


def _again(posted: QueryDict, form: PlanForm) -> str:
    return urlencode([(name, value) for name, values in posted.lists() if name in form.fields for value in values])


@require_safe
def route_list(request: SignedInRequest) -> HttpResponse:
    rows = Route.objects.visible_to(request.user).prefetch_related("licences__board", "steps")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "planner/route_list.html", {"page_obj": page})


@require_safe
def route_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    route = get_object_or_404(_loaded(Route.objects.visible_to(request.user)), pk=pk)
    return render(request, "planner/route_detail.html", _context(route, NameForm(initial={"name": route.name})))


def _loaded(rows: RouteQuerySet) -> RouteQuerySet:
    return rows.prefetch_related("licences__board", "steps__workshop__venue", "steps__course")


def _context(route: Route, form: NameForm) -> dict[str, Any]:
    events = [{"event": event, "sentence": sentence_of(event)} for event in route.events.all()[:EVENTS_SHOWN]]
    today = today_of(route.user)
    return {
        "route": route,
        "view": route_view(route, today),
        "today": today,
        "events": events,
        "form": form,
        "is_waiting": route.asked > route.answered,
        "gets_mail": services.wants_mail(route),
    }


@require_POST
def route_rename(request: SignedInRequest, pk: int) -> HttpResponse:
    route = get_object_or_404(_loaded(Route.objects.visible_to(request.user)), pk=pk)
    form = NameForm(request.POST)
    if not form.is_valid():
        return render(request, "planner/route_detail.html", _context(route, form), status=422)
    services.rename_route(route=route, name=form.cleaned_data["name"])
    return redirect(route)


@require_POST
def route_mail(request: SignedInRequest, pk: int) -> HttpResponse:
    route = get_object_or_404(Route.objects.visible_to(request.user), pk=pk)
    services.set_mail(route=route, wants_mail=request.POST.get("wants_mail") == "yes")
    messages.success(request, _("We write to you about this route.") if route.wants_mail else _("We no longer write to you about this route."))
    return redirect(route)


@require_POST
def route_look(request: SignedInRequest, pk: int) -> HttpResponse:
    route = get_object_or_404(Route.objects.visible_to(request.user), pk=pk)
    if services.ask_to_look(Route.objects.filter(pk=route.pk)):
        messages.success(request, _("The route is being looked at again. Reload this page in a moment."))
    return redirect(route)


@require_POST
def route_drop(request: SignedInRequest, pk: int) -> HttpResponse:
    route = get_object_or_404(Route.objects.visible_to(request.user), pk=pk)
    services.drop_route(route=route)
    messages.success(request, _("The route is no longer followed. Seats and courses you have stay yours."))
    return redirect(route)


@require_POST
def route_follow(request: SignedInRequest, pk: int) -> HttpResponse:
    route = get_object_or_404(Route.objects.visible_to(request.user), pk=pk)
    try:
        services.follow_again(route=route)
    except DomainError as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The route is followed again."))
    return redirect(route)


@require_safe
def route_replan(request: SignedInRequest, pk: int) -> HttpResponse:
    """The plan with this route's own wishes; what is saved there takes its steps' place."""
    route = get_object_or_404(Route.objects.visible_to(request.user).prefetch_related("licences"), pk=pk)
    asked: list[tuple[str, Any]] = [("licences", licence.pk) for licence in route.licences.all()]
    asked += [("margin", route.margin_days), ("hours", route.hours_per_week), ("replaces", route.pk)]
    if route.has_place:
        asked += [("place", route.place_label), ("lat", route.lat), ("lng", route.lng)]
    return redirect(f"{reverse('planner:plan')}?{urlencode(asked)}")
