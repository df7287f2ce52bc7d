"""What videos take in storage and cost, for staff."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.models import Role
from accounts.permissions import SignedInRequest, role_required
from streaming.models import Space
from streaming.plots import space_plot
from streaming.selectors.space import cost_of, space_totals

PER_PAGE = 25


@role_required(Role.STAFF)
@require_safe
def space_list(request: SignedInRequest) -> HttpResponse:
    totals = space_totals()
    page = Paginator(Space.objects.select_related("asset"), PER_PAGE).get_page(request.GET.get("page"))
    values = {
        "totals": totals,
        "plot": space_plot(totals.parts),
        "page_obj": page,
        "rows": [{"space": space, "asset": space.asset, "cents": cost_of(space)} for space in page],
        "currency": totals.currency,
        "price": settings.VIDEO_PRICE_GB_MONTH,
        "cold_price": settings.VIDEO_PRICE_GB_MONTH_COLD,
    }
    return render(request, "streaming/desk/space_list.html", values)
