"""The comparison rule of the vocabulary: what `expect` lists must be in the result, whatever else the result holds."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

PLAIN_DECIMAL = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)


def load(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The case and the expectation of one file."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return data["case"], data["expect"]


def differences(expected: Any, found: Any, path: str = "$") -> list[str]:
    """Every way in which `found` is not as `expected`, by path. Lists have the same length and order; decimals compare as numbers."""
    if isinstance(expected, dict) and isinstance(found, dict):
        missing = [f"{path}.{name} is not there, expected {value!r}" for name, value in expected.items() if name not in found]
        return missing + [line for name, value in expected.items() if name in found for line in differences(value, found[name], f"{path}.{name}")]
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return [f"{path} has {len(found)} entries, expected {len(expected)}: {found!r}"]
        return [line for index, pair in enumerate(zip(expected, found, strict=True)) for line in differences(*pair, f"{path}[{index}]")]
    if isinstance(expected, str) and isinstance(found, str) and PLAIN_DECIMAL.fullmatch(expected) and PLAIN_DECIMAL.fullmatch(found):
        same = Fraction(expected) == Fraction(found)
    else:
        same = type(expected) is type(found) and expected == found
    return [] if same else [f"{path} is {found!r}, expected {expected!r}"]
