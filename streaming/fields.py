"""A Postgres `int4multirange` as a Django field: Django has none, and psycopg2 hands the value over as text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

type_name = "int4multirange"
Stretch = tuple[int, int]
_STRETCH = re.compile(r"\[(-?\d+),(-?\d+)\)")
_MULTIRANGE = re.compile(r"\{(?:\[-?\d+,-?\d+\)(?:,\[-?\d+,-?\d+\))*)?\}")


def parse_multirange(text: str) -> list[Stretch]:
    """The half-open stretches of `'{[0,10),[20,30)}'`, in order. Raises ValueError for anything else."""
    if not _MULTIRANGE.fullmatch(text):
        raise ValueError(f"{text!r} is not a bounded integer multirange.")
    return [(int(start), int(end)) for start, end in _STRETCH.findall(text)]


def format_multirange(stretches: Iterable[Stretch]) -> str:
    return "{" + ",".join(f"[{start},{end})" for start, end in stretches) + "}"


class IntMultiRangeField(models.Field):
    """Half-open stretches of whole numbers, joined and in order: `[(0, 1000), (5000, 6000)]` in Python."""

    description = "A set of whole numbers kept as half-open stretches"

    def db_type(self, connection: Any) -> str:
        return type_name

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> list[Stretch] | None:
        return None if value is None else parse_multirange(value)

    def to_python(self, value: Any) -> list[Stretch] | None:
        if value is None or isinstance(value, list):
            return value
        try:
            return parse_multirange(str(value))
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def get_prep_value(self, value: Any) -> str | None:
        if value is None or isinstance(value, str):
            return value
        return format_multirange(value)

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return f"%s::{type_name}"

    def value_to_string(self, obj: models.Model) -> str:
        return self.get_prep_value(self.value_from_object(obj)) or "{}"
