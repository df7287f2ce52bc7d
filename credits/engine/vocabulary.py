"""Whether a case is one: its JSON text, its shape by the schema, then what a schema cannot say (`consistency`)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.validators import extend

from credits.engine.consistency import references, values
from credits.engine.dates import civil, instant
from credits.engine.faults import Fault, NotACase

CASE = "smrt-ce-case/1"
RESULT = "smrt-ce-result/1"
OPERATIONS = ("standing", "credit_value", "cycle_dates", "completion", "awards")
LONGEST_QUANTITY = 40  # characters
LONGEST_COUNT = 15  # digits
DEEPEST = 20  # levels; a case has fewer
MOST_FAULTS = 50  # reported at once

TOO_DEEP = f"This is nested more deeply than {DEEPEST} levels; a case is not."

_schemas = Path(__file__).parent / "schema"


def parse(source: str | bytes) -> Any:
    """The JSON of a case. Raises NotACase for text that is not JSON, repeats a key, or has numbers no case needs."""
    try:
        if isinstance(source, bytes):
            source = source.decode("utf-8-sig")
        return json.loads(source, object_pairs_hook=_unique, parse_constant=_not_json, parse_float=_number, parse_int=_number)
    except ArithmeticError as error:
        raise NotACase("This has a number too large to read; counts are whole numbers, and quantities decimals in quotes.") from error
    except UnicodeDecodeError as error:
        raise NotACase("This is not UTF-8 text; write the case as JSON in UTF-8.") from error
    except json.JSONDecodeError as error:
        raise NotACase(f"This is not JSON (line {error.lineno}, column {error.colno}: {error.msg}); correct it there.") from error
    except RecursionError as error:
        raise NotACase(TOO_DEEP) from error


def check_case(data: Any) -> list[Fault]:
    """Everything that keeps `data` from being a case, by path; empty for a good one."""
    if not isinstance(data, dict):
        return [Fault("$", f"A case is an object, not {_kind(data)}.")]
    if data.get("schema") != CASE:
        return [Fault("$.schema", f'Give "schema": "{CASE}"; it says which version of the vocabulary the case is written in.')]
    operation = data.get("operation")
    if not isinstance(operation, str) or operation not in OPERATIONS:
        return [Fault("$.operation", f"Give one of {_listed(OPERATIONS)}.")]
    if _is_deep(data):
        return [Fault("$", TOO_DEEP)]
    for check in (_shape, values, references):  # each may rely on what the one before found in order
        if faults := sorted(set(check(data))):
            return faults[:MOST_FAULTS]
    return []


def _is_deep(data: Any) -> bool:
    level = [data]
    for _ in range(DEEPEST):
        level = [inner for outer in level if isinstance(outer, dict | list) for inner in (outer.values() if isinstance(outer, dict) else outer)]
    return bool(level)


def result_faults(data: Any) -> list[Fault]:
    """What in a result is not by the schema of results; for tests and for writers of other engines."""
    return [Fault(error.json_path, error.message) for error in validator("result", None).iter_errors(data)]


@cache
def validator(schema: str, definition: str | None) -> Draft202012Validator:
    """Of one definition of the file `schema`, or of all of it."""
    document = json.loads((_schemas / f"{schema}.json").read_text(encoding="utf-8"))
    part = {"$ref": f"#/$defs/{definition}", "$defs": document["$defs"]} if definition else document
    return _Strict(part, format_checker=_formats)


DECIMALS = (r"^-?(0|[1-9][0-9]*)(\.[0-9]+)?$", r"^(0|[1-9][0-9]*)(\.[0-9]+)?$")
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


def _pattern(_: Any, pattern: str, given: Any, __: Any) -> Iterator[ValidationError]:
    """As JSON Schema means it: `$` is the very end, and not also the place before a last line break."""
    if isinstance(given, str) and (not re.search(pattern.replace("$", r"\Z"), given) or (pattern in DECIMALS and len(given) > LONGEST_QUANTITY)):
        yield ValidationError(f"does not match {pattern}")


_formats = FormatChecker(formats=())


@_formats.checks("date", raises=ValueError)
def _is_date(given: Any) -> bool:
    if isinstance(given, str) and re.fullmatch(DATE[1:-1], given):  # the pattern speaks for all else
        civil(given)
    return True


@_formats.checks("date-time", raises=(ValueError, OverflowError))
def _is_instant(given: Any) -> bool:
    if isinstance(given, str):
        instant(given).astimezone(UTC)
    return True


_whole = Draft202012Validator.TYPE_CHECKER.redefine("integer", lambda _, given: isinstance(given, int) and not isinstance(given, bool))
_Strict: Any = extend(Draft202012Validator, {"pattern": _pattern}, type_checker=_whole)


def _shape(data: dict[str, Any]) -> Iterator[Fault]:
    for error in validator("case", f"{data['operation']}_case").iter_errors(data):
        yield from _explained(error)


def _explained(error: ValidationError) -> Iterable[Fault]:
    path, given, asked = error.json_path, error.instance, error.validator_value
    match error.validator:
        case "required":
            # One error a missing key, and the sentence is the only place that names it.
            return [Fault(f"{path}.{name}", "This is missing; give it.") for name in asked if name not in given and error.message.startswith(f"'{name}'")]
        case "additionalProperties":
            known = error.schema["properties"]
            return [Fault(_member(path, name), f"No such field; remove it, or use one of {_listed(known)}.") for name in given if name not in known]
        case "dependentRequired":
            return [
                Fault(f"{path}.{need}", f"This is missing; it goes with {name}.")
                for name in asked
                if name in given
                for need in asked[name]
                if need not in given
            ]
        case "oneOf" | "anyOf":
            return [_of_alternatives(error)]
    return [Fault(path, _sentence(str(error.validator), asked, given, error.schema))]


def _sentence(keyword: str, asked: Any, given: Any, schema: Any) -> str:
    described = schema.get("description", "") if isinstance(schema, dict) else ""
    match keyword:
        case "type":
            kinds = asked if isinstance(asked, list) else [asked]
            wanted = " or ".join(_KINDS[kind] for kind in kinds)
            return f"Give {wanted}{f' ({described})' if described else ''}, not {_kind(given)}."
        case "enum":
            return f"Give one of {_listed(asked)}, not {_quoted(given)}."
        case "const":
            return f"Give {json.dumps(asked)}."
        case "pattern":
            if asked in DECIMALS and len(given) > LONGEST_QUANTITY:
                return f"Give at most {LONGEST_QUANTITY} characters; these are {len(given)}."
            return f"Give {_PATTERNS.get(asked, f'text that matches {asked}')}, not {_quoted(given)}."
        case "format":
            return (
                f"There is no such day as {given}; correct it."
                if asked == "date"
                else f"Give a time with its offset such as 2026-03-14T17:00:00-05:00, not {_quoted(given)}."
            )
        case "minItems":
            return "Give at least one." if asked == 1 else f"Give at least {asked}."
        case "minLength":
            return "Give some text; it is empty."
        case "maxLength":
            return f"Give at most {asked} characters; these are {len(given)}."
        case "minimum":
            return f"Give {asked} or more, not {given}."
        case "maximum":
            return f"Give {asked} or less, not {given}."
        case "uniqueItems":
            return "Give each entry once; some repeat."
        case "minProperties":
            return f"Give at least one of {_listed(schema.get('properties', ()))}."
        case "maxProperties":
            return f"Give only one of {_listed(schema.get('properties', ()))}."
    return f"This is not as the vocabulary asks ({keyword}: {json.dumps(asked)})."


def _of_alternatives(error: ValidationError) -> Fault:
    """A choice of keys, or of kinds of value: both are named."""
    branches, schema = error.validator_value, error.schema
    if all(list(branch) == ["required"] for branch in branches):
        number = "at least" if error.validator == "anyOf" else "exactly"
        return Fault(error.json_path, f"Give {number} one of {_listed(name for branch in branches for name in branch['required'])}.")
    deepest = [_sentence(str(found.validator), found.validator_value, found.instance, found.schema) for found in error.context or () if not found.path]
    return Fault(error.json_path, " Or: ".join(dict.fromkeys(deepest)) or f"This is not as the vocabulary asks ({schema}).")


_KINDS = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "integer": f"a whole number of at most {LONGEST_COUNT} digits",
    "boolean": "true or false",
    "null": "null",
    "number": "a number",
}
_PATTERNS = {
    DECIMALS[0]: 'a decimal in quotes such as "-22.3"',
    DECIMALS[1]: 'a decimal of zero or more in quotes such as "0.5"',
    DATE: "a date such as 2026-02-28",
    r"^[0-2][0-9]:[0-5][0-9]$": "a time of day such as 09:30",
}


def _quoted(given: Any) -> str:
    written = json.dumps(given, default=str, ensure_ascii=False)
    return written if len(written) <= 60 else f"{written[:57]}..."


def _kind(given: Any) -> str:
    match given:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float() | Decimal():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
    return "an object"


def _listed(names: Iterable[Any]) -> str:
    return ", ".join("null" if name is None else str(name) for name in names)


def _member(path: str, name: str) -> str:
    return f"{path}.{name}" if name.isidentifier() else f"{path}[{json.dumps(name)}]"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise NotACase(f"The key {json.dumps(name)} stands twice in one object; keep one of them.")
        found[name] = value
    return found


def _not_json(name: str) -> Any:
    raise NotACase(f"{name} is not a number in JSON; quantities are decimals in quotes.")


def _number(digits: str) -> int | Decimal:
    """A whole number, 2.0 too. Any other, which no case has a place for, is left to the schema to refuse where it stands."""
    whole, _, rest = digits.partition(".")
    fits = not rest.strip("0") and whole.removeprefix("-").isdigit() and len(whole) <= LONGEST_COUNT
    return int(whole) if fits else Decimal(digits)
