"""Reading all rule files, and using none of them unless every one is right."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from credits.rulebook.board_rules import BoardRules, Fact, Source
from credits.rulebook.form import mistakes_of_form
from credits.rulebook.sense import LISTS_OF_FACTS, SINGLE_FACTS, Names, mistakes_of_sense, warnings_of
from credits.rulebook.words import Unit
from credits.rulebook.yaml_text import YamlMistake, parse, read

DATA = Path(__file__).resolve().parent.parent / "data"
RULES = DATA / "rules"
CATEGORIES = DATA / "categories.yaml"


class RulebookError(Exception):
    """What is wrong, one sentence per mistake, each naming its file."""

    def __init__(self, mistakes: list[str]):
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


def load(paths: list[Path] | None = None) -> dict[str, BoardRules]:
    """Every board's rules by board code, from credits/data/rules or the files given. Raises RulebookError."""
    boards = _boards()
    return {code: _board_rules(document.content, boards[code]) for code, document in documents(paths).items()}


@dataclass(frozen=True)
class Document:
    """What a rule file says, and how it is written."""

    text: str
    content: dict[str, Any]


def documents(paths: list[Path] | None = None) -> dict[str, Document]:
    """The files by board code, none unless every one is right. Raises RulebookError."""
    names = _names(frozenset(_boards()))
    mistakes: list[str] = []
    found: dict[str, Document] = {}
    for path in sorted(RULES.glob("*.yaml")) if paths is None else paths:
        document, wrong = _checked(path, names)
        if document is not None and not wrong and document.content["board"] in found:
            wrong = [f"board: {document.content['board']} has a file already. One board, one file."]
        mistakes += [f"{path.name}, {text}" for text in wrong]
        if document is not None and not wrong:
            found[document.content["board"]] = document
    if mistakes:
        raise RulebookError(mistakes)
    return dict(sorted(found.items()))


def mistakes_of(document: Any) -> list[str]:
    """What is wrong with a board's document, one sentence per mistake. Raises RulebookError when the names it may use can not be read."""
    return mistakes_of_form(document) or mistakes_of_sense(document, _names(frozenset(_boards())))


def rules_of(document: dict[str, Any]) -> BoardRules:
    """A document that has no mistakes, as rules."""
    return _board_rules(document, _boards()[document["board"]])


@cache
def _boards() -> dict[str, dict[str, Any]]:
    """What the boards' own files say, by code. Whether they are right, `load_boards` finds out; here only names and units are taken."""
    rows: list[dict[str, Any]] = []
    for path in sorted(DATA.glob("boards*.yaml")):
        try:
            rows += read(path)["boards"]
        except (YamlMistake, TypeError, KeyError) as error:
            raise RulebookError([f"{path.name}: it can not be read; `manage.py load_boards` says what is wrong with it."]) from error
    return {row["code"]: row for row in rows}


def _names(boards: frozenset[str]) -> Names:
    words = category_words()
    return Names(boards=boards, categories=frozenset(words["categories"]), credentials=frozenset(words["credentials"]))


def category_words() -> dict[str, dict[str, str]]:
    """The words for categories and held credentials. Raises RulebookError."""
    try:
        content = read(CATEGORIES)
    except YamlMistake as error:
        raise RulebookError([f"{CATEGORIES.name}, {error}"]) from error
    for name in ("categories", "credentials"):
        words = content.get(name) if isinstance(content, dict) else None
        if not isinstance(words, dict) or not all(isinstance(word, str) and word for word in words.values()):
            raise RulebookError([f"{CATEGORIES.name}, {name}: it must be a mapping of codes to words."])
    return {name: content[name] for name in ("categories", "credentials")}


def _checked(path: Path, names: Names) -> tuple[Document | None, list[str]]:
    try:
        text = path.read_text(encoding="utf-8")
        content = parse(text)
    except (YamlMistake, OSError, UnicodeDecodeError) as error:
        return None, [str(error)]
    found = mistakes_of_form(content)
    if not found:
        found = mistakes_of_sense(content, names)
        if content["board"] != path.stem:
            found.append(f"board: the file is of {content['board']} and must be called {content['board']}.yaml.")
    return Document(text, content), found


def _board_rules(document: dict[str, Any], board: dict[str, Any]) -> BoardRules:
    sources = {
        key: Source(key, source["reference"], _date(source["read_on"]), _date(source["as_of"]), source["class"] == "official")
        for key, source in document["sources"].items()
    }
    unit = board.get("unit", {}).get("value", {})
    facts = tuple(_facts(document, sources, unit.get("per_contact_hour")))
    lengths = {name: value for name, value in document.get("lengths", {}).items() if name != "source"}
    return BoardRules(
        board=document["board"],
        name=board["name"],
        unit=Unit(unit["singular"], unit["plural"]) if unit else Unit(),
        confidence=document["confidence"],
        verified_by=document["verified_by"],
        verified_on=_date(document["verified_on"]),
        calendar=next((fact.content for fact in facts if fact.kind == "calendar"), None),
        lengths=lengths or None,
        rules=tuple(fact for fact in facts if fact.kind == "rules"),
        facts=facts,
        sources=tuple(sources.values()),
        unknown=document.get("unknown", {}),
        weak=document.get("weak", {}),
        not_expressed=tuple(document.get("not_expressed", ())),
        warnings=tuple(warnings_of(document)),
    )


def _facts(document: dict[str, Any], sources: dict[str, Source], per_hour: str | None) -> list[Fact]:
    rows = [(name, name, document[name]) for name in SINGLE_FACTS if document.get(name)]
    for name in LISTS_OF_FACTS:
        for row in document.get(name, []):
            said = f"{row['id']} version {row['version']}" if name == "rules" else row.get("id") or row.get("label") or row.get("activity")
            # What one hour is worth is a fact of the board's unit and stands with it, in boards.yaml.
            rows.append((name, said, row | {"units_per_hour": per_hour} if name == "hour_definitions" else row))
    facts, seen = [], Counter[tuple[str, str]]()
    for kind, name, row in rows:
        seen[kind, name] += 1  # two amounts of one activity, say, for different dates
        unlike = name if seen[kind, name] == 1 else f"{name} ({seen[kind, name]})"
        facts.append(_fact(kind, unlike, row, sources, document["confidence"]))
    return facts


def _fact(kind: str, name: str, row: dict[str, Any], sources: dict[str, Source], confidence: str) -> Fact:
    keys = [row["source"]] if isinstance(row["source"], str) else row["source"]
    return Fact(
        kind=kind,
        name=name,
        sources=tuple(sources[key] for key in keys),
        confidence=row.get("confidence", confidence),
        content={field: value for field, value in row.items() if field not in ("source", "weak", "unknown", "conflict")},
        weak=row.get("weak", {}),
        unknown=row.get("unknown", {}),
        conflict=row.get("conflict"),
    )


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
