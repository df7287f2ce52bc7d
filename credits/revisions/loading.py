"""Taking the rule files into the record. What officers decided at the desk is never overwritten: a file that differs waits for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from credits.models import Board, FactVerification, OfficerTask, RuleRevision
from credits.revisions.in_force import note_change
from credits.revisions.taking_force import take_force
from credits.rulebook.loading import RULES, Document, documents, mistakes_of, rules_of
from credits.services.worklist import raise_task, settle_task


class BoardsMissing(DomainError):
    code = "boards_missing"


@dataclass
class LoadReport:
    taken: list[str] = field(default_factory=list)  # in force now
    waiting: list[RuleRevision] = field(default_factory=list)  # differ from what officers put in force
    unchanged: int = 0
    unfit: list[str] = field(default_factory=list)  # in force, and not right by what this version checks


def load_rules(*, paths: list[Path] | None = None) -> LoadReport:
    """Take the rule files (or those given) as revisions. A second run changes nothing.

    A board whose rules came from a file gets the new file's at once. Where an officer's revision is in force, or will be, a
    file that says something else waits at the desk for a sign-off. Raises RulebookError or BoardsMissing, and takes nothing.
    """
    found, report = documents(paths), LoadReport()
    with transaction.atomic():
        boards = {board.code: board for board in Board.objects.select_for_update().filter(code__in=found).order_by("pk")}
        if missing := sorted(found.keys() - boards.keys()):
            raise BoardsMissing(_("There is no board %(codes)s here yet. Run manage.py load_boards first.") % {"codes": ", ".join(missing)})
        for code, document in found.items():
            _take(boards[code], document, report)
        if report.taken:
            take_force()
    report.unfit = _unfit()
    return report


def record_file(board: Board) -> None:
    """Take a board's own file as its first revision, so that what comes after has something to be compared with. The caller holds the board's row."""
    path = RULES / f"{board.code}.yaml"
    if path.exists() and not board.rule_revisions.exists():
        _take(board, documents([path])[board.code], LoadReport())
        take_force()


def next_number(board: Board) -> int:
    """The number of the board's next revision. The caller holds the board's row."""
    return (board.rule_revisions.aggregate(last=Max("number"))["last"] or 0) + 1


def latest_of(board: Board) -> RuleRevision | None:
    """What is in force, or will be: of what was signed off, the last to take force."""
    return board.rule_revisions.approved().order_by("-in_force_from", "-number").first()


def _take(board: Board, document: Document, report: LoadReport) -> None:
    latest = latest_of(board)
    last_file = board.rule_revisions.filter(origin=RuleRevision.Origin.FILE).order_by("-number").first()
    if document.content in (latest and latest.content, last_file and last_file.content):
        report.unchanged += 1
        return
    revision = RuleRevision(
        board=board,
        number=next_number(board),
        base=latest,
        origin=RuleRevision.Origin.FILE,
        text=document.text,
        content=document.content,
        reason=_("As in %(file)s of this version of the program.") % {"file": f"credits/data/rules/{board.code}.yaml"},
        submitted_at=clock.now(),
    )
    if latest is None or latest.origin == RuleRevision.Origin.FILE:
        revision.state, revision.approved_at, revision.in_force_from = RuleRevision.State.APPROVED, clock.now(), clock.now()
        revision.save()
        _keep_verification(revision, document)
        report.taken.append(board.code)
    else:
        _replace_waiting_file(board)
        revision.state = RuleRevision.State.WAITING
        revision.save()
        words = {"board": board.name, "number": revision.number, "latest": latest.number}
        raise_task(
            kind=OfficerTask.Kind.RULE_CHANGE,
            key=task_key(revision),
            title=_("Compare the rule file of %(board)s with your own rules") % words,
            detail=_("Revision %(latest)d was made at the desk. A new version of the program brings revision %(number)d. Sign it off, or withdraw it.") % words,
            address=reverse("credits_desk:rule_revision", args=[revision.pk]),
        )
        report.waiting.append(revision)
    record_audit(actor=None, action="credits.load_rules", record=revision, board=board.code, state=revision.state)


def task_key(revision: RuleRevision) -> str:
    return f"rule-revision:{revision.pk}"


def _replace_waiting_file(board: Board) -> None:
    """A file that still waits gives way to a newer one."""
    for older in board.rule_revisions.filter(origin=RuleRevision.Origin.FILE, state=RuleRevision.State.WAITING):
        older.state, older.withdrawn_at, older.withdraw_reason = RuleRevision.State.WITHDRAWN, clock.now(), _("A newer file takes its place.")
        older.save(update_fields=["state", "withdrawn_at", "withdraw_reason", "updated_at"])
        settle_task(key=task_key(older), note=older.withdraw_reason)


def _keep_verification(revision: RuleRevision, document: Document) -> None:
    """Who verified a whole file verified each of its facts: what later changes keep of it stays verified."""
    rules = rules_of(document.content)
    if rules.verified_on is None:
        return
    for fact in rules.facts:
        said = {"verified_by_name": rules.verified_by, "verified_on": rules.verified_on, "source_seen": fact.reference}
        place = {"board": revision.board, "kind": fact.kind, "name": fact.name, "digest": fact.digest, "withdrawn_at": None}
        FactVerification.objects.get_or_create(**place, defaults=said)
    note_change()


def _unfit() -> list[str]:
    rows = RuleRevision.objects.in_force(clock.now()).filter(origin=RuleRevision.Origin.DESK).select_related("board")
    return [f"{row.board.code}, revision {row.number}: {sentence}" for row in rows for sentence in mistakes_of(row.content)]
