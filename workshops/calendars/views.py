"""Calendar files to download."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from workshops.calendars.files import calendar_of
from workshops.models import Workshop


@login_not_required
@require_safe
def workshop_calendar(request: HttpRequest, slug: str) -> HttpResponse:
    queryset = Workshop.objects.visible_to(request.user).select_related("venue").prefetch_related("blocks")
    workshop = get_object_or_404(queryset, slug=slug)
    response = HttpResponse(calendar_of(workshop), content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{workshop.slug}.ics"'
    return response
