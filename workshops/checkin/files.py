"""Answers that carry evidence: a scanned sheet, a drawn signature. The desk and the API give the same."""

from __future__ import annotations

from django.http import HttpResponse

from workshops.checkin.evidence import sheet_name
from workshops.checkin.strokes import svg
from workshops.models import PaperSheet, Signature

KEPT_NOWHERE = "private, no-store"


def sheet_answer(sheet: PaperSheet) -> HttpResponse:
    kept = {"Content-Disposition": f'attachment; filename="{sheet_name(sheet)}"', "Cache-Control": KEPT_NOWHERE}
    return HttpResponse(bytes(sheet.content), content_type=sheet.media_type, headers=kept)


def signature_answer(signature: Signature) -> HttpResponse:
    return HttpResponse(svg(signature), content_type="image/svg+xml", headers={"Cache-Control": KEPT_NOWHERE})
