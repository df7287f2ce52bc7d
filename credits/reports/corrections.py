"""What must be mended at a regulator after it was posted, and leaving an award out of all batches."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from credits.models import Award, OfficerTask, ReportBatch, ReportOmission, ReportRoute, ReportRow
from credits.reports.queue import Divergence, correction_key
from credits.reports.results import refusal_key
from credits.reports.systems import layouts, systems
from credits.services import raise_task, settle_task
from credits.services.gates import require_officer


class NotReported(DomainError):
    code = "not_reported"


def raise_correction(one: Divergence) -> OfficerTask:
    """The task of one entry that disagrees with its award. Safe to call again."""
    row, batch = one.row, one.row.batch
    words = {"line": row.position, "number": batch.number, "board": batch.board.name}
    award = {"board": batch.board.name, "title": row.award.title, "day": date_format(row.award.completed_on, "j F Y")}
    if one.is_revoked:
        what = _("Line %(line)s of batch %(number)s was posted to %(board)s, and the award was revoked since.") % words
    else:
        what = _("Line %(line)s of batch %(number)s was posted to %(board)s, and the award was corrected since:") % words + f" {'; '.join(one.changes)}."
    return raise_task(
        kind=OfficerTask.Kind.LATE_CORRECTION,
        key=one.task_key,
        title=_("Mend at %(board)s: %(title)s of %(day)s") % award,
        detail=f"{what} {_what_to_do(batch)}",
        address=reverse("credits_desk:report_row", args=[row.pk]),
    )


def _what_to_do(batch: ReportBatch) -> str:
    if layouts()[batch.layout].knows_amendments:
        return _("Once the row is accepted, the correction goes into the next batch by itself.")
    system = systems().get(batch.system)
    return system.correction.value if system else ""


def note_agreement(*, row: ReportRow, award: Award, officer: Any, note: str) -> ReportRow:
    """The regulator changed its entry to what `award`, the version that counts, says now. Again changes nothing."""
    require_officer(officer, note)
    with transaction.atomic():
        row = _posted_row(row)
        if row.agreed_award_id != award.pk:
            if award.key != row.award.key:
                raise NotReported(_("This row is about another award. Choose the row of this one."))
            row.agreed_award = award
            row.save(update_fields=["agreed_award"])
            record_audit(actor=officer, action="credits.note_report_agreement", record=row, reason=note, award=award.pk)
            settle_task(key=correction_key(row.pk, award.pk), note=note)
    return row


def note_removal(*, row: ReportRow, officer: Any, note: str) -> ReportRow:
    """The regulator took its entry out. An award that still counts waits to be reported again. Again changes nothing."""
    require_officer(officer, note)
    with transaction.atomic():
        row = _posted_row(row)
        if row.outcome != ReportRow.Outcome.VOID:
            row.outcome, row.reason, row.decided_at, row.decided_by = ReportRow.Outcome.VOID, note.strip(), clock.now(), officer
            row.save(update_fields=["outcome", "reason", "decided_at", "decided_by"])
            record_audit(actor=officer, action="credits.note_report_removal", record=row, reason=note)
            for task in OfficerTask.objects.filter(key__startswith=f"late-correction:{row.pk}:", settled_at__isnull=True):
                settle_task(key=task.key, note=note)
            settle_task(key=refusal_key(row.pk), note=note)
    return row


def _posted_row(row: ReportRow) -> ReportRow:
    row = ReportRow.objects.select_for_update(of=("self",)).select_related("award", "batch").get(pk=row.pk)
    if not row.batch.is_posted or row.outcome == ReportRow.Outcome.REFUSED:
        raise NotReported(_("This row is not with the regulator, so there is nothing to mend there."))
    return row


def leave_out(*, award: Award, officer: Any, reason: str) -> ReportOmission:
    """Keep an award, and later versions of it, out of every batch. Again returns the standing decision. Raises NotReported once it was posted."""
    require_officer(officer, reason)
    with transaction.atomic():
        award = Award.objects.select_related("board").get(pk=award.pk)
        list(ReportRoute.objects.select_for_update().filter(board=award.board_id))  # nobody locks a batch with it meanwhile
        standing = ReportOmission.objects.standing().filter(award__key=award.key).first()
        if standing:
            return standing
        handed_over = ReportRow.objects.live().filter(award__key=award.key).exclude(batch__state=ReportBatch.State.DRAFT)
        if handed_over.exists():
            raise NotReported(_("It is in a batch that was locked or posted. Note there what became of its row."))
        row = ReportOmission.objects.create(award=award, officer=officer, reason=reason.strip(), at=clock.now())
        record_audit(actor=officer, action="credits.leave_out_of_reports", record=award, reason=reason)
        for refused in ReportRow.objects.filter(award__key=award.key, outcome=ReportRow.Outcome.REFUSED):
            settle_task(key=refusal_key(refused.pk), note=_("The award is left out of reports: %(reason)s") % {"reason": reason.strip()})
    return row


def take_in_again(*, omission: ReportOmission, officer: Any) -> ReportOmission:
    """Lift the decision: the award waits to be reported again. Again changes nothing."""
    require_officer(officer, "taken in")
    with transaction.atomic():
        row = ReportOmission.objects.select_for_update(of=("self",)).get(pk=omission.pk)
        if row.lifted_at is None:
            row.lifted_at, row.lifted_by = clock.now(), officer
            row.save(update_fields=["lifted_at", "lifted_by"])
            record_audit(actor=officer, action="credits.take_into_reports", record=row.award)
    return row
