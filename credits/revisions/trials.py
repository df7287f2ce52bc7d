"""Dry runs: whose standing a revision would change, before anybody signs it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from credits.batch import BatchStanding, Change, compare
from credits.models import Licence, RuleRevision, RuleTrial, RuleTrialRow
from credits.revisions.documents import check_text
from credits.revisions.loading import latest_of
from credits.rulebook.loading import rules_of
from credits.selectors import school_today
from credits.services.officers import require_officer

CHUNK = 500  # licences between two commits
ROWS_KEPT = timedelta(days=90)
Effect = RuleTrialRow.Effect
DONE = ("met", "met_late", "exempt")


class TrialRefused(DomainError):
    code = "trial_refused"


def start_trial(*, officer: Any, revision: RuleRevision) -> RuleTrial:
    """Queue a dry run of what `revision` says now against what is in force, or return the one that is there. Raises TrialRefused."""
    require_officer(officer, "a dry run")
    with transaction.atomic():
        revision = RuleRevision.objects.select_for_update(of=("self",)).select_related("board").get(pk=revision.pk)
        checked = check_text(revision.board, revision.text)
        if checked.mistakes or checked.content is None:
            raise TrialRefused(_("Correct the mistakes first: only rules that are right can be tried."))
        standing = trial_for(revision)
        if standing and not standing.error:
            return standing
        trial = RuleTrial.objects.create(
            revision=revision,
            before=latest_of(revision.board),
            content=checked.content,
            as_of=school_today(),
            requested_by=officer,
            total=Licence.objects.on_file().filter(board=revision.board_id).count(),
        )
        record_audit(actor=officer, action="credits.try_rule", record=revision, board=revision.board.code, number=revision.number, trial=trial.pk)
        enqueue("credits.try_rule", key=f"rule-trial:{trial.pk}", args={"trial": trial.pk})
    return trial


def trial_for(revision: RuleRevision) -> RuleTrial | None:
    """The latest dry run of what `revision` says now, on this day, against what was signed off last."""
    rows = revision.trials.filter(before=latest_of(revision.board), content=revision.content)
    return rows.exclude(finished_at=None, error="", as_of__lt=school_today() - timedelta(days=1)).order_by("-pk").first()


def trial_shown(revision: RuleRevision) -> RuleTrial | None:
    """The dry run to show beside `revision`: once it is settled, the last one that was finished before, since nothing is tried any more."""
    if revision.state in (RuleRevision.State.DRAFT, RuleRevision.State.WAITING):
        return trial_for(revision)
    return revision.trials.filter(content=revision.content, finished_at__isnull=False).order_by("-pk").first()


def run_trial(*, trial: int, report: Callable[[int], None] = lambda percent: None) -> None:
    """Examine every licence of the board, a chunk per transaction: a run that was killed goes on where it was."""
    while (percent := _examine_chunk(trial)) is not None:
        report(percent)


def fail_trial(*, trial: int) -> None:
    RuleTrial.objects.filter(pk=trial, finished_at__isnull=True).update(
        error=_("The dry run stopped. The technical reason is in the list of jobs; start the dry run again."), updated_at=clock.now()
    )


def purge_trial_rows() -> int:
    """Who would have been concerned is personal: after a while only the numbers stay. Returns how many dry runs were emptied."""
    old = RuleTrial.objects.filter(created_at__lt=clock.now() - ROWS_KEPT, rows_purged_at__isnull=True)
    emptied = 0
    for trial in old.iterator():
        with transaction.atomic():
            trial.rows.all().delete()
            RuleTrial.objects.filter(pk=trial.pk).update(rows_purged_at=clock.now())
        emptied += 1
    return emptied


def _examine_chunk(pk: int) -> int | None:
    """How far the dry run is, in percent; None when there is nothing more to do."""
    with transaction.atomic():
        rows = RuleTrial.objects.select_for_update(of=("self",)).select_related("revision", "before")
        trial = rows.filter(pk=pk, finished_at__isnull=True).first()
        if trial is None:  # done, or thrown away with its draft
            return None
        licences = Licence.objects.on_file().filter(board=trial.revision.board_id, pk__gt=trial.last_licence).order_by("pk")
        keys = list(licences.values_list("pk", flat=True)[:CHUNK])
        if keys:
            found = list(_rows(trial, Licence.objects.filter(pk__in=keys).order_by("pk")))
            RuleTrialRow.objects.bulk_create(found)
            trial.last_licence, trial.examined, trial.changed = keys[-1], trial.examined + len(keys), trial.changed + len(found)
        if len(keys) < CHUNK:
            counts = trial.rows.order_by().values_list("effect").annotate(count=Count("pk"))
            trial.effects = {**dict(counts), "undone": trial.rows.filter(is_undone=True).count()}
            trial.finished_at = clock.now()
        trial.error = ""
        trial.save(update_fields=["last_licence", "examined", "changed", "effects", "finished_at", "error", "updated_at"])
    return None if trial.is_finished else trial.percent


def _rows(trial: RuleTrial, licences: Any) -> Iterator[RuleTrialRow]:
    before = rules_of(trial.before.content) if trial.before and trial.before.content else None
    for change in compare(licences, trial.as_of, before, rules_of(trial.content)):
        yield RuleTrialRow(
            trial=trial,
            licence_id=change.licence_id,
            effect=effect_of(change),
            is_undone=_is_done(change.before) and not _is_done(change.after),
            needed_before=change.before.needed,
            needed_after=change.after.needed,
            deadline=change.after.deadline or change.before.deadline,
            before=_figures(change.before),
            after=_figures(change.after),
        )


def effect_of(change: Change) -> str:
    before, after = change.before, change.after
    if before.needed is None or after.needed is None:
        if before.needed is after.needed:
            return Effect.OTHERWISE
        return Effect.UNKNOWN if after.needed is None else Effect.KNOWN
    if after.needed != before.needed:
        return Effect.MORE if after.needed > before.needed else Effect.LESS
    return Effect.OTHERWISE


def _is_done(standing: BatchStanding) -> bool:
    return standing.status in DONE and not standing.blocked_by


def _figures(standing: BatchStanding) -> dict[str, Any]:
    """What a page shows of a standing. Amounts are exact decimals as text."""
    return {
        "status": standing.status,
        "gap": standing.gap_code,
        "end": standing.cycle_end.isoformat() if standing.cycle_end else None,
        "deadline": standing.deadline.isoformat() if standing.deadline else None,
        "required": None if standing.required is None else str(standing.required),
        "needed": None if standing.needed is None else str(standing.needed),
        "missing": [[code, str(units)] for code, units in standing.missing],
        "blocked_by": list(standing.blocked_by),
    }
