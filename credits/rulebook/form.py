"""The form of a rule file: its own schema, which takes every word it can from the case schema. One sentence per mistake."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

HERE = Path(__file__).resolve().parent
CASE_SCHEMA = HERE.parent / "engine" / "schema" / "case.json"
SCHEMA = HERE / "rulebook.schema.json"
CASE = "urn:smrt:ce-case:1"


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resources([(CASE, Resource.from_contents(json.loads(CASE_SCHEMA.read_text(encoding="utf-8"))))])


@cache
def _validator(of_case: str = "") -> Draft202012Validator:
    schema = {"$ref": f"{CASE}#/$defs/{of_case}"} if of_case else json.loads(SCHEMA.read_text(encoding="utf-8"))
    return Draft202012Validator(schema, registry=_registry(), format_checker=FormatChecker(formats=["date"]))


def mistakes_of_form(document: Any) -> list[str]:
    """What the schema finds wrong with a whole file."""
    if not isinstance(document, dict):
        return ["file: it must be a mapping with `schema: 1` and `board`."]
    found = _sentences(document, _validator().iter_errors(document), ())
    if isinstance(document.get("calendar"), dict):
        calendar = {name: value for name, value in document["calendar"].items() if name != "source"}
        found += _sentences(document, _validator("calendar").iter_errors(calendar), ("calendar",))
    return found


def mistakes_of_case_part(name: str, content: Any) -> list[str]:
    """What the case schema finds wrong with `content` as one of its definitions (`rule`, `hour_definition` …)."""
    return [_what_to_do(error) for error in _leaves(_validator(name).iter_errors(content))]


def place_of(document: dict[str, Any], path: Sequence[str | int]) -> str:
    """Where in a file: `rule us_fl_massage/standard version 1, caps.remote.max_units`."""
    parts = list(path)
    begin = ""
    if len(parts) > 1 and parts[0] == "rules":
        row = document["rules"][parts[1]]
        begin = f"rule {_name_of(row, parts[1])}, "
        if isinstance(row, dict) and "version" in row:
            begin = f"rule {_name_of(row, parts[1])} version {row['version']}, "
        parts, document = parts[2:], row
    words: list[str] = []
    value: Any = document
    for part in parts:
        value = _inside(value, part)
        words.append(_name_of(value, part) if isinstance(part, int) else part)
    return begin + (".".join(words) or "row")


def _inside(value: Any, part: str | int) -> Any:
    if isinstance(value, dict):
        return value.get(part)
    return value[part] if isinstance(value, list) and isinstance(part, int) and part < len(value) else None


def _name_of(value: Any, number: str | int) -> str:
    """A row's own name, or its number as people count."""
    if isinstance(value, dict):
        for name in ("code", "id", "credential", "activity", "label", "kind"):
            if isinstance(value.get(name), str):
                return str(value[name])
    return f"number {int(number) + 1}"


def _sentences(document: dict[str, Any], errors: Iterable[ValidationError], before: tuple[str, ...]) -> list[str]:
    return [f"{place_of(document, [*before, *error.absolute_path])}: {_what_to_do(error)}" for error in _leaves(errors)]


def _leaves(errors: Iterable[ValidationError]) -> Iterator[ValidationError]:
    """The errors that name a field: for “one of”, those of the form that was meant."""
    for error in sorted(errors, key=lambda error: [str(part) for part in error.absolute_path]):
        if error.validator != "oneOf" or not error.context or isinstance(error.instance, str):
            yield error
            continue
        branches: dict[Any, list[ValidationError]] = {}
        for inner in error.context:
            branches.setdefault(inner.schema_path[0], []).append(inner)
        meant = [found for found in branches.values() if not any(inner.validator in ("type", "const") and not inner.path for inner in found)]
        if len(meant) == 1 and not all(inner.validator == "required" and not inner.path for inner in meant[0]):
            yield from _leaves(meant[0])
        else:
            yield error


def _what_to_do(error: ValidationError) -> str:
    value = json.dumps(error.instance, ensure_ascii=False, default=str)
    schema = error.schema if isinstance(error.schema, dict) else {}
    if error.validator == "additionalProperties":
        known = set(schema.get("properties", {}))
        extra = sorted(str(name) for name in error.instance if name not in known)
        return f"there is no field {', '.join(extra)} here. Correct its name, or take it out."
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return f"{', '.join(missing)} is missing. Add it; write null only where the field may be unknown."
    if error.validator == "oneOf" and all(isinstance(one, dict) and "required" in one for one in error.validator_value):
        return f"it needs exactly one of {', '.join(one['required'][0] for one in error.validator_value)}."
    if error.validator == "enum":
        return f"{value} is not one of {', '.join(str(one) for one in error.validator_value)}. Write one of these."
    if error.validator == "const":
        return f"{value} must be {json.dumps(error.validator_value)}."
    if isinstance(error.instance, int | float) and not isinstance(error.instance, bool) and schema.get("type") == "string":
        return f'{value} is a bare number. Write quantities as quoted decimals, such as "12" or "0.10".'
    if "date" in (schema.get("format"), error.validator_value) or _wants_date(error):
        return f"{value} is not a date. Write it as 2026-01-31."
    if error.validator == "pattern":
        return f'{value} does not have the form of this field. Write a quoted decimal such as "12", or a plain name in lower case.'
    return f"{error.message}."


def _wants_date(error: ValidationError) -> bool:
    return error.validator == "oneOf" and any(isinstance(one, dict) and str(one.get("$ref", "")).endswith("/date") for one in error.validator_value)
