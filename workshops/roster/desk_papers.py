"""What is printed of a roster, and its lines for a spreadsheet."""

from __future__ import annotations

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.permissions import SignedInRequest
from core import clock
from core.audit import record_audit
from workshops.desk_access import roster_readers
from workshops.models import Workshop
from workshops.roster.csv_file import roster_csv
from workshops.roster.papers import PAPERS
from workshops.roster.selectors import roster


def _workshop(request: SignedInRequest, pk: int) -> Workshop:
    found = Workshop.objects.roster_visible_to(request.user).select_related("venue", "activity").prefetch_related("blocks")
    return get_object_or_404(found, pk=pk)


@roster_readers
@require_safe
def paper(request: SignedInRequest, pk: int, kind: str) -> HttpResponse:
    """A PDF: "badges" (`?qr=1` prints the ticket's code on each) or "sign-in"."""
    if kind not in PAPERS:
        raise Http404
    workshop = _workshop(request, pk)
    content = PAPERS[kind](workshop, made_at=clock.now(), with_codes="qr" in request.GET)
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{workshop.slug}-{kind}.pdf"'
    return response


@roster_readers
@require_safe
def roster_export(request: SignedInRequest, pk: int) -> HttpResponse:
    workshop = _workshop(request, pk)
    response = HttpResponse(roster_csv(roster(workshop)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{workshop.slug}-roster.csv"'
    record_audit(actor=request.user, action="workshops.export_roster", record=workshop)
    return response
