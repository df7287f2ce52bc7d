"""Whether credits that we wrote ourselves are such as a case may have, without checking each against the schema.

Credits differ in their ids, days and amounts, which are written from typed columns, and are alike in all else. So each kind of
credit is checked once, and remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from credits.engine.quantities import quantity
from credits.engine.vocabulary import validator

Shape = tuple[Any, ...]


def are_in_order(rows: Iterable[dict[str, Any]]) -> bool:
    """Whether a case may have these credits. False is no refusal: it asks for a whole check."""
    seen = set()
    for row in rows:
        name = row["id"], row["version"]
        if name in seen or not _is_shape(_shape_of(row)):
            return False
        seen.add(name)
    return True


def _shape_of(row: dict[str, Any]) -> Shape:
    segments = tuple((part["mode"], tuple(part["categories"]), part.get("hands_on_fraction")) for part in row["segments"])
    return tuple(row), row["status"], row.get("review"), segments


@lru_cache(maxsize=4096)
def _is_shape(shape: Shape) -> bool:
    fields, status, review, segments = shape
    credit = {name: _sample(name) for name in fields} | {"status": status, "segments": [_segment(*segment) for segment in segments]}
    if review is not None:
        credit["review"] = review
    hands_on = [share for _, _, share in segments if share is not None]
    return validator("case", "credit").is_valid(credit) and all(quantity(share) <= 1 for share in hands_on)


def _sample(field: str) -> Any:
    return {"version": 1, "completed_at": "2026-01-01T12:00:00+00:00"}.get(field, "2026-01-01")


def _segment(mode: str, categories: tuple[str, ...], hands_on: str | None) -> dict[str, Any]:
    return {"units": "1", "mode": mode, "categories": list(categories)} | ({} if hands_on is None else {"hands_on_fraction": hands_on})
