"""Many awards at once: every one is tried first, exactly as it will be done, and undone again; then the officer confirms."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import RunningJob, enqueue
from credits.bulk import tasks  # noqa: F401  registers the job kinds
from credits.closed_cycles.words import cycle_words
from credits.models import Accreditation, Award, BulkChange, BulkLine, ClosedCycle
from credits.services import correct_award, revoke_award
from credits.services.gates import require_officer

MOST_AWARDS = 2000


class NothingChosen(DomainError):
    code = "nothing_chosen"


class NotToConfirm(DomainError):
    code = "not_to_confirm"


def begin_bulk_change(
    *,
    officer: Any,
    awards: Collection[int],
    kind: str,
    reason: str,
    reason_class: str = "",
    completed_on: date | None = None,
    accreditation: Accreditation | None = None,
) -> BulkChange:
    """Note what is wanted and have it tried in the background; nothing changes before `confirm_bulk_change`.

    Raises NothingChosen without awards, with more than MOST_AWARDS, or when it is not said what is to change.
    """
    require_officer(officer, reason)
    if not awards:
        raise NothingChosen(_("Choose at least one award."))
    if len(awards) > MOST_AWARDS:
        raise NothingChosen(_("At most %(most)s awards at once. Narrow the filter and do the rest afterwards.") % {"most": MOST_AWARDS})
    if kind == BulkChange.Kind.REVOKE:
        completed_on = accreditation = None
        if not reason_class:
            raise NothingChosen(_("Choose the reason that is shown to the public."))
    else:
        reason_class = ""
        if completed_on is None and accreditation is None:
            raise NothingChosen(_("Say what to correct: the day of completion, the approval, or both."))
    values = {"reason_class": reason_class, "completed_on": completed_on, "accreditation": accreditation}
    with transaction.atomic():
        change = BulkChange.objects.create(kind=BulkChange.Kind(kind), officer=officer, reason=reason, **values)
        found = Award.objects.filter(pk__in=awards).order_by("pk").values_list("pk", flat=True)
        BulkLine.objects.bulk_create(BulkLine(change=change, award_id=pk) for pk in found)
        enqueue("credits.try_bulk_change", key=f"try-bulk-change:{change.pk}", args={"change": change.pk})
    return change


def try_bulk_change(*, job: RunningJob, change: BulkChange) -> None:
    """Do each change for real and take it back at once, so that the preview says what will happen and not what somebody expects."""
    if change.state != BulkChange.State.TRYING:
        return
    total = change.lines.count()
    for line in change.lines.filter(fate="").select_related("award").iterator():
        line.fate, line.sentence, line.closed = _tried(change, line.award)
        line.save(update_fields=["fate", "sentence", "closed", "updated_at"])
        job.report(100 * (total - change.lines.filter(fate="").count()) // total)
    BulkChange.objects.filter(pk=change.pk, state=BulkChange.State.TRYING).update(state=BulkChange.State.READY, updated_at=clock.now())


def _tried(change: BulkChange, award: Award) -> tuple[str, str, list[str]]:
    with transaction.atomic():
        try:
            _do(change, award)
            reached = [cycle_words(cycle) for cycle in ClosedCycle.objects.undecided().filter(award=award).select_related("licence__board")]
            return BulkLine.Fate.WILL, "", reached
        except DomainError as refusal:
            return BulkLine.Fate.REFUSED, refusal.message, []
        finally:
            transaction.set_rollback(True)


def _do(change: BulkChange, award: Award) -> Award:
    """The award that stands afterwards: its new version, or itself revoked."""
    if change.kind == BulkChange.Kind.REVOKE:
        if award.status == Award.Status.REVOKED:
            raise DomainError(_("This award was revoked already."), code="award_ended")
        return revoke_award(officer=change.officer, award=award, reason_class=change.reason_class, reason=change.reason)
    return correct_award(officer=change.officer, award=award, reason=change.reason, changes=change.changes)


def confirm_bulk_change(*, officer: Any, change: BulkChange) -> BulkChange:
    """Have it done in the background. A second call changes nothing. Raises NotToConfirm while it is tried, or after it was discarded."""
    require_officer(officer, change.reason)
    with transaction.atomic():
        change = BulkChange.objects.select_for_update().get(pk=change.pk)
        if change.confirmed_at:
            return change
        if change.state != BulkChange.State.READY:
            raise NotToConfirm(_("This can not be confirmed: %(state)s.") % {"state": change.get_state_display().lower()})
        if not change.lines.filter(fate=BulkLine.Fate.WILL).exists():
            raise NotToConfirm(_("No award would be changed. Discard it and choose others."))
        change.officer, change.state, change.confirmed_at = officer, BulkChange.State.RUNNING, clock.now()
        change.save(update_fields=["officer", "state", "confirmed_at", "updated_at"])
        record_audit(actor=officer, action="credits.confirm_bulk_change", record=change, reason=change.reason, kind=change.kind, awards=change.lines.count())
        enqueue("credits.do_bulk_change", key=f"do-bulk-change:{change.pk}", args={"change": change.pk})
    return change


def do_bulk_change(*, job: RunningJob, change: BulkChange) -> None:
    """Each award in its own transaction, together with its line: a run that is cut short goes on with the next one."""
    if change.state != BulkChange.State.RUNNING:
        return
    waiting = change.lines.filter(fate=BulkLine.Fate.WILL)
    total = waiting.count() or 1
    for done, line in enumerate(waiting.select_related("award").iterator(), start=1):
        _finish(change, line)
        job.report(100 * done // total)
    BulkChange.objects.filter(pk=change.pk, state=BulkChange.State.RUNNING).update(state=BulkChange.State.DONE, updated_at=clock.now())


def _finish(change: BulkChange, line: BulkLine) -> None:
    try:
        with transaction.atomic():
            after = _do(change, line.award)
            line.fate, line.successor = BulkLine.Fate.DONE, after if after.pk != line.award_id else None
            line.save(update_fields=["fate", "successor", "updated_at"])
    except DomainError as refusal:  # something happened to the award since it was tried
        line.fate, line.sentence, line.closed, line.successor = BulkLine.Fate.REFUSED, refusal.message, [], None
        line.save(update_fields=["fate", "sentence", "closed", "successor", "updated_at"])


def discard_bulk_change(*, officer: Any, change: BulkChange) -> BulkChange:
    """Leave every award as it is. Raises NotToConfirm once it was confirmed."""
    require_officer(officer, change.reason)
    with transaction.atomic():
        change = BulkChange.objects.select_for_update().get(pk=change.pk)
        if change.confirmed_at:
            raise NotToConfirm(_("This was confirmed already, so it can not be discarded."))
        if change.state != BulkChange.State.DISCARDED:
            change.state = BulkChange.State.DISCARDED
            change.save(update_fields=["state", "updated_at"])
            record_audit(actor=officer, action="credits.discard_bulk_change", record=change)
    return change
