"""The editor of one caption, beside the player.

The whole of it travels in one hidden field; static/js/caption-editor.js edits that. Without JavaScript the rows of the
page in view are plain fields, laid over the whole on saving, so both ways end in the same request.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest
from streaming.csp import player_page
from streaming.models import Caption
from streaming.selectors import player_context
from streaming.services.captions import CaptionsChanged, CaptionsUnusable, save_spoken
from streaming.services.captions.formats import read_timed
from streaming.services.captions.markup import for_editing, printable
from streaming.services.captions.reading import oddities, read_rows
from streaming.services.captions.spoken import milliseconds, timestamp
from streaming.views.asset_page import desk_role
from streaming.views.captions import my_caption

PER_PAGE = 50
REMARKS_SHOWN = 20
FIELDS = ("start", "end", "text", "settings")
Row = dict[str, str]


@player_page
@desk_role
@require_http_methods(["GET", "HEAD", "POST"])
def caption_edit(request: SignedInRequest, uuid: UUID, pk: int) -> HttpResponse:
    caption = my_caption(request, uuid, pk)
    if request.method != "POST":
        return _page(request, caption, _rows_of(caption))
    rows, refusals = _rows_in(request.POST), list[str]()
    if rows is None:
        return _page(request, caption, _rows_of(caption), status=422, problems=[_("What was sent could not be read. Nothing is changed; try again.")])
    try:
        cues = read_rows([(milliseconds(row["start"]), milliseconds(row["end"]), row["text"], row["settings"]) for row in rows])
        save_spoken(asset=caption.asset, language=caption.language, cues=cues, by=request.user, revision=_revision(request.POST))
    except CaptionsUnusable as refusal:
        refusals = refusal.problems
    except CaptionsChanged as refusal:
        caption.refresh_from_db()
        return _page(request, caption, rows, status=409, problems=[refusal.message], has_changed=True)
    else:
        messages.success(request, _("The captions are saved."))
        return redirect(request.get_full_path())
    return _page(request, caption, rows, status=422, problems=refusals, revision=_revision(request.POST))


def _page(request: SignedInRequest, caption: Caption, rows: list[Row], *, status: int = 200, **values: Any) -> HttpResponse:
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    first = page.start_index() or 1
    remarks = oddities(_cues_in(caption), caption.asset.duration_ms) if status == 200 else []
    values = {
        "asset": caption.asset,
        "caption": caption,
        "player": player_context(asset=caption.asset, request=request, preview=True) if caption.asset.is_playable else None,
        "page_obj": page,
        "rows": [{**row, "number": number} for number, row in enumerate(page, start=first)],
        "cues": json.dumps([[row[name] for name in FIELDS] for row in rows], ensure_ascii=False),
        "revision": caption.revision,
        "remarks": [{"number": number, "why": why} for number, why in remarks[:REMARKS_SHOWN]],
        **values,
    }
    return render(request, "streaming/desk/caption_edit.html", values, status=status)


def _cues_in(caption: Caption) -> list[Any]:
    return [replace(cue, place=number) for number, cue in enumerate(read_timed(caption.vtt, is_vtt=True).cues, start=1)]


def _rows_of(caption: Caption) -> list[Row]:
    return [
        {"start": timestamp(cue.start_ms), "end": timestamp(cue.end_ms), "text": for_editing(cue.text), "settings": cue.settings} for cue in _cues_in(caption)
    ]


def _revision(sent: QueryDict) -> int:
    value = sent.get("revision", "")
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else 0


def _rows_in(sent: QueryDict) -> list[Row] | None:
    """The whole as sent, with the plain fields of one page laid over it; None when it is not what our page sends."""
    try:
        whole = json.loads(sent.get("cues", ""))
    except (ValueError, RecursionError):
        return None
    if not isinstance(whole, list) or not all(
        isinstance(row, list) and len(row) == len(FIELDS) and all(isinstance(part, str) for part in row) for row in whole
    ):
        return None
    rows = [{**dict(zip(FIELDS, map(printable, row), strict=True)), "settings": printable(row[3][:200])} for row in whole]
    for name, value in sent.items():
        field, _dash, number = name.rpartition("-")
        if field in FIELDS[:3] and number.isascii() and number.isdecimal() and 0 < int(number[:6]) <= len(rows):
            rows[int(number[:6]) - 1][field] = str(value)
    new = {"start": sent.get("start-new", ""), "end": sent.get("end-new", ""), "text": sent.get("text-new", ""), "settings": ""}
    return [*rows, new] if new["text"].strip() else rows
