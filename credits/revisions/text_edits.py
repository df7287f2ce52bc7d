"""Changing single values of a YAML text and leaving all else, comments and order included, as it was written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import yaml

Path = Sequence[str | int]
PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/-]*")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n"}


def set_value(text: str, path: Path, value: Any) -> str:
    """Write `value` at `path`, whose last part is a key of a mapping that is there; a key it does not have is added."""
    holder, key = _node(text, path[:-1]), path[-1]
    for written, old in holder.value:
        if written.value == key:
            return f"{text[: written.end_mark.index]}: {in_flow(value)}{text[_end(old) :]}"
    if holder.flow_style:
        inside = f"{', ' if holder.value else ''}{key}: {in_flow(value)}"
        place = _end(holder.value[-1][1]) if holder.value else holder.start_mark.index + 1
        return f"{text[:place]}{inside}{text[place:]}"
    place = _line_end(text, _end(holder.value[-1][1]))
    return f"{text[:place]}\n{' ' * holder.value[0][0].start_mark.column}{key}: {in_flow(value)}{text[place:]}"


def drop_key(text: str, path: Path) -> str:
    """Take out a key of a mapping that is written in lines; nothing happens when it is not there."""
    holder = _node(text, path[:-1])
    for written, old in holder.value:
        if written.value == path[-1] and not holder.flow_style:
            start = text.rfind("\n", 0, written.start_mark.index)
            return text[:start] + text[_line_end(text, _end(old)) :]
    return text


def copy_member(text: str, path: Path, number: int, *, before: bool = False) -> str:
    """Write the list's member `number` a second time, right after itself, or before itself and its comment."""
    member = _node(text, path).value[number]
    start = text.rfind("\n", 0, member.start_mark.index) + 1
    end = _line_end(text, _end(member))
    block = text[start:end]
    if not before:
        return f"{text[:end]}\n\n{block}{text[end:]}"
    place = _with_comment(text, start)
    return f"{text[:place]}{block}\n\n{text[place:]}"


def add_comment(text: str, path: Path, number: int, words: str) -> str:
    """Put a comment line over the list's member `number`."""
    member = _node(text, path).value[number]
    start = text.rfind("\n", 0, member.start_mark.index) + 1
    indent = text[start : member.start_mark.index].split("-")[0]
    return f"{text[:start]}{indent}# {' '.join(words.split())}\n{text[start:]}"


def in_flow(value: Any) -> str:
    """A value on one line, quoted where YAML would read something else. Quantities are text, and so are quoted."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {in_flow(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(in_flow(part) for part in value) + "]"
    text = str(value)
    if DATE.fullmatch(text) or (PLAIN.fullmatch(text) and text.lower() not in WORDS and not text.endswith(":")):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _node(text: str, path: Path) -> Any:
    node: Any = yaml.compose(text, Loader=yaml.SafeLoader)
    for part in path:
        node = node.value[part] if isinstance(part, int) else next(value for key, value in node.value if key.value == part)
    return node


def _end(node: Any) -> int:
    """Where the last thing of a node ends; a block's own mark lies behind the empty lines and comments after it."""
    if isinstance(node, yaml.ScalarNode) or node.flow_style or not node.value:
        return int(node.end_mark.index)
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _line_end(text: str, place: int) -> int:
    found = text.find("\n", place)
    return len(text) if found < 0 else found


def _with_comment(text: str, start: int) -> int:
    """Where the comment lines right above the line at `start` begin."""
    while start:
        above = text.rfind("\n", 0, start - 1) + 1
        if not text[above:start].lstrip().startswith("#"):
            break
        start = above
    return start
