"""Pages of the planner: a person's own routes."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from planner.models import Route

PAGE_SIZE = 20


@require_safe
def route_list(request: SignedInRequest) -> HttpResponse:
    rows = Route.objects.visible_to(request.user).prefetch_related("licences__board")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "planner/route_list.html", {"page_obj": page})


@require_safe
def route_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    rows = Route.objects.visible_to(request.user).prefetch_related("licences__board", "steps", "events")
    return render(request, "planner/route_detail.html", {"route": get_object_or_404(rows, pk=pk)})
