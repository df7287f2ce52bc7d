"""Drafts of a board's document. A draft is its author's; whether it is right is asked when it is submitted."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from core.audit import record_audit
from core.errors import DomainError
from credits.models import Board, RuleRevision, RuleTrial, RuleTrialRow
from credits.revisions.documents import check_text
from credits.revisions.loading import latest_of, next_number, record_file
from credits.rulebook.loading import RULES
from credits.services.officers import NotAnOfficer, require_officer

OPEN_DRAFTS = 20  # of one officer for one board


class DraftRefused(DomainError):
    code = "draft_refused"


class DraftMoved(DomainError):
    code = "draft_moved"


def start_draft(
    *, officer: Any, board: Board, text: str | None = None, purpose: str = RuleRevision.Purpose.CHANGE, reason: str = "", follows: RuleRevision | None = None
) -> RuleRevision:
    """A draft from what is in force, from `text`, or from what another revision (`follows`) says."""
    _require(officer)
    with transaction.atomic():
        board = Board.objects.select_for_update().get(pk=board.pk)
        if board.rule_revisions.filter(author=officer, state=RuleRevision.State.DRAFT).count() >= OPEN_DRAFTS:
            raise DraftRefused(_("You have %(count)d drafts for this board. Throw away those you do not need any more.") % {"count": OPEN_DRAFTS})
        record_file(board)
        base = latest_of(board)
        if text is None:
            text = follows.text if follows else text_of(board, base)
        draft = RuleRevision.objects.create(
            board=board,
            number=next_number(board),
            base=base,
            origin=RuleRevision.Origin.DESK,
            purpose=purpose,
            text=plain(text),
            content=check_text(board, plain(text)).content,
            author=officer,
            reason=" ".join(reason.split()),
        )
        record_audit(actor=officer, action="credits.start_rule_draft", record=draft, board=board.code, number=draft.number, purpose=purpose)
    return draft


def save_draft(*, officer: Any, draft: RuleRevision, text: str, reason: str, seen_text: str | None = None) -> RuleRevision:
    """Keep what the author wrote, right or not. Raises DraftMoved when `seen_text`, which they started from, is not what is kept."""
    with transaction.atomic():
        draft = own_draft(officer, draft)
        if seen_text is not None and plain(seen_text) not in (draft.text, plain(text)) and draft.text != plain(text):
            raise DraftMoved(_("This draft was saved from another window meanwhile. Copy what you wrote, open the draft again and put it in."))
        draft.text, draft.reason = plain(text), " ".join(reason.split())
        draft.content = check_text(draft.board, draft.text).content
        draft.save(update_fields=["text", "reason", "content", "updated_at"])
    return draft


def take_new_base(*, officer: Any, draft: RuleRevision) -> RuleRevision:
    """Compare the draft with what was signed off since it was begun. Its text stays: the differences show what it would undo."""
    with transaction.atomic():
        draft = own_draft(officer, draft)
        draft.base = latest_of(draft.board)
        draft.save(update_fields=["base", "updated_at"])
    return draft


def adopt_what_if(*, officer: Any, draft: RuleRevision) -> RuleRevision:
    """Make a what-if a draft that can be submitted. A second call changes nothing."""
    with transaction.atomic():
        draft = own_draft(officer, draft)
        draft.purpose = RuleRevision.Purpose.CHANGE
        draft.save(update_fields=["purpose", "updated_at"])
    return draft


def discard_draft(*, officer: Any, draft: RuleRevision) -> None:
    """Throw a draft away, with its dry runs."""
    with transaction.atomic():
        draft = own_draft(officer, draft)
        record_audit(actor=officer, action="credits.discard_rule_draft", record=draft, board=draft.board.code, number=draft.number)
        RuleTrialRow.objects.filter(trial__revision=draft).delete()
        RuleTrial.objects.filter(revision=draft).delete()
        draft.delete()


def own_draft(officer: Any, draft: RuleRevision) -> RuleRevision:
    """The draft, locked. Raises unless it is one, and `officer`'s own."""
    _require(officer)
    locked = RuleRevision.objects.select_for_update(of=("self",)).select_related("board").filter(pk=draft.pk).first()
    if locked is None or locked.state != RuleRevision.State.DRAFT:
        raise DraftRefused(_("This is no draft any more: what was submitted stays as it is. Start a new draft from it."))
    if locked.author_id != officer.pk:
        raise DraftRefused(_("This draft is another officer's. Start your own from what it says."))
    return locked


def text_of(board: Board, base: RuleRevision | None) -> str:
    """What a draft for `board` begins with."""
    if base:
        return base.text
    path = RULES / f"{board.code}.yaml"
    return path.read_text(encoding="utf-8") if path.exists() else EMPTY.format(board=board.code, name=" ".join(board.name.split()))


def plain(text: str) -> str:
    """Lines as a browser sends them, as they are kept."""
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip() + "\n"


def _require(officer: Any) -> None:
    try:
        require_officer(officer, "a draft")
    except NotAnOfficer as refusal:
        raise NotAnOfficer(_("Only a CE officer writes rules. Ask one of them.")) from refusal


EMPTY = """# {name}
schema: 1
board: {board}
confidence: read
verified_by: null
verified_on: null

sources:
  text:
    reference: "The address of the board's own text"
    read_on: null
    as_of: null
    class: official

unknown:
  calendar: When a cycle ends is not read.
  hour_definitions: How many minutes make an hour is not read.

calendar: null
hour_definitions: []
rules: []
"""
