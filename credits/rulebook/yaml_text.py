"""Reading YAML so that a file means what it shows: dates stay text, and a field written twice is a mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


class YamlMistake(Exception):
    """Why a text can not be read, in one sentence. `line` counts from 1; None when no line is to blame."""

    def __init__(self, message: str, line: int | None = None):
        super().__init__(message)
        self.line = line


DEEPEST = 30  # parts inside parts; a board's document has ten

_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C, ten times as fast, where PyYAML has it


class _Loader(_SafeLoader):
    """The safe loader, less its reading of dates (the case vocabulary has them as text)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise YamlMistake(f"line {key.start_mark.line + 1}: a field's name is plain text. Correct it.", key.start_mark.line + 1)
            if key.value in seen:
                raise YamlMistake(f"line {key.start_mark.line + 1}: `{key.value}` is written twice; keep one.", key.start_mark.line + 1)
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep=deep))


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path) -> Any:
    """The content of a YAML file. Raises YamlMistake."""
    return parse(path.read_text(encoding="utf-8"))


def parse(text: str) -> Any:
    """What a YAML text says. Raises YamlMistake."""
    try:
        _refuse_tangles(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506 -- a SafeLoader
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        words = getattr(error, "problem", None) or " ".join(str(error).split())
        line = mark.line + 1 if mark else None
        say = f"this is not YAML: {words}. Look for a bracket, a quote or an indent that is missing just before."
        raise YamlMistake(say, line) from error


def _refuse_tangles(text: str) -> None:
    """Before anything is built: a part that is named once and used again can contain itself, and one nested deep enough ends the process."""
    depth = 0
    for event in yaml.parse(text, Loader=_SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            raise YamlMistake(f"line {line}: `*{event.anchor}` stands for another part. Write that part out here.", line)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise YamlMistake(f"line {line}: this is nested more than {DEEPEST} deep. Close the parts that are open.", line)
