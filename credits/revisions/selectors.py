"""Reads of the rules' pages and API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from core import clock
from credits.models import Board, RuleRevision, RuleTrial, RuleTrialRow
from credits.revisions.differences import FactChange, Line, fact_title, facts_changed, written_lines
from credits.revisions.documents import Checked, check_text
from credits.revisions.drafts import text_of
from credits.revisions.loading import latest_of
from credits.rulebook import BoardRules, known
from credits.rulebook.explaining import explain_fact
from credits.rulebook.loading import rules_of
from credits.rulebook.words import Unit, amount
from credits.standing_words import STATUSES, minimum_name
from credits.standings import names_by_code


@dataclass(frozen=True)
class BoardState:
    """How a board's rules stand, for a list."""

    rules: BoardRules | None
    verified: int
    facts: int


@dataclass(frozen=True)
class Totals:
    boards: int
    unverified_boards: int
    facts: int
    verified_facts: int


@dataclass(frozen=True)
class Differences:
    """What a revision changes: `facts` is None while its text has mistakes."""

    checked: Checked
    facts: list[FactChange] | None
    lines: list[Line]


@dataclass(frozen=True)
class RowToChoose:
    title: str
    sentences: list[str]

    @property
    def sentence(self) -> str:
        return self.sentences[0]


@dataclass(frozen=True)
class RowShown:
    """A licence of a dry run, in words. `row.licence` is None when it was removed since."""

    row: RuleTrialRow
    before: str
    after: str


def board_states(codes: Iterable[str]) -> dict[str, BoardState]:
    rules = known()
    return {code: BoardState(rules.get(code), *(rules[code].verified_count if code in rules else (0, 0))) for code in codes}


def totals() -> Totals:
    boards = known().values()
    counts = [rules.verified_count for rules in boards]
    return Totals(
        boards=len(counts),
        unverified_boards=sum(not rules.is_verified for rules in boards),
        facts=sum(facts for _verified, facts in counts),
        verified_facts=sum(verified for verified, _facts in counts),
    )


def revisions_shown(*, board: Board | None = None) -> QuerySet[RuleRevision]:
    """Everything that was submitted, the newest first."""
    rows = RuleRevision.objects.exclude(state=RuleRevision.State.DRAFT).select_related("board", "author", "approved_by", "withdrawn_by", "confirmed_by")
    rows = rows.defer("text", "content")
    return rows.filter(board=board) if board else rows


def waiting_revisions() -> QuerySet[RuleRevision]:
    return revisions_shown().filter(state=RuleRevision.State.WAITING).order_by("submitted_at", "pk")


def coming_revisions() -> QuerySet[RuleRevision]:
    return revisions_shown().filter(state=RuleRevision.State.APPROVED, in_force_from__gt=clock.now()).order_by("in_force_from")


def unconfirmed_revisions() -> QuerySet[RuleRevision]:
    """Signed by one officer alone, and by no second one since."""
    rows = revisions_shown().filter(state=RuleRevision.State.APPROVED, sole_officer=True, confirmed_at__isnull=True)
    return rows.filter(in_force_from__lte=clock.now())


def drafts_of(officer: Any) -> QuerySet[RuleRevision]:
    return RuleRevision.objects.filter(author=officer, state=RuleRevision.State.DRAFT).select_related("board").defer("text", "content").order_by("-updated_at")


def state_word(revision: RuleRevision, in_force: int | None) -> tuple[str, str]:
    """The word for how a revision stands and its badge. `in_force` is the key of the board's revision in force."""
    if revision.state == RuleRevision.State.APPROVED:
        if revision.pk == in_force:
            return _("In force"), "ok"
        if revision.in_force_from and revision.in_force_from > clock.now():
            return _("Takes force later"), "warn"
        return _("Replaced"), "muted"
    badges = {"draft": "muted", "waiting": "warn", "withdrawn": "bad"}
    return str(revision.get_state_display()), badges[revision.state]


def in_force_keys() -> set[int]:
    return set(RuleRevision.objects.in_force(clock.now()).values_list("pk", flat=True))


def with_states(revisions: Iterable[RuleRevision]) -> list[tuple[RuleRevision, str, str]]:
    """Each with the word for its state and the badge. Costs one query."""
    keys = in_force_keys()
    return [(row, *state_word(row, row.pk if row.pk in keys else None)) for row in revisions]


def differences_of(revision: RuleRevision) -> Differences:
    checked = check_text(revision.board, revision.text)
    before = rules_of(revision.base.content) if revision.base and revision.base.content else None
    facts = facts_changed(before, checked.rules, names_by_code()) if checked.rules else None
    written = revision.base.text if revision.base else text_of(revision.board, None)
    return Differences(checked, facts, written_lines(written, revision.text))


def rows_to_choose(content: dict[str, Any]) -> dict[int, RowToChoose]:
    """The rows of a document that are in use, by their place in it."""
    rules = rules_of(content)
    return {
        place: RowToChoose(fact_title(fact), explain_fact(rules, fact, names=names_by_code()))
        for place, fact in enumerate(rules.rules)
        if fact.content["status"] in ("adopted", "waiver")
    }


def is_outrun(revision: RuleRevision) -> bool:
    """Whether another revision was signed off since this one was begun."""
    open_states = (RuleRevision.State.DRAFT, RuleRevision.State.WAITING)
    return revision.state in open_states and revision.base != latest_of(revision.board)


def rows_shown(rows: Iterable[RuleTrialRow], rules: BoardRules | None) -> list[RowShown]:
    return [RowShown(row, standing_words(row.before, rules), standing_words(row.after, rules)) for row in rows]


def standing_words(figures: Mapping[str, Any], rules: BoardRules | None) -> str:
    """`6 hours by August 31, 2027: 2 of ethics`, or why nothing can be said."""
    if figures["status"] == "unknown":
        return _("Nothing can be said: %(why)s") % {"why": gap_word(figures["gap"])}
    names = names_by_code()
    cards = [names.get(code, code) for code in figures["blocked_by"]]
    missing = [f"{units} {minimum_name(rules, code, names)}" for code, units in figures["missing"]]
    if figures["needed"] not in (None, "0"):
        text = _("%(units)s by %(day)s") % {"units": amount(figures["needed"], rules.unit if rules else Unit()), "day": _day(figures["deadline"])}
        text = _("%(text)s, of which %(missing)s") % {"text": text, "missing": get_text_list(missing, _("and"))} if missing else text
    else:
        text = str(STATUSES[figures["status"]][0])
    return _("%(text)s; missing: %(cards)s") % {"text": text, "cards": get_text_list(cards, _("and"))} if cards else text


def gap_word(code: str) -> str:
    return {
        "no_rules": _("no rule that can be evaluated"),
        "nothing_asked": _("no continuing education is asked for"),
        "no_calendar": _("when a cycle ends is not established"),
        "not_begun": _("the first cycle has not begun"),
        "no_cycle": _("the calendar has no cycle for today"),
        "facts_unfit": _("facts that contradict each other"),
    }.get(code, _("a fact of the licence is missing"))


def trial_rows(trial: RuleTrial, effect: str = "") -> QuerySet[RuleTrialRow]:
    rows = trial.rows.select_related("licence__user", "licence__board")
    if effect == "undone":
        return rows.filter(is_undone=True)
    return rows.filter(effect=effect) if effect in RuleTrialRow.Effect.values else rows


def _day(text: str) -> str:
    return date_format(date.fromisoformat(text), "N j, Y")


def rules_of_trial(trial: RuleTrial) -> BoardRules | None:
    return known().get(trial.revision.board.code)
