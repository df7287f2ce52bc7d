"""Verifying facts one by one: somebody re-reads the source and says that it says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from credits.models import Board, FactVerification
from credits.revisions.differences import fact_title
from credits.revisions.in_force import note_change
from credits.rulebook import BoardRules, known
from credits.rulebook.board_rules import Fact
from credits.rulebook.explaining import explain_fact
from credits.selectors import school_today
from credits.services.officers import require_officer


class NoSuchFact(DomainError):
    code = "no_such_fact"


class FactChanged(DomainError):
    code = "fact_changed"


class VerificationMistake(DomainError):
    code = "verification_mistake"


@dataclass(frozen=True)
class FactShown:
    """A fact beside its source, and who verified it as it is."""

    fact: Fact
    title: str
    sentences: tuple[str, ...]
    verification: FactVerification | None
    is_verified: bool
    counts: bool  # whether a renewal is counted by it


def verify_fact(*, officer: Any, board: Board, kind: str, name: str, digest: str, source_seen: str) -> FactVerification:
    """Note that `officer` re-read the source of a fact in force and found it right. `digest` is that of what they compared it with.

    A fact that is verified as it is stays so. Raises FactChanged when it says something else by now.
    """
    require_officer(officer, "verified")
    source_seen = " ".join(source_seen.split())
    if not source_seen:
        raise VerificationMistake(_("Say what you read: the address, and the date the text gives."))
    with transaction.atomic():
        board = Board.objects.select_for_update().get(pk=board.pk)
        fact = _fact(board, kind, name)
        if fact.digest != digest:
            raise FactChanged(_("This fact was changed meanwhile. Read it again as it is now, beside its source."))
        place = {"board": board, "kind": kind, "name": name, "digest": digest, "withdrawn_at": None}
        said = {"verified_by": officer, "verified_by_name": str(officer)[:250], "verified_on": school_today(), "source_seen": source_seen}
        row, created = FactVerification.objects.get_or_create(**place, defaults=said)
        if created:
            record_audit(actor=officer, action="credits.verify_fact", record=row, reason=source_seen, board=board.code, kind=kind, name=name)
            note_change()
    return row


def withdraw_verification(*, officer: Any, verification: FactVerification, reason: str) -> FactVerification:
    """Say that a fact is not verified after all. A second call changes nothing."""
    require_officer(officer, reason)
    with transaction.atomic():
        row = FactVerification.objects.select_for_update(of=("self",)).select_related("board").get(pk=verification.pk)
        if row.withdrawn_at is None:
            row.withdrawn_at, row.withdrawn_by, row.withdraw_reason = clock.now(), officer, " ".join(reason.split())
            row.save(update_fields=["withdrawn_at", "withdrawn_by", "withdraw_reason"])
            record_audit(actor=officer, action="credits.withdraw_verification", record=row, reason=row.withdraw_reason, board=row.board.code, name=row.name)
            note_change()
    return row


def facts_shown(board: Board, rules: BoardRules, names: dict[str, str]) -> list[FactShown]:
    """Every fact of the rules in force, in the document's order; its sources are shown beside its sentences. Costs one query."""
    standing = {(row.kind, row.name, row.digest): row for row in board.fact_verifications.filter(withdrawn_at__isnull=True).select_related("verified_by")}
    counted = {"calendar", "lengths", "rules"}
    return [
        FactShown(
            fact=fact,
            title=fact_title(fact),
            sentences=tuple(line for line in explain_fact(rules, fact, names=names) if not line.startswith("Source: ")),
            verification=standing.get((fact.kind, fact.name, fact.digest)),
            is_verified=rules.fact_is_verified(fact.kind, fact.name),
            counts=fact.kind in counted,
        )
        for fact in rules.facts
    ]


def _fact(board: Board, kind: str, name: str) -> Fact:
    rules = known().get(board.code)
    for fact in rules.facts if rules else ():
        if (fact.kind, fact.name) == (kind, name):
            return fact
    raise NoSuchFact(_("The rules of %(board)s have no such fact now. Open the page again.") % {"board": board.name})
