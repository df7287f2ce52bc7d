"""What a form asks about a credit earned elsewhere: what the board's rules tell apart, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from credits.categories import category_name
from credits.models import Board
from credits.rulebook import BoardRules, known
from credits.rulebook.in_use import remembered

# Categories that hold for a credit as a whole; all others are topics, each with units of its own.
WHOLE = frozenset({"assessed", "afaa_or_nasm_course", "listed_provider_course"})


@dataclass(frozen=True)
class Asked:
    """Codes in the order of their words. `approvals` are the boards whose approvals a rule tells apart."""

    topics: tuple[str, ...] = ()
    activities: tuple[str, ...] = ()
    whole: tuple[str, ...] = ()
    approvals: tuple[str, ...] = ()
    hands_on: bool = False


def asked_of(board_code: str) -> Asked:
    """Nothing but the units for a board whose rules are not known."""
    return _all_asked().get(board_code, Asked())


def is_whole(code: str) -> bool:
    """Whether a category holds for a credit as a whole: a kind of activity, or a class of one body."""
    return code in WHOLE or code.startswith("activity:")


def named(codes: tuple[str, ...]) -> list[tuple[str, str]]:
    return [(code, category_name(code)) for code in codes]


def approving_boards(board: Board) -> QuerySet[Board]:
    """The bodies whose approval may matter to `board`: itself, those it accepts, and those its rules name."""
    return Board.objects.filter(Q(pk=board.pk) | Q(accepted_by=board) | Q(code__in=asked_of(board.code).approvals)).distinct().order_by("name")


@remembered
def _all_asked() -> dict[str, Asked]:
    return {code: _asked(rules) for code, rules in known().items()}


def _asked(rules: BoardRules) -> Asked:
    matches = [match for row in rules.rules for match in _matches(row.content)]
    labels = {label for match in matches for name in ("categories", "without") for label in match.get(name, ())}
    plain = sorted((label for label in labels if ":" not in label), key=lambda code: category_name(code).casefold())
    return Asked(
        topics=tuple(code for code in plain if code not in WHOLE),
        activities=tuple(sorted((label for label in labels if label.startswith("activity:")), key=category_name)),
        whole=tuple(code for code in plain if code in WHOLE),
        approvals=tuple(sorted(label.removeprefix("approval:") for label in labels if label.startswith("approval:"))),
        hands_on=any("hands_on_fraction_min" in match for match in matches),
    )


def _matches(content: Any) -> Iterator[dict[str, Any]]:
    """Every match of a rule row, wherever it stands, and its list of distinct categories."""
    if isinstance(content, dict):
        if "match" in content and isinstance(content["match"], dict):
            yield content["match"]
        if isinstance(content.get("distinct"), dict):
            yield {"categories": content["distinct"].get("categories", ())}
        for value in content.values():
            yield from _matches(value)
    elif isinstance(content, list):
        for value in content:
            yield from _matches(value)
