"""Small cases for the tests of `standing`: one board that asks 10 units a calendar year, changed where a test needs it."""

from __future__ import annotations

from typing import Any

from credits.engine.run import evaluate
from credits.engine.vocabulary import result_faults

YEARS = {"anchor": "periods", "periods": [{"start": f"{year}-01-01", "end": f"{year}-12-31"} for year in range(2020, 2031)]}


def rule(**changes: Any) -> dict[str, Any]:
    row = {
        "id": "board",
        "version": 1,
        "status": "adopted",
        "source": "the board's rule",
        "source_as_of": None,
        "confidence": "read",
        "basis": "standard",
        "when": {},
        "required": {"units": "10"},
    }
    return row | changes


def credit(id: str, date: str, units: str, categories: list[str] | None = None, mode: str = "in_person_lecture", **changes: Any) -> dict[str, Any]:
    return {"id": id, "date": date, "segments": [{"units": units, "mode": mode, "categories": categories or []}]} | changes


def result(
    *credits: dict[str, Any],
    rules: list[dict[str, Any]] | None = None,
    licence: dict[str, Any] | None = None,
    as_of: str = "2026-12-31",
    evaluate_ends: tuple[str, ...] = ("2026-12-31",),
    calendar: dict[str, Any] = YEARS,
    **row: Any,
) -> dict[str, Any]:
    """The result of a case with the rule `rule(**row)`, checked against the vocabulary."""
    case = {
        "schema": "smrt-ce-case/1",
        "operation": "standing",
        "as_of": as_of,
        "licence": {"issued_on": "2020-01-01"} | (licence or {}),
        "calendar": calendar,
        "rules": rules or [rule(**row)],
        "credits": list(credits),
        "evaluate": list(evaluate_ends),
    }
    found = evaluate(case)
    assert found["operation"] == "standing", found
    assert result_faults(found) == []
    return found


def cycles(*credits: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    return result(*credits, **options)["cycles"]


def cycle(*credits: dict[str, Any], **options: Any) -> dict[str, Any]:
    (only,) = cycles(*credits, **options)
    return only


def lines(of: dict[str, Any]) -> list[tuple[str, int, str, str, str | None]]:
    return [(line["credit"], line["segment"], line["disposition"], line["units"], line["reason"]) for line in of["dispositions"]]
