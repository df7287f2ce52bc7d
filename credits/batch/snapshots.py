"""Keeping the snapshots of all standings true: each day anew, and soon after something was recorded for a person or a rule took force."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q

from core.jobs import RunningJob, enqueue
from credits.batch.standings import BatchStanding, standings_of
from credits.models import EvaluatedRules, Licence, StandingMark, StandingSnapshot
from credits.models.licences import LicenceQuerySet
from credits.rulebook import BoardRules, known
from credits.selectors import school_today
from credits.signals import rules_touched, standing_touched

CHUNK = 200  # licences worked out in one transaction
SLICE = 5000  # keys of licences that one job goes through

COLUMNS = (
    "as_of", "status", "gap_code", "cycle_start", "cycle_end", "deadline", "required", "applied", "needed", "held", "missing", "blocked_by",
    "rule_id", "rule_version", "is_verified", "before_end", "before_deadline", "before_status", "before_needed", "updated_at",
)  # fmt: skip


def mark_stale(*, person_id: int) -> None:
    """Have the standings of a person's licences worked out anew once the caller's transaction is committed."""
    mark = StandingMark.objects.create(user_id=person_id)
    standing_touched.send(sender=StandingMark, person_id=person_id)
    enqueue("credits.refresh_person", key=f"standings-of-person:mark:{mark.pk}", args={"person": person_id})


def refresh_person(*, person_id: int) -> int:
    """Work out what was marked for a person; returns how many standings. Nothing when another run has done it."""
    with transaction.atomic():
        marks = list(StandingMark.objects.filter(user=person_id).values_list("pk", flat=True))
        if not marks:
            return 0
        licences = Licence.objects.on_file().filter(user=person_id).order_by("pk")
        worked_out = _refresh(list(licences.values_list("pk", flat=True)))
        StandingMark.objects.filter(pk__in=marks).delete()  # those made since are for what this run may not have seen
    return worked_out


def begin_day() -> None:
    """Queue the slices of the school's day, each once; a second call in the same day queues what is new."""
    StandingSnapshot.objects.filter(~Exists(Licence.objects.filter(pk=OuterRef("licence_id")))).delete()
    last = Licence.objects.aggregate(last=Max("pk"))["last"] or 0
    day = school_today().isoformat()
    for first in range(0, last + 1, SLICE):
        enqueue("credits.refresh_slice", key=f"standings:{day}:{first}", args={"first": first, "day": day})


def refresh_slice(*, job: RunningJob, first: int, day: date) -> int:
    """Work out the licences of one slice that have no snapshot of `day` yet, so that a run that was cut short goes on where it was."""
    due = ~Q(snapshot__as_of__gte=day) | Q(snapshot__isnull=True)
    licences = Licence.objects.on_file().filter(due, pk__gte=first, pk__lt=first + SLICE)
    return _refresh_all(job, licences)


def refresh_board(*, board: str, reference: str) -> None:
    """Have the standings under a board's rules worked out anew; `reference` names the occasion, which is answered once."""
    enqueue("credits.refresh_board", key=f"standings-of-board:{board}:{reference}", args={"board": board})


def refresh_licences_of_board(*, job: RunningJob, board: str) -> int:
    return _refresh_all(job, Licence.objects.on_file().filter(board__code=board))


def watch_rules() -> list[str]:
    """Queue the boards whose rules, or whose verified facts, are others than those last used; returns their codes."""
    changed = []
    for code, rules in known().items():
        digest = _digest(rules)
        with transaction.atomic():
            row, created = EvaluatedRules.objects.select_for_update().get_or_create(board=code, defaults={"digest": digest})
            if created or row.digest == digest:  # what is new here is worked out on the day its first licence comes
                continue
            row.digest, row.number = digest, row.number + 1
            row.save(update_fields=["digest", "number", "changed_at"])
            refresh_board(board=code, reference=f"change-{row.number}")
            rules_touched.send(sender=EvaluatedRules, board=code)
            changed.append(code)
    return changed


def _digest(rules: BoardRules) -> str:
    said = {
        "calendar": rules.calendar,
        "rules": rules.case_rules(),
        "verified": sorted((fact.kind, fact.name, rules.fact_is_verified(fact.kind, fact.name)) for fact in rules.facts),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True, default=str).encode()).hexdigest()


def _refresh_all(job: RunningJob, licences: LicenceQuerySet) -> int:
    total, done = licences.count(), 0
    for keys in _chunks(licences):
        done += _refresh(keys)
        job.report(min(99, 100 * done // max(total, 1)), f"{done} of {total} licences")
    return done


def _chunks(licences: LicenceQuerySet) -> Iterable[list[int]]:
    """Keys in ascending order, read a chunk at a time: no cursor stays open while a chunk is worked out."""
    last = 0
    while keys := list(licences.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]):
        yield keys
        last = keys[-1]


def _refresh(keys: list[int]) -> int:
    """Work out these licences, one chunk in one transaction.

    One writer of a snapshot at a time: whoever comes second waits, and then sees at least what the first has seen.
    """
    today = school_today()
    with transaction.atomic():
        StandingSnapshot.objects.bulk_create([StandingSnapshot(licence_id=key, as_of=today, status="unknown") for key in keys], ignore_conflicts=True)
        list(StandingSnapshot.objects.select_for_update().filter(licence__in=keys).order_by("licence_id").values_list("pk"))
        rows = [_snapshot(standing, today) for standing in standings_of(Licence.objects.filter(pk__in=keys).order_by("pk"), today)]
        StandingSnapshot.objects.bulk_create(rows, update_conflicts=True, unique_fields=["licence"], update_fields=COLUMNS)
    return len(rows)


def _snapshot(standing: BatchStanding, as_of: date) -> StandingSnapshot:
    before = standing.before
    return StandingSnapshot(
        licence_id=standing.licence_id,
        as_of=as_of,
        status=standing.status,
        gap_code=standing.gap_code,
        cycle_start=standing.cycle_start,
        cycle_end=standing.cycle_end,
        deadline=standing.deadline,
        required=standing.required,
        applied=standing.applied,
        needed=standing.needed,
        held=standing.held,
        missing=[{"code": code, "units": f"{units:f}"} for code, units in standing.missing],
        blocked_by=list(standing.blocked_by),
        rule_id=standing.rule_id,
        rule_version=standing.rule_version,
        is_verified=standing.is_verified,
        before_end=before.end if before else None,
        before_deadline=before.deadline if before else None,
        before_status=before.status if before else "",
        before_needed=before.needed if before else None,
    )
