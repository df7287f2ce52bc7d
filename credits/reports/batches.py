"""Batches: made from what is ready, locked, handed over, posted; or thrown away while nothing was handed over.

Whoever changes a board's batches holds the lock on its route first, so two officers take turns; the database's own constraints stand behind.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from credits.models import Board, ReportBatch, ReportRoute, ReportRow
from credits.reports.layouts import Line, file_of
from credits.reports.queue import Waiting, waiting
from credits.reports.systems import layouts
from credits.selectors import school_today
from credits.services.gates import require_officer

MOST_ROWS = 1000  # in one file; the rest goes into the next


class NoRoute(DomainError):
    code = "no_report_route"


class NothingToReport(DomainError):
    code = "nothing_to_report"


class DraftStale(DomainError):
    code = "draft_stale"


class BatchTaken(DomainError):
    code = "batch_taken"


class BatchClosed(DomainError):
    code = "batch_closed"


class PostMistake(DomainError):
    code = "post_mistake"


def make_batch(*, board: Board, officer: Any) -> ReportBatch:
    """A draft of everything that is ready for `board`, or the open batch when there is one. Raises NoRoute, NothingToReport."""
    require_officer(officer, "made")
    with transaction.atomic():
        route = _locked_route(board)
        if batch := ReportBatch.objects.listed().open().filter(board=board).first():
            return batch
        items = _ready(route)
        if not items:
            raise NothingToReport(_("Nothing is ready to be reported. What waits says what is missing."))
        number = (ReportBatch.objects.filter(board=board).aggregate(Max("number"))["number__max"] or 0) + 1
        batch = ReportBatch(board=board, number=number, made_by=officer, made_at=clock.now())
        _fill(batch, route, items)
        record_audit(actor=officer, action="credits.make_report", record=batch, board=board.code, number=number, rows=batch.row_count, sha256=batch.sha256)
    return batch


def renew_draft(*, batch: ReportBatch, officer: Any) -> ReportBatch | None:
    """Make the draft anew from what is ready now. None when nothing is: the draft is then gone. Raises BatchClosed."""
    require_officer(officer, "renewed")
    with transaction.atomic():
        route = _locked_route(batch.board)
        batch = _draft(batch)
        items = _ready(route)
        batch.rows.all().delete()
        if not items:
            record_audit(actor=officer, action="credits.discard_report", record=batch, board=batch.board.code, number=batch.number)
            batch.delete()
            return None
        batch.made_by, batch.made_at = officer, clock.now()
        _fill(batch, route, items)
        record_audit(actor=officer, action="credits.renew_report", record=batch, number=batch.number, rows=batch.row_count, sha256=batch.sha256)
    return batch


def discard_draft(*, batch: ReportBatch, officer: Any) -> None:
    """Throw a draft away: its rows wait again. A second call changes nothing. Raises BatchClosed once it was locked."""
    require_officer(officer, "discarded")
    with transaction.atomic():
        _locked_route(batch.board)
        if not ReportBatch.objects.filter(pk=batch.pk).exists():
            return
        batch = _draft(batch)
        record_audit(actor=officer, action="credits.discard_report", record=batch, board=batch.board.code, number=batch.number)
        batch.rows.all().delete()
        batch.delete()


def lock_batch(*, batch: ReportBatch, officer: Any, sha256: str) -> ReportBatch:
    """Freeze the draft the officer looked at, so that they alone hand it over. The same officer again gets it back.

    Raises DraftStale when the draft is another one by now, or when one of its rows may not be reported any more; BatchTaken when
    another officer locked it; BatchClosed when it was posted or given up.
    """
    require_officer(officer, "locked")
    with transaction.atomic():
        route = _locked_route(batch.board)
        batch = _fresh(batch)
        if batch.is_locked and batch.locked_by == officer:
            return batch
        if batch.is_locked:
            raise BatchTaken(_("%(officer)s locked this batch and hands it over. Ask them before you post anything.") % {"officer": batch.locked_by})
        _refuse_closed(batch)
        if batch.sha256 != sha256:
            raise DraftStale(_("The draft was made anew since you opened the page. Look at it again, then lock it."))
        if count := _no_longer_ready(batch, route):
            raise DraftStale(_("%(count)s of its rows can not be reported as they stand any more. Make the draft anew, then lock it.") % {"count": count})
        batch.state, batch.locked_by, batch.locked_at = ReportBatch.State.LOCKED, officer, clock.now()
        batch.save(update_fields=["state", "locked_by", "locked_at"])
        record_audit(actor=officer, action="credits.lock_report", record=batch, board=batch.board.code, number=batch.number, sha256=batch.sha256)
    return batch


def post_batch(*, batch: ReportBatch, officer: Any, posted_on: date | None = None, receipt: str = "") -> ReportBatch:
    """Write down that the regulator took the locked file. Again changes nothing. Raises PostMistake for a day that can not be, BatchClosed for a draft."""
    require_officer(officer, "posted")
    with transaction.atomic():
        _locked_route(batch.board)
        batch = _fresh(batch)
        if batch.is_posted:
            return batch
        if not batch.is_locked:
            raise BatchClosed(_("Only a locked batch can be posted: lock it and download its file first, so that what you post is what is kept here."))
        batch.state, batch.posted_by, batch.posted_noted_at = ReportBatch.State.POSTED, officer, clock.now()
        batch.posted_at, batch.receipt = _posted_at(batch, posted_on), " ".join(receipt.split())[:200]
        batch.save(update_fields=["state", "posted_by", "posted_at", "posted_noted_at", "receipt"])
        record_audit(actor=officer, action="credits.post_report", record=batch, number=batch.number, sha256=batch.sha256, receipt=batch.receipt)
        enqueue("credits.review_reports", key=f"reports:batch:{batch.pk}:posted", args={})
    return batch


def abandon_batch(*, batch: ReportBatch, officer: Any, reason: str) -> ReportBatch:
    """The locked file was not posted after all: its rows wait again. Again changes nothing. Raises BatchClosed for any but a locked batch."""
    require_officer(officer, reason)
    with transaction.atomic():
        _locked_route(batch.board)
        batch = _fresh(batch)
        if batch.state == ReportBatch.State.ABANDONED:
            return batch
        if not batch.is_locked:
            raise BatchClosed(_("Only a locked batch can be given up. A draft is thrown away; what was posted stays with the regulator."))
        now = clock.now()
        batch.rows.update(outcome=ReportRow.Outcome.VOID, reason=_("The batch was not posted."), decided_at=now, decided_by=officer)
        batch.state, batch.abandoned_by, batch.abandoned_at, batch.abandon_reason = ReportBatch.State.ABANDONED, officer, now, reason.strip()
        batch.save(update_fields=["state", "abandoned_by", "abandoned_at", "abandon_reason"])
        record_audit(actor=officer, action="credits.abandon_report", record=batch, reason=reason, number=batch.number)
    return batch


def download(*, batch: ReportBatch, actor: Any) -> bytes:
    """The frozen file; each download is logged. Raises BatchClosed for a draft: what can change must not be handed over."""
    if batch.is_draft:
        raise BatchClosed(_("Lock the batch first: only a locked file is the one that is kept here."))
    record_audit(actor=actor, action="credits.download_report", record=batch, number=batch.number, sha256=batch.sha256)
    return bytes(batch.content)


def _locked_route(board: Board) -> ReportRoute:
    """One officer at a time works on a board's batches."""
    route = ReportRoute.objects.select_for_update(of=("self",)).select_related("board").filter(board=board, is_on=True).first()
    if route is None:
        raise NoRoute(_("It is not settled how %(board)s is reported to. Enter it in the settings first.") % {"board": board.name})
    return route


def _fresh(batch: ReportBatch) -> ReportBatch:
    return ReportBatch.objects.select_related("board", "locked_by").get(pk=batch.pk)


def _draft(batch: ReportBatch) -> ReportBatch:
    batch = ReportBatch.objects.select_related("board").filter(pk=batch.pk).first() or batch
    if batch.pk is None or not batch.is_draft:
        raise BatchClosed(_("This batch was locked, so it stays as it is. If its file was not posted, give it up; its rows wait again then."))
    return batch


def _refuse_closed(batch: ReportBatch) -> None:
    if not batch.is_draft:
        raise BatchClosed(_("This batch was posted or given up already. Make a new one of what waits."))


def _ready(route: ReportRoute) -> list[Waiting]:
    return [item for item in waiting([route], today=school_today()) if item.is_ready][:MOST_ROWS]


def _no_longer_ready(batch: ReportBatch, route: ReportRoute) -> int:
    """How many rows of the draft are not ready any more with exactly these values."""
    items = waiting([route], today=school_today())
    ready = {(item.award.pk, item.action): item.payload for item in items if item.is_ready}
    return sum(1 for row in batch.rows.all() if ready.get((row.award_id, row.action)) != row.payload)


def _fill(batch: ReportBatch, route: ReportRoute, items: Sequence[Waiting]) -> None:
    lines = [Line(item.action, item.payload, _corrected(item)) for item in items]
    batch.system, batch.layout, batch.row_count = route.system, route.layout, len(items)
    batch.content = file_of(route.layout, lines)
    batch.sha256 = hashlib.sha256(batch.content).hexdigest()
    batch.file_name = f"{route.board.code}-{batch.number:04}.{layouts()[route.layout].ending}"
    batch.save()
    ReportRow.objects.bulk_create(
        ReportRow(
            batch=batch,
            award=item.award,
            position=position,
            action=item.action,
            corrects=item.corrects,
            entry=item.entry,
            key=item.key,
            payload=item.payload,
        )
        for position, item in enumerate(items, start=1)
    )


def _corrected(item: Waiting) -> tuple[int, int] | None:
    return (item.corrects.batch.number, item.corrects.position) if item.corrects else None


def _posted_at(batch: ReportBatch, posted_on: date | None) -> datetime:
    """Now, or noon of the day the officer gives."""
    today = school_today()
    if posted_on is None or posted_on == today:
        return clock.now()
    locked_on = clock.civil_date(batch.locked_at or clock.now(), settings.SCHOOL_TIME_ZONE)
    if not locked_on <= posted_on <= today:
        raise PostMistake(_("It was posted between the day it was locked and today. Check the day."))
    return datetime.combine(posted_on, time(12), ZoneInfo(settings.SCHOOL_TIME_ZONE))
