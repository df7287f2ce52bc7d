"""Where boards want completions reported: the systems and layouts of credits/data/reporting.yaml. No database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from credits.rulebook.loading import DATA
from credits.rulebook.yaml_text import read

REPORTING = DATA / "reporting.yaml"


@dataclass(frozen=True)
class Said:
    """One thing that was read, and where."""

    value: str
    reference: str
    read_on: date | None
    as_of: date | None
    confidence: str  # read, third_party, own


@dataclass(frozen=True)
class Column:
    letter: str
    field: str
    says: str


@dataclass(frozen=True)
class Layout:
    code: str
    name: str
    ending: str
    knows_amendments: bool  # whether a row can correct or take back an earlier one
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class System:
    code: str
    name: str
    layout: Layout
    website: str
    facts: tuple[Said, ...]
    correction: Said


@cache
def systems() -> dict[str, System]:
    """Every system by its code, read once for each process: the file is part of the program."""
    content = read(REPORTING)
    layouts = {code: _layout(code, row) for code, row in content["layouts"].items()}
    return {code: _system(code, row, layouts, content["sources"]) for code, row in content["systems"].items()}


def layouts() -> dict[str, Layout]:
    return {system.layout.code: system.layout for system in systems().values()}


def _layout(code: str, row: dict[str, Any]) -> Layout:
    columns = tuple(Column(column["letter"], column["field"], column["says"]) for column in row["columns"])
    return Layout(code, row["name"], row["ending"], row["knows_amendments"], columns)


def _system(code: str, row: dict[str, Any], layouts: dict[str, Layout], sources: dict[str, Any]) -> System:
    facts = tuple(_said(fact, sources) for fact in row["facts"].values())
    return System(code, row["name"], layouts[row["layout"]], row["website"], facts, _said(row["correction"], sources))


def _said(fact: dict[str, Any], sources: dict[str, Any]) -> Said:
    source = sources[fact["source"]]
    return Said(fact["value"], source["reference"], _date(source["read_on"]), _date(source["as_of"]), source["confidence"])


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
