"""Which rules hold now: what `known` answers with, and who says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import TypeVar

from credits.rulebook.board_rules import BoardRules
from credits.rulebook.loading import load

T = TypeVar("T")


@cache
def from_files() -> dict[str, BoardRules]:
    """What the rule files say, read once for each process: they are part of the program."""
    return load()


_source: Callable[[], dict[str, BoardRules]] = from_files


def known() -> dict[str, BoardRules]:
    """The rules in force now, by board code: those of the site's own record, and the files' for a board it has no record of.

    Costs nothing to call. A rule that takes force is seen within seconds; until then the same dictionary comes back.
    """
    return _source()


def take_from(source: Callable[[], dict[str, BoardRules]]) -> None:
    """Let `known` answer with what `source` returns. Without a site it answers with the files."""
    global _source
    _source = source


def remembered(function: Callable[[], T]) -> Callable[[], T]:
    """Keep what `function`, drawn from `known()`, returned until other rules are in force."""
    kept: list[tuple[dict[str, BoardRules], T]] = []

    @wraps(function)
    def recall() -> T:
        rules = known()
        if not kept or kept[0][0] is not rules:
            kept[:] = [(rules, function())]
        return kept[0][1]

    return recall
