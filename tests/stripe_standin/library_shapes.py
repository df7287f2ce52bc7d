"""Compares an answer with the class the library declares for it, field by field, as its annotations say."""

import ast
import importlib
import inspect
import sys
from decimal import Decimal, InvalidOperation
from functools import cache
from types import ModuleType, UnionType
from typing import Any, ClassVar, ForwardRef, Literal, Union, get_args, get_origin

from stripe import ListObject, StripeObject
from stripe._object_classes import OBJECT_CLASSES
from stripe._stripe_object import UntypedStripeObject

from stripe_standin.shapes import ONLY_EXPANDED

NOTHING = type(None)


@cache
def class_of(kind: str) -> type[StripeObject]:
    """The class of an object by its `object` field."""
    module, name = OBJECT_CLASSES[kind]
    return getattr(importlib.import_module(module), name)


@cache
def _imports_for_types(module: ModuleType) -> dict[str, tuple[str, str]]:
    """What the module imports for type checkers only: name → (module, name there)."""
    found = {}
    for node in ast.walk(ast.parse(inspect.getsource(module))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.update({alias.asname or alias.name: (node.module, alias.name) for alias in node.names})
    return found


def _resolved(reference: str, cls: type) -> Any:
    module = sys.modules[cls.__module__]
    if hasattr(module, reference):
        return getattr(module, reference)
    place, name = _imports_for_types(module)[reference]
    return getattr(importlib.import_module(place), name)


def troubles(value: Any, cls: type[StripeObject], path: str = "", *, whole: bool = True) -> list[str]:
    """What is wrong with `value` as a `cls`: fields missing, of another type, or unknown to it. `whole`: null fields must be there too."""
    path = path or cls.__name__
    if not isinstance(value, dict):
        return [f"{path}: {value!r} is no {cls.__name__}"]
    fields = {name: hint for name, hint in cls.__annotations__.items() if get_origin(hint) is not ClassVar and not name.startswith("_")}
    optional_here = {"deleted"} | (ONLY_EXPANDED.get(value["object"], set()) if isinstance(value.get("object"), str) else set())
    found = [f"{path}.{name}: unknown to the library" for name in value if name not in fields]
    for name, hint in fields.items():
        if name in value:
            found += _wrong(value[name], hint, cls, f"{path}.{name}")
        elif NOTHING not in _options(hint) or (whole and name not in optional_here):
            found.append(f"{path}.{name}: missing")
    return found


def _options(hint: Any) -> list[Any]:
    if get_origin(hint) in (Union, UnionType):
        return [option for part in get_args(hint) for option in _options(part)]
    return [hint]


def _wrong(value: Any, hint: Any, cls: type, path: str) -> list[str]:
    options = [_resolved(option.__forward_arg__, cls) if isinstance(option, ForwardRef) else option for option in _options(hint)]
    options = [_resolved(option, cls) if isinstance(option, str) else option for option in options]
    if value is None:
        return [] if NOTHING in options else [f"{path}: null"]
    choices = [choice for option in options if get_origin(option) is Literal for choice in get_args(option)]
    if choices and isinstance(value, str | bool):
        return [] if value in choices else [f"{path}: {value!r} is none of {choices}"]
    tries = [_as(value, option, cls, path) for option in options if option is not NOTHING and get_origin(option) is not Literal]
    return min(tries, key=len, default=[f"{path}: {value!r} fits nothing"])


def _as(value: Any, option: Any, cls: type, path: str) -> list[str]:
    origin = get_origin(option) or option
    if origin is list:
        if not isinstance(value, list):
            return [f"{path}: {value!r} is no list"]
        return [trouble for number, item in enumerate(value) for trouble in _wrong(item, get_args(option)[0], cls, f"{path}[{number}]")]
    if origin is ListObject:
        if not isinstance(value, dict) or (value.get("object"), type(value.get("has_more")), type(value.get("url"))) != ("list", bool, str):
            return [f"{path}: {value!r} is no list of Stripe's"]
        return _as(value.get("data"), list[get_args(option)[0]], cls, f"{path}.data")
    if origin is UntypedStripeObject or origin in (dict, Any):
        return [] if isinstance(value, dict) or origin is Any else [f"{path}: {value!r} is no object"]
    if origin is Decimal:
        return [] if _is_decimal(value) else [f"{path}: {value!r} is no decimal in text"]
    if origin is float:
        return [] if isinstance(value, int | float) and not isinstance(value, bool) else [f"{path}: {value!r} is no number"]
    if inspect.isclass(origin) and issubclass(origin, StripeObject):
        return troubles(value, origin, path, whole="OBJECT_NAME" in origin.__annotations__)
    return [] if type(value) is origin else [f"{path}: {value!r} is no {origin}"]


def _is_decimal(value: Any) -> bool:
    try:
        return isinstance(value, str) and Decimal(value).is_finite()
    except InvalidOperation:
        return False
