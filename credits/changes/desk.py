"""Desk pages: one change that has to be filed with a board."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from credits.changes.selectors import comparison_of
from credits.desk.approvals import may_read
from credits.models import Accreditation, Offering, OfficerTask


@may_read
@require_safe
def change_detail(request: SignedInRequest, offering: int, accreditation: int) -> HttpResponse:
    """What differs, what it means meanwhile, and a letter to the board that can be copied."""
    row = get_object_or_404(Accreditation.objects.select_related("board", "activity"), pk=accreditation)
    offered = get_object_or_404(Offering.objects.select_related("activity"), pk=offering, activity=row.activity_id)
    prefix = f"activity:{row.activity_id}:change:{offered.pk}:{row.pk}:"
    context = {
        "offering": offered,
        "accreditation": row,
        "comparison": comparison_of(offered, row),
        "task": OfficerTask.objects.open().filter(key__startswith=prefix).first(),
        "school": settings.SCHOOL_NAME,
    }
    return render(request, "credits/desk/changes/change_detail.html", context)
