"""A board's document as somebody writes it: read, checked, every mistake with its line."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import gettext as _

from credits.models import Board
from credits.rulebook import BoardRules
from credits.rulebook.loading import mistakes_of, rules_of
from credits.rulebook.yaml_text import YamlMistake, parse

ROW = re.compile(r"rule (?P<id>\S+) version (?P<version>\d+)(?:, (?P<rest>.*))?")
NAMES = ("code", "id", "credential", "activity", "label", "kind")
LONGEST = 100_000


@dataclass(frozen=True)
class Mistake:
    """`line` counts from 1."""

    line: int
    sentence: str


@dataclass(frozen=True)
class Checked:
    """`content` and `rules` are None whenever there is a mistake."""

    content: dict[str, Any] | None
    rules: BoardRules | None
    mistakes: tuple[Mistake, ...]
    warnings: tuple[str, ...] = ()


def check_text(board: Board, text: str) -> Checked:
    """What a text says of `board`, and all that is wrong with it, in the order of its lines."""
    if len(text) > LONGEST:
        return Checked(None, None, (Mistake(1, _("The text is too long. A board's document has at most 100,000 characters.")),))
    try:
        content = parse(text)
    except YamlMistake as mistake:
        return Checked(None, None, (Mistake(mistake.line or 1, str(mistake)),))
    except (ValueError, RecursionError):
        return Checked(None, None, (Mistake(1, _("This can not be read. Write it as the documents of other boards are written.")),))
    sentences = _not_plain(content) or mistakes_of(content) or _of_this_board(board, content)
    if sentences:
        lines = _Lines(text)
        found = sorted((Mistake(lines.of(sentence), sentence) for sentence in sentences), key=lambda mistake: mistake.line)
        return Checked(None, None, tuple(found))
    rules = rules_of(content)
    return Checked(content, rules, (), rules.warnings)


def _not_plain(content: Any) -> list[str]:
    """What only YAML can say: names that are no text, sets, infinity, characters that no text may hold."""
    try:
        written = json.dumps(content, allow_nan=False, ensure_ascii=False).encode()
    except (TypeError, ValueError):
        return [_("This holds values that only YAML knows, such as sets or infinity. Write text in quotes, whole numbers, true, false or null.")]
    if b"\\u0000" in written:
        return [_("This holds a character that no text may hold. Take the \\0 out.")]
    name = next(_names_that_are_no_text(content), None)
    return [] if name is None else [_("%(name)s: a field's name is text. Write it in quotes, or correct it.") % {"name": name}]


def _names_that_are_no_text(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from (name for name in value if not isinstance(name, str))
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _names_that_are_no_text(part)


def _of_this_board(board: Board, content: dict[str, Any]) -> list[str]:
    found = []
    if content["board"] != board.code:
        found.append(_("board: this is the document of %(board)s. Write that code, or change the other board's document.") % {"board": board.code})
    if content["verified_on"] is not None:
        found.append(_("verified_on: at the desk facts are verified one by one, after the sign-off. Write null here and in verified_by."))
    return found


class _Lines:
    """Finds the line a sentence speaks of: the deepest part of its place that the text has."""

    def __init__(self, text: str) -> None:
        self.root = yaml.compose(text, Loader=yaml.SafeLoader)

    def of(self, sentence: str) -> int:
        place = sentence.split(": ")[0]
        row = ROW.fullmatch(place)
        node = self.root
        if row:
            node = _row(self.root, row["id"], row["version"]) or self.root
            place = row["rest"] or ""
        parts = [part for piece in place.split(", ") for part in piece.split(".") if part]
        if row and parts[:1] == ["row"]:
            parts = _named_in(sentence)
        return _walk(node, parts)


def _named_in(sentence: str) -> list[str]:
    """`row: there is no field colour here.`: the field, which a schema's sentence names in its text."""
    found = re.search(r"there is no field ([\w ,]+) here", sentence)
    return [found[1].split(",")[0]] if found else []


def _row(root: Any, name: str, version: str) -> Any:
    rows = _value(root, "rules")
    for node in rows.value if isinstance(rows, yaml.SequenceNode) else []:
        scalars = {key.value: value.value for key, value in node.value} if isinstance(node, yaml.MappingNode) else {}
        if (scalars.get("id"), str(scalars.get("version"))) == (name, version):
            return node
    return None


def _walk(node: Any, parts: list[str]) -> int:
    line = node.start_mark.line + 1 if node is not None else 1
    while parts and node is not None:
        found = _step(node, parts)
        if found is None:
            break
        node, line, parts = found
    return int(line)


def _step(node: Any, parts: list[str]) -> tuple[Any, int, list[str]] | None:
    """One part further in: a key (which may itself have dots, as those of `weak`), or a list's member by its own name or its number."""
    if isinstance(node, yaml.MappingNode):
        for length in range(len(parts), 0, -1):
            name = ".".join(parts[:length])
            for key, value in node.value:
                if key.value == name:
                    return value, key.start_mark.line + 1, parts[length:]
    if isinstance(node, yaml.SequenceNode):
        for number, member in enumerate(node.value, start=1):
            if isinstance(member, yaml.MappingNode):
                own = [value.value for key, value in member.value if key.value in NAMES]
                for length in range(len(parts), 0, -1):
                    if ".".join(parts[:length]) in [*own, f"number {number}"]:
                        return member, member.start_mark.line + 1, parts[length:]
            elif parts[0] == f"number {number}":
                return member, member.start_mark.line + 1, parts[1:]
    return None


def _value(node: Any, name: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == name), None)
    return None
