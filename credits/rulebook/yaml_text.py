"""Reading YAML so that a file means what it shows: dates stay text, and a field written twice is a mistake."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


class YamlMistake(Exception):
    """Why a file can not be read, in one sentence."""


_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C, ten times as fast, where PyYAML has it


class _Loader(_SafeLoader):
    """The safe loader, less its reading of dates (the case vocabulary has them as text)."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if key.value in seen:
                raise YamlMistake(f"line {key.start_mark.line + 1}: `{key.value}` is written twice; keep one.")
            seen.add(key.value)
        return dict(super().construct_mapping(node, deep=deep))


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read(path: Path) -> Any:
    """The content of a YAML file. Raises YamlMistake."""
    try:
        return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 -- a SafeLoader
    except yaml.YAMLError as error:
        raise YamlMistake(f"this is not YAML: {' '.join(str(error).split())}") from error
