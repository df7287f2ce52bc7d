"""Stripe's form encoding, and its strictness: a parameter is accepted when the library's own typed parameters know it."""

from __future__ import annotations

import types
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Literal, NotRequired, Required, Union, get_args, get_origin, get_type_hints

from stripe import RequestOptions
from stripe._stripe_object import UntypedStripeObject
from typing_extensions import is_typeddict

from stripe_standin.errors import InvalidRequest

NOT_IN_THE_BODY = frozenset(RequestOptions.__annotations__)  # options of the client, sent as headers
MOST_METADATA_KEYS, LONGEST_METADATA_KEY, LONGEST_METADATA_VALUE = 50, 40, 500


def decode(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """`a[b][0][c]=1` as nested data. Values stay text; `a[]=x` appends."""
    nested: dict[str, Any] = {}
    for key, value in pairs:
        parts = _parts(key)
        place = nested
        for part in parts[:-1]:
            inner = place.setdefault(part or str(len(place)), {})
            if not isinstance(inner, dict):
                raise InvalidRequest(f"Invalid request: {parts[0]} is given both as a value and as an object.", param=parts[0])
            place = inner
        place[parts[-1] or str(len(place))] = value
    return {key: _with_lists(value) for key, value in nested.items()}


def _parts(key: str) -> list[str]:
    head, bracket, rest = key.partition("[")
    if not bracket:
        return [key]
    if not rest.endswith("]"):
        raise InvalidRequest(f"Invalid request: {key} has unbalanced brackets.", param=head)
    return [head, *rest[:-1].split("][")]


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(key.isdigit() for key in value):
        return [_with_lists(value[key]) for key in sorted(value, key=int)]
    return {key: _with_lists(inner) for key, inner in value.items()}


def validate(given: Mapping[str, Any], spec: type) -> dict[str, Any]:
    """`given` in the types `spec` declares, or Stripe's refusal. An empty value of a clearable parameter stays "" ."""
    return _fields(given, spec, ())


@cache
def _hints(spec: type) -> dict[str, Any]:
    known = {"StripeContext": object, "Mapping": Mapping}  # imported by the library for type checkers only
    hints = get_type_hints(spec, localns=known, include_extras=True)
    return {name: _bare(hint) for name, hint in hints.items() if name not in NOT_IN_THE_BODY}


def _bare(hint: Any) -> Any:
    while get_origin(hint) in (NotRequired, Required):
        hint = get_args(hint)[0]
    return hint


def _named(path: tuple[str, ...]) -> str:
    return path[0] + "".join(f"[{part}]" for part in path[1:])


def _fields(given: Mapping[str, Any], spec: type, path: tuple[str, ...]) -> dict[str, Any]:
    hints = _hints(spec)
    unknown = [_named((*path, name)) for name in given if name not in hints]
    if unknown:
        many = "s" if len(unknown) > 1 else ""
        raise InvalidRequest(f"Received unknown parameter{many}: {', '.join(unknown)}", code="parameter_unknown", param=unknown[0])
    required: frozenset[str] = getattr(spec, "__required_keys__", frozenset())
    for name in hints:
        if name in required and name not in given:
            raise missing(_named((*path, name)))
    return {name: _value(value, hints[name], (*path, name)) for name, value in given.items()}


def missing(name: str) -> InvalidRequest:
    return InvalidRequest(f"Missing required param: {name}.", code="parameter_missing", param=name)


def _value(value: Any, hint: Any, path: tuple[str, ...]) -> Any:
    options = _options(hint)
    choices = [choice for option in options if get_origin(option) is Literal for choice in get_args(option)]
    if isinstance(value, str):
        if value in choices:
            return value
        return _scalar(value, options, [choice for choice in choices if choice], path)
    for option in options:
        origin = get_origin(option)
        if isinstance(value, list) and origin is list:
            return [_value(item, get_args(option)[0], (*path, str(number))) for number, item in enumerate(value)]
        if isinstance(value, dict) and is_typeddict(option):
            return _fields(value, option, path)
        if isinstance(value, dict) and (origin in (dict, UntypedStripeObject) or option is dict):
            return _mapping(value, get_args(option)[-1] if get_args(option) else str, path)
    if isinstance(value, dict) and any(get_origin(option) is list for option in options):
        raise InvalidRequest("Invalid array", param=_named(path))
    raise InvalidRequest(f"Invalid string: {value}", param=_named(path))


def _options(hint: Any) -> list[Any]:
    """The alternatives of a union, unions within it dissolved."""
    if get_origin(hint) in (Union, types.UnionType):
        return [option for part in get_args(hint) for option in _options(part)]
    return [hint]


def _scalar(value: str, options: list[Any], choices: list[Any], path: tuple[str, ...]) -> Any:
    name = _named(path)
    if bool in options:
        if value in ("true", "false"):
            return value == "true"
        raise InvalidRequest(f"Invalid boolean: {value}", param=name)
    if int in options:
        try:
            return int(value)
        except ValueError:
            raise InvalidRequest(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name) from None
    if choices and not any(option in (float,) for option in options):
        words = ", ".join(choices[:-1]) + f", or {choices[-1]}" if len(choices) > 1 else str(choices[0])
        raise InvalidRequest(f"Invalid {name}: must be one of {words}" if len(choices) > 1 else f"Invalid {name}: must be {words}", param=name)
    if float in options:
        try:
            return float(value)
        except ValueError:
            raise InvalidRequest(f"Invalid decimal: {value}", code="parameter_invalid_decimal", param=name) from None
    if str in options:
        if value == "":
            raise InvalidRequest(
                f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; however '{name}' cannot "
                f"be unset. You should remove '{name}' from your request or supply a non-empty value.",
                code="parameter_invalid_empty",
                param=name,
            )
        return value
    if any(get_origin(option) is list for option in options):
        raise InvalidRequest("Invalid array", param=name)
    if any(option is Any for option in options) or "Decimal" in str(options):
        return value
    raise InvalidRequest("Invalid object", param=name)


def _mapping(value: dict[str, Any], inner: Any, path: tuple[str, ...]) -> dict[str, Any]:
    if path[-1] == "metadata":
        _check_metadata(value, path)
        return dict(value)
    return {key: _value(item, inner, (*path, key)) for key, item in value.items()}


def _check_metadata(value: dict[str, Any], path: tuple[str, ...]) -> None:
    name = _named(path)
    if len(value) > MOST_METADATA_KEYS:
        raise InvalidRequest(f"You can only set {MOST_METADATA_KEYS} metadata keys, but you are trying to set {len(value)}.", param=name)
    for key, text in value.items():
        if len(key) > LONGEST_METADATA_KEY:
            raise InvalidRequest(f"Metadata keys can be up to {LONGEST_METADATA_KEY} characters, but you passed in a key that is {len(key)}.", param=name)
        if not isinstance(text, str):
            raise InvalidRequest("Metadata values must be strings.", param=f"{name}[{key}]")
        if len(text) > LONGEST_METADATA_VALUE:
            raise InvalidRequest(
                f"Metadata values can have up to {LONGEST_METADATA_VALUE} characters, but you passed in a value that is {len(text)} characters. "
                f"Invalid value: {text}",
                param=name,
            )


def merged_metadata(old: dict[str, str] | None, change: dict[str, str] | str | None) -> dict[str, str]:
    """Metadata after an update: an empty value takes its key away, an empty string takes all."""
    if change == "":
        return {}
    both = {**(old or {}), **(change if isinstance(change, dict) else {})}
    return {key: text for key, text in both.items() if text != ""}
