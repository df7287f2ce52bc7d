"""The boards' rules of the demonstration: what is verified, what waits for a second officer, and a what-if."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from accounts.models import User
from credits.models import Board, RuleRevision
from credits.revisions.drafts import start_draft, text_of
from credits.revisions.editing import Amounts, Source, correct_row, rows_of, waive
from credits.revisions.loading import latest_of, load_rules
from credits.revisions.signing import submit_revision
from credits.revisions.trials import run_trial, start_trial
from credits.revisions.verification import verify_fact
from credits.rulebook import BoardRules
from credits.rulebook.loading import rules_of

FLORIDA = "us_fl_massage"
QUESTION = "Florida raises in-person to 14: who is affected?"
WAIVER = "An example: for the renewals of 2027 Florida lets the twelve technique hours be earned in any way."


def make_rules(*, officer: User, second: User, say: Callable[[str], None]) -> None:
    """Take in the rule files, verify what Florida's renewals are counted by, and leave one change waiting and one question answered."""
    say("the boards' rules")
    load_rules()
    florida = Board.objects.get(code=FLORIDA)
    _verify(florida, officer)
    _ask(florida, officer)
    _propose(florida, second)


def _verify(board: Board, officer: User) -> None:
    in_force = _latest(board)
    for fact in in_force.facts:
        if fact.kind in ("calendar", "rules"):
            verify_fact(officer=officer, board=board, kind=fact.kind, name=fact.name, digest=fact.digest, source_seen=fact.reference)


def _ask(board: Board, officer: User) -> None:
    if RuleRevision.objects.filter(board=board, reason=QUESTION).exists():
        return
    text = text_of(board, latest_of(board))
    changed = correct_row(text, _standard(text), Amounts(minima={"technique": Decimal(14), "general": Decimal(3)}))
    draft = start_draft(officer=officer, board=board, text=changed, purpose=RuleRevision.Purpose.WHAT_IF, reason=QUESTION)
    run_trial(trial=start_trial(officer=officer, revision=draft).pk)


def _propose(board: Board, second: User) -> None:
    if RuleRevision.objects.filter(board=board, reason=WAIVER).exists():
        return
    text = text_of(board, latest_of(board))
    day = date(2027, 8, 31)
    waived = waive(text, _standard(text), Amounts(modes={"technique": ()}), first=day, last=day, source=Source("waiver"), comment=WAIVER)
    draft = start_draft(officer=second, board=board, text=waived, purpose=RuleRevision.Purpose.WAIVER, reason=WAIVER)
    revision = submit_revision(officer=second, draft=draft, reason=WAIVER)
    run_trial(trial=start_trial(officer=second, revision=revision).pk)


def _standard(text: str) -> int:
    return next(place for place, row in enumerate(rows_of(text)) if row["id"] == f"{FLORIDA}.standard")


def _latest(board: Board) -> BoardRules:
    latest = latest_of(board)
    if latest is None or latest.content is None:
        raise LookupError(f"No rules of {board.code} are on record; load_rules takes them in.")
    return rules_of(latest.content)
