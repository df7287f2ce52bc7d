"""Where one licence stands: its facts, its board's rules and the person's awards as one case, and what the engine says of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core.errors import DomainError
from credits.cases import build_case, cycles_upto
from credits.credit_rows import Holding, holding_of, holdings_of
from credits.engine.quantities import text
from credits.engine.run import evaluate, is_error
from credits.licence_facts import missing_facts
from credits.licence_needs import Needs, needs_under
from credits.models import Licence
from credits.rulebook import BoardRules, known
from credits.rulebook.board_rules import Fact, Revision, Verification
from credits.rulebook.explaining import explain_row
from credits.rulebook.in_use import remembered
from credits.rulebook.loading import category_words
from credits.standing_held import HeldCredit, held_credits
from credits.standing_picture import Bar, Timeline, bars_of, timeline_of
from credits.standing_words import Line, Words, line_of, must_match, sentence_of, status_word, unplaced_line
from credits.terms import terms_of

SAME_END = timedelta(days=31)  # boards differ by days in what they print: the last day, or the first one without a licence


class StandingUnknown(DomainError):
    """Nothing can be said about the licence; the message says why and what to do."""

    code = "standing_unknown"


@dataclass(frozen=True)
class Gap:
    """Why nothing can be said, and where to go about it, in words to the holder. `why` is what the data say of it."""

    code: str
    title: str
    explanation: str
    address: str = ""
    action: str = ""
    why: str = ""


@dataclass(frozen=True)
class RuleShown:
    """The row a cycle was held against. `as_of` is the date its source says it is current through."""

    id: str
    version: int
    sources: tuple[str, ...]
    as_of: date | None
    confidence: str
    sentences: tuple[str, ...]
    alone: Revision | None = None  # by whose word alone it holds, until a second officer signs
    coming: Revision | None = None  # what one officer signed alone, and is not yet in force
    checked: tuple[Verification, ...] = ()  # who re-read what it rests on, and when; empty until all of it was


@dataclass(frozen=True)
class CycleView:
    """One cycle for a page. Amounts are exact decimals as text, in the board's unit; None when no rule holds."""

    number: int
    start: date
    end: date
    deadline: date
    status: str
    status_word: str
    status_badge: str
    sentence: str
    required: str | None
    applied: str | None
    needed: str | None
    bars: tuple[Bar, ...]
    conditions: tuple[str, ...]
    lacks_card: bool
    lines: tuple[Line, ...]
    rule: RuleShown | None


@dataclass(frozen=True)
class StandingView:
    """Either `gap`, or `result` with the cycle that holds the day and, where there is one, the cycle before it."""

    licence: Licence
    as_of: date
    gap: Gap | None = None
    result: dict[str, Any] | None = None
    current: CycleView | None = None
    before: CycleView | None = None
    timeline: Timeline | None = None
    unplaced: tuple[Line, ...] = ()
    held: tuple[HeldCredit, ...] = ()  # in the cycles shown, the earliest first
    unit: str = ""
    is_verified: bool = False
    rules: BoardRules | None = None  # what it was held against

    @property
    def other_expiry(self) -> date | None:
        """The end of the licence by its holder's word, where the cycle's by the calendar is far from it: one of the two is wrong, or it was renewed."""
        day, cycle = self.licence.expires_on, self.current
        if day is None or cycle is None or self.rules is None or "licence_months" in (self.rules.calendar or {}):
            return None
        is_renewed = any(row.cycle_end == cycle.end and row.renewed_on for row in self.licence.renewals.all())
        return day if day >= self.as_of and abs(day - cycle.end) > SAME_END and not is_renewed else None

    @property
    def status(self) -> str:
        return self.current.status if self.current else "unknown"

    @property
    def sentence(self) -> str:
        return self.current.sentence if self.current else self.gap.explanation if self.gap else ""


def case_of(licence: Licence, as_of: date) -> dict[str, Any] | None:
    """The `standing` case of a licence for the cycle that holds `as_of` and the one before it, or None when no case can be made.

    Costs two queries on rows from `Licence.objects.with_facts()`. `standing_of_licence` says why there is none.
    """
    rules = known().get(licence.board.code)
    if rules is None or gap_under(rules, licence, as_of):
        return None
    return build_case(rules, licence, as_of, holding_of(licence).rows)


def standing_of_licence(licence: Licence, as_of: date, *, to_holder: bool = True) -> StandingView:
    """What can be said of a licence from `Licence.objects.with_facts()`, to its holder or about them; a gap always speaks to the holder. Costs two queries."""
    rules = known().get(licence.board.code)
    gap = gap_under(rules, licence, as_of)
    if rules is None or gap:
        return StandingView(licence, as_of, gap=gap)
    return _view(licence, rules, as_of, holding_of(licence), to_holder)


def standings_of_person(user: Any, as_of: date) -> list[StandingView]:
    """What can be said to a person of each licence on file, in the order of their list. The same number of queries however many they are."""
    licences = list(Licence.objects.visible_to(user).on_file().with_facts())
    held = holdings_of(licences)
    return standings_of_held({licence: held[licence.pk] for licence in licences}, as_of)


def standings_of_held(holdings: Mapping[Licence, Holding], as_of: date) -> list[StandingView]:
    """The same for a person's licences and what they hold, loaded already: no query."""
    rules, views = known(), []
    for licence, holding in holdings.items():
        its_rules = rules.get(licence.board.code)
        gap = gap_under(its_rules, licence, as_of)
        if its_rules is None or gap:
            views.append(StandingView(licence, as_of, gap=gap))
        else:
            views.append(_view(licence, its_rules, as_of, holding, True))
    return views


def _view(licence: Licence, rules: BoardRules, as_of: date, holding: Holding, to_holder: bool) -> StandingView:
    result = terms_of(rules).result(licence, as_of, holding.rows)
    if is_error(result):
        return StandingView(licence, as_of, gap=_unfit(licence, result))
    words = Words(rules.unit, names_by_code(), holding.sources, to_holder, holding.held_on(as_of))
    cycles = [_cycle_view(row, rules, words, as_of) for row in result["cycles"][-2:]]
    return StandingView(
        licence=licence,
        as_of=as_of,
        result=result,
        current=cycles[-1],
        before=cycles[-2] if len(cycles) > 1 else None,
        timeline=timeline_of(result["cycles"][-2:], as_of),
        held=held_credits(licence, rules, as_of, holding, cycles=result["cycles"][-2:], to_holder=to_holder),
        unplaced=tuple(unplaced_line(row, words) for row in [*_of_older_cycles(result["cycles"]), *result["unplaced"]]),
        unit=rules.unit.plural,
        is_verified=rests_on_verified(rules, result["cycles"][-1]),
        rules=rules,
    )


def _of_older_cycles(cycles: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Credits that lie only in cycles before the two that are shown."""
    shown = {line["credit"] for row in cycles[-2:] for line in row["dispositions"]}
    found: dict[str, Fraction] = {}
    for row in cycles[:-2]:
        own: dict[str, Fraction] = defaultdict(Fraction)
        for line in row["dispositions"]:
            if line["credit"] not in shown and not line["credit"].startswith("credential:"):
                own[line["credit"]] += Fraction(line["units"])
        found = own | found
    return [{"credit": credit, "units": text(units), "reason": "outside_window"} for credit, units in found.items()]


def standing_result(licence: Licence, as_of: date) -> dict[str, Any]:
    """The engine's own result. Raises StandingUnknown when no case can be made."""
    rules = known().get(licence.board.code)
    gap = gap_under(rules, licence, as_of)
    if rules is None or gap:
        raise StandingUnknown(gap.explanation if gap else "")
    result = evaluate(build_case(rules, licence, as_of, holding_of(licence).rows))
    if is_error(result):
        raise StandingUnknown(_unfit(licence, result).explanation)
    return result


def gap_of(licence: Licence, as_of: date) -> Gap | None:
    """What keeps a licence from being held against its board's rules, the board's part first; None when nothing does."""
    return gap_under(known().get(licence.board.code), licence, as_of)


def gap_under(rules: BoardRules | None, licence: Licence, as_of: date, needs: Needs | None = None) -> Gap | None:
    """`gap_of` under these rules of its board, which may be others than those in force. `needs` are theirs, for who has them at hand."""
    board = licence.board
    if rules is None or not any(row.is_whole for row in rules.rules):
        explanation = _(
            "We have no renewal rules of %(board)s that could be evaluated. Ask the board what it wants; your credits here are kept and can be shown."
        )
        return Gap(
            "no_rules", _("The rules of this board are not in our data"), explanation % {"board": board.name}, board.website, _("To the board’s own pages")
        )
    if rules.calendar is None and all(_asks_nothing(row) for row in rules.rules):
        explanation = _(
            "By what was read here, %(board)s asks for no continuing education. Ask it before you rely on that; your credits here are kept all the same."
        )
        title, place = _("No continuing education is asked for"), _("To the board’s own pages")
        return Gap("nothing_asked", title, explanation % {"board": board.name}, board.website, place)
    if rules.calendar is None:
        explanation = _("When a cycle ends is not established: %(why)s Ask the board for your renewal date; your credits here are kept and can be shown.")
        why = rules.unknown.get("calendar", "")
        return Gap("no_calendar", _("We do not know when your cycle ends"), explanation % {"why": why}, board.website, _("To the board’s own pages"), why)
    if missing := missing_facts(licence, licence.user, needs or needs_under(rules)):
        return _missing(licence, missing[0])
    if licence.issued_on is not None and licence.issued_on > as_of:
        explanation = _("Your licence is dated later than today. Its first cycle begins with it. If the date is wrong, correct it.")
        return Gap("not_begun", _("Your first cycle has not begun"), explanation, _edit(licence), _("Change the licence"))
    if not cycles_upto(rules, licence, as_of):
        explanation = _("The periods this board has named are over, and the next is not in our data yet. Ask the board when it ends.")
        return Gap("no_cycle", _("The board’s next period is not known here"), explanation, board.website, _("To the board’s own pages"))
    return None


def _asks_nothing(row: Fact) -> bool:
    content = row.content
    return (content["required"] or {}).get("units") == "0" and not content.get("minima") and not content.get("credentials")


def _missing(licence: Licence, fact: str) -> Gap:
    words = {
        "issued_on": _("Give the date your licence was issued: its cycles are counted from it."),
        "number": _("Give the number of your licence: this board’s calendar goes by it."),
        "born_on": _("Give your date of birth: this board’s calendar goes by it."),
        "practising_since": _("Give the day since when you practise: what this board asks goes by the years in practice."),
    }
    address = reverse("credits:birth_date") if fact == "born_on" else _edit(licence)
    return Gap(f"missing_{fact}", _("One fact is missing"), words[fact], address, _("Give it now"))


def _unfit(licence: Licence, result: dict[str, Any]) -> Gap:
    explanation = _("What is on file for this licence does not fit together: %(why)s Correct it, and the standing appears.")
    why = result["errors"][0]["message"]
    return Gap("facts_unfit", _("Two facts contradict each other"), explanation % {"why": why}, _edit(licence), _("Change the licence"), why)


def _edit(licence: Licence) -> str:
    return reverse("credits:licence_edit", args=[licence.pk])


@remembered
def names_by_code() -> dict[str, str]:
    """The words for categories, credentials and boards, by code."""
    words = category_words()
    return words["categories"] | words["credentials"] | {code: rules.name for code, rules in known().items()}


def _cycle_view(row: dict[str, Any], rules: BoardRules, words: Words, as_of: date) -> CycleView:
    content = row_content(rules, row["rule"])
    word, badge = status_word(row)
    return CycleView(
        number=row["number"],
        start=date.fromisoformat(row["start"]),
        end=date.fromisoformat(row["end"]),
        deadline=deadline_of(row, as_of),
        status=row["status"],
        status_word=word,
        status_badge=badge,
        sentence=sentence_of(row, content, words, as_of),
        required=row["required"],
        applied=row["applied"],
        needed=row["additional_needed"],
        bars=bars_of(row, content, words),
        conditions=tuple(must_match(row, content, words)),
        lacks_card=bool(row["blocked_by"]),
        lines=tuple(line_of(line, content, words, is_open=as_of <= date.fromisoformat(row["end"])) for line in row["dispositions"]),
        rule=_rule_shown(rules, row["rule"]) if row["rule"] else None,
    )


def rests_on_verified(rules: BoardRules, row: Mapping[str, Any]) -> bool:
    """Whether a person at the school re-read both facts that a result's cycle rests on: when it ends, and what it asks."""
    fact = _fact_of(rules, row["rule"])
    return fact is not None and rules.fact_is_verified("calendar", "calendar") and rules.fact_is_verified(fact.kind, fact.name)


def deadline_of(row: Mapping[str, Any], as_of: date) -> date:
    """The last day to earn units for a result's cycle: its window's, and once that is over the last day of grace."""
    close, grace = date.fromisoformat(row["window_close"]), row["grace_last_day"]
    return close if as_of <= close or grace is None else date.fromisoformat(grace)


def row_content(rules: BoardRules, reference: Mapping[str, Any] | None) -> dict[str, Any]:
    """The rule row a cycle was held against, as its board's file has it; empty without one."""
    fact = _fact_of(rules, reference)
    return fact.content if fact else {}


def _fact_of(rules: BoardRules, reference: Mapping[str, Any] | None) -> Fact | None:
    if reference is None:
        return None
    return next(row for row in rules.rules if (row.content["id"], row.content["version"]) == (reference["id"], reference["version"]))


def _rule_shown(rules: BoardRules, reference: dict[str, Any]) -> RuleShown:
    words = {"categories": names_by_code(), "credentials": {}, "boards": {}}
    fact = _fact_of(rules, reference)
    return RuleShown(
        id=reference["id"],
        version=reference["version"],
        sources=tuple(reference["source"].split("; ")),
        as_of=date.fromisoformat(reference["source_as_of"]) if reference["source_as_of"] else None,
        confidence=reference["confidence"],
        sentences=tuple(explain_row(rules, reference["id"], reference["version"], words=words)),
        alone=(rules.alone.get((fact.kind, fact.name)) if fact else None) or rules.alone.get(("calendar", "calendar")),
        coming=rules.coming if rules.coming and rules.coming.sole_officer else None,
        checked=_checked(rules, fact),
    )


def _checked(rules: BoardRules, fact: Fact | None) -> tuple[Verification, ...]:
    if fact is None:
        return ()
    found = (rules.verification_of(fact.kind, fact.name), rules.verification_of("calendar", "calendar"))
    return tuple(dict.fromkeys(one for one in found if one)) if all(found) else ()
