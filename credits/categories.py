"""The categories of credit that rules ask for: what each is called, and what an officer may have meant."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from credits.rulebook.loading import category_words


@cache
def category_names() -> dict[str, str]:
    """The word of every category, by code. Raises RulebookError."""
    return category_words()["categories"]


def category_choices() -> list[tuple[str, str]]:
    return sorted(category_names().items(), key=lambda item: item[1].casefold())


def category_code(written: str) -> str:
    """The rules' code for a category as an officer wrote it: by its code, or by its word."""
    plain = written.strip().casefold()
    return _codes().get(plain, plain.replace(" ", "_").replace("-", "_"))


def category_name(written: str) -> str:
    """The word of a category; one that no rule knows stands for itself."""
    return category_names().get(category_code(written), written)


def split_shown(split: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """A category split with the word of each category beside its code."""
    return [{"category": str(part["category"]), "name": category_name(str(part["category"])), "units": str(part["units"])} for part in split]


@cache
def _codes() -> dict[str, str]:
    return {word.casefold(): code for code, word in category_names().items()}
