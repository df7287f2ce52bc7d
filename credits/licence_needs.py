"""What a board's calendar and rules ask of a licence, so that pages ask for that and for nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from credits.models import Board
from credits.rulebook import BoardRules, known
from credits.rulebook.in_use import remembered
from credits.rulebook.loading import category_words


@dataclass(frozen=True)
class Needs:
    """`credentials` and `duties` (minima that are not due in every cycle) are codes, in the order of the rules."""

    born_on: bool = False
    numbered: bool = False  # the calendar goes by the licence's number
    practising_since: bool = False
    credentials: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()


def needs_of(board_code: str) -> Needs:
    """Nothing for a board whose rules are not known."""
    return _all_needs().get(board_code, Needs())


def credential_choices() -> list[tuple[str, str]]:
    """Every credential a rule can ask for, with its word: cards and trainings, then the certifications of boards."""
    words = _credential_words()
    asked = {code for needs in _all_needs().values() for code in needs.credentials}
    boards = Board.objects.filter(code__in=asked - set(words)).values_list("code", "name")
    return [*sorted(words.items(), key=lambda item: item[1]), *boards.order_by("name")]


def credential_names(codes: Iterable[str]) -> dict[str, str]:
    """The word for each of `codes`; a code nobody knows any more stands for itself."""
    known = dict(credential_choices())
    return {code: known.get(code, code) for code in codes}


def duty_name(code: str) -> str:
    return category_words()["categories"].get(code, code.replace("_", " ").capitalize())


@cache
def _credential_words() -> dict[str, str]:
    return category_words()["credentials"]


@remembered
def _all_needs() -> dict[str, Needs]:
    return {code: needs_under(rules) for code, rules in known().items()}


def needs_under(rules: BoardRules) -> Needs:
    """What these rules of a board ask, which may be others than those in force."""
    calendar = rules.calendar or {}
    rows = [fact.content for fact in rules.rules]
    anchor, parity = calendar.get("anchor"), calendar.get("parity")
    return Needs(
        born_on=anchor in ("birthday", "birth_month_end") or (anchor == "fixed_date" and parity == "birth_year"),
        numbered=parity == "licence_number",
        practising_since=any("years_practising" in row.get("when", {}) for row in rows),
        credentials=tuple(dict.fromkeys(_credentials(rows))),
        duties=tuple(dict.fromkeys(part["code"] for row in rows for part in row.get("minima", []) if part.get("due_every", 1) != 1)),
    )


def _credentials(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        if "holds" in row.get("when", {}):
            yield row["when"]["holds"]
        yield from (part["credential"] for part in row.get("credentials", []))
