"""The rules in force, kept in memory and never older than seconds.

Every process asks the database for one row, the stamp, when what it knows is older than FRESH_S; only another stamp, or
the day of a rule that waits for its time, makes it read more.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from django.db import connection, transaction

from core import clock
from credits.models import FactVerification, RuleRevision, RulesStamp
from credits.rulebook import BoardRules
from credits.rulebook.board_rules import Revision, Verification
from credits.rulebook.in_use import from_files
from credits.rulebook.loading import rules_of

FRESH_S = 3.0


@dataclass(frozen=True)
class Reading:
    """What one look at the database found. Boards without a revision have the files' rules."""

    stamp: uuid.UUID | None = None
    fresh_until: float = float("inf")  # by the monotonic clock
    changes_at: datetime | None = None  # when a revision takes force by itself
    recorded: dict[str, BoardRules] = field(default_factory=dict)
    built: dict[int, BoardRules] = field(default_factory=dict)  # by revision, before verifications

    @cached_property
    def rules(self) -> dict[str, BoardRules]:
        if not self.recorded:
            return from_files()
        return dict(sorted({**from_files(), **self.recorded}.items()))


_reading: Reading | None = None


def rules_in_force() -> dict[str, BoardRules]:
    """What `credits.rulebook.known` answers with on a site."""
    global _reading
    reading = _reading
    if reading is not None and connection.needs_rollback:  # in a transaction that failed the database answers nothing
        return reading.rules
    if reading is None or time.monotonic() >= reading.fresh_until or _is_over(reading):
        _reading = reading = look(reading)
    return reading.rules


def forget() -> None:
    """Look at the database at the next call."""
    global _reading
    _reading = None


def note_change() -> None:
    """Let every process see, within seconds of the caller's commit, that other rules or verifications may hold. Call inside its transaction."""
    RulesStamp.objects.update_or_create(pk=1, defaults={"value": uuid.uuid4()})
    transaction.on_commit(forget)


def look(before: Reading | None) -> Reading:
    """What holds now. `before` saves reading again what did not change."""
    fresh_until = time.monotonic() + FRESH_S
    stamp = RulesStamp.objects.filter(pk=1).values_list("value", flat=True).first()
    if before is not None and before.stamp == stamp and not _is_over(before):
        return _for_longer(before, fresh_until)
    now = clock.now()
    coming = list(RuleRevision.objects.coming(now).defer("text", "content").select_related("board"))
    built = _built(now, before.built if before else {})
    alone = _signed_alone(now)
    recorded = {}
    for revision, rules in built.values():
        after = next((row for row in coming if row.board_id == revision.board_id), None)
        recorded[rules.board] = replace(rules, revision=_said(revision), coming=_said(after) if after else None, alone=alone.get(revision.board_id, {}))
    return Reading(
        stamp=stamp,
        fresh_until=fresh_until,
        changes_at=coming[0].in_force_from if coming else None,
        recorded=_with_verifications(recorded),
        built={pk: rules for pk, (_, rules) in built.items()},
    )


def _for_longer(reading: Reading, fresh_until: float) -> Reading:
    """The same reading, good for longer; its rules stay the same object, which others remember things by."""
    renewed = replace(reading, fresh_until=fresh_until)
    renewed.__dict__["rules"] = reading.rules
    return renewed


def _is_over(reading: Reading) -> bool:
    return reading.changes_at is not None and clock.now() >= reading.changes_at


def _built(now: datetime, before: dict[int, BoardRules]) -> dict[int, tuple[RuleRevision, BoardRules]]:
    rows = {row.pk: row for row in RuleRevision.objects.in_force(now).defer("text", "content")}
    missing = [pk for pk in rows if pk not in before]
    contents: dict[int, Any] = dict(RuleRevision.objects.filter(pk__in=missing).values_list("pk", "content")) if missing else {}
    return {pk: (row, before.get(pk) or rules_of(contents[pk])) for pk, row in rows.items()}


def _said(revision: RuleRevision) -> Revision:
    begins = cast(datetime, revision.in_force_from)  # a constraint sees to it
    return Revision(revision.number, begins, revision.sole_officer and revision.confirmed_at is None, revision.reason, revision.sole_reason)


def _signed_alone(now: datetime) -> dict[int, dict[tuple[str, str], Revision]]:
    """By board, the facts in force that came with a revision one officer signed alone and no second one since."""
    taken = RuleRevision.objects.approved().filter(in_force_from__lte=now)
    boards = set(taken.filter(sole_officer=True, confirmed_at__isnull=True).values_list("board_id", flat=True))
    found: dict[int, dict[tuple[str, str], Revision]] = {}
    history: dict[int, list[RuleRevision]] = {}
    for row in taken.filter(board__in=boards).defer("text").order_by("-in_force_from", "-number") if boards else ():
        history.setdefault(row.board_id, []).append(row)
    for board, rows in history.items():
        origins = _origins(rows)
        found[board] = {place: said for place, row in origins.items() if (said := _said(row)).sole_officer}
    return found


def _origins(rows: list[RuleRevision]) -> dict[tuple[str, str], RuleRevision]:
    """For each fact of the first revision the one, of those before it without a break, that first said it so. The newest comes first."""
    digests = [{(fact.kind, fact.name): fact.digest for fact in rules_of(cast(dict[str, Any], row.content)).facts} for row in rows]
    return {
        place: rows[next((number for number, said in enumerate(digests) if said.get(place) != digest), len(rows)) - 1] for place, digest in digests[0].items()
    }


def _with_verifications(recorded: dict[str, BoardRules]) -> dict[str, BoardRules]:
    """The same, and what the files say of other boards with verified facts."""
    verified: dict[str, dict[tuple[str, str, str], Verification]] = {}
    rows = FactVerification.objects.filter(withdrawn_at__isnull=True)
    for code, kind, name, digest, by, on in rows.values_list("board__code", "kind", "name", "digest", "verified_by_name", "verified_on"):
        verified.setdefault(code, {})[kind, name, digest] = Verification(by, on)
    of_files = {code: rules for code, rules in from_files().items() if code in verified} if verified.keys() - recorded.keys() else {}
    boards = {**of_files, **recorded}
    return {code: replace(rules, verified_facts=_still_so(rules, verified.get(code, {}))) for code, rules in boards.items()}


def _still_so(rules: BoardRules, verified: dict[tuple[str, str, str], Verification]) -> dict[tuple[str, str], Verification]:
    """The facts that say what they said when they were verified."""
    return {(fact.kind, fact.name): verified[place] for fact in rules.facts if (place := (fact.kind, fact.name, fact.digest)) in verified}
