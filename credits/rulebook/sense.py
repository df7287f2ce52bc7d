"""What a schema can not say about a rule file: names that must exist, dates that must be in order, rows that must fit together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from credits.rulebook.conditions import covers, may_meet
from credits.rulebook.fitting import contradictions
from credits.rulebook.form import mistakes_of_case_part

DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LISTS_OF_FACTS = ("hour_definitions", "delivery_classes", "fixed_credits", "rules")
MAY_BE_LEFT_OUT = ("minima", "caps", "carry", "repeat", "grace", "window", "credentials")
SINGLE_FACTS = ("calendar", "lengths", "provider", "reporting", "retention", "audit")


@dataclass(frozen=True)
class Names:
    """The names files may use: boards, categories and held credentials."""

    boards: frozenset[str]
    categories: frozenset[str]
    credentials: frozenset[str]


def mistakes_of_sense(document: dict[str, Any], names: Names) -> list[str]:
    """Sentences without the file's name. The document has the right form."""
    found = [*_board(document, names), *_sources(document), *_unknowns(document), *_calendar(document)]
    seen: set[tuple[str, int]] = set()
    for row in document["rules"]:
        if (key := (row["id"], row["version"])) in seen:
            found.append(f"{row_name(row)}, version: there are two such rows. Give the later text the next version.")
        seen.add(key)
        found += [f"{row_name(row)}, {text}" for text in [*_row(row, names), *contradictions(row, document["calendar"])]]
    for definition in document["hour_definitions"]:
        found += [f"hour_definitions, {definition['id']}, {text}" for text in _hour_definition(definition)]
    for place, start, end, sign in _ranges(document, ""):
        if start > end or (sign == "below" and start == end):
            found.append(f"{place}: it begins ({start}) after it ends ({end}). Put them in order.")
    return [*found, *_hidden_by_unknown(document["rules"])]


def warnings_of(document: dict[str, Any]) -> list[str]:
    """What is allowed and yet worth a look."""
    found = []
    usable = [row for row in document["rules"] if row["status"] in ("adopted", "waiver")]
    for number, row in enumerate(usable):
        before = next((earlier for earlier in usable[:number] if covers(earlier["when"], row["when"])), None)
        if before:
            found.append(f"{row_name(row)}: it can never be reached, since {row_name(before)} comes first and holds wherever it does.")
    idle = sorted(set(document["sources"]) - set(_sources_used(document)))
    return [*found, *(f"sources, {key}: nothing in the file rests on it." for key in idle)]


def row_name(row: dict[str, Any]) -> str:
    return f"rule {row['id']} version {row['version']}"


def _board(document: dict[str, Any], names: Names) -> Iterator[str]:
    if document["board"] not in names.boards:
        yield f"board: no board has the code {document['board']}. Add it to credits/data/boards.yaml first, or correct the code."
    if (document["verified_by"] is None) != (document["verified_on"] is None):
        yield "verified_on: who verified and when belong together. Write both, or null for both."


def _sources_used(document: dict[str, Any]) -> Iterator[str]:
    facts = [document[name] for name in SINGLE_FACTS if document.get(name)]
    for name in LISTS_OF_FACTS:
        facts += document.get(name, [])
    for fact in facts:
        source = fact["source"]
        yield from [source] if isinstance(source, str) else source
        for part in [*fact.get("minima", []), *fact.get("caps", [])]:
            if "source" in part:
                yield part["source"]


def _sources(document: dict[str, Any]) -> Iterator[str]:
    for key in sorted(set(_sources_used(document)) - set(document["sources"])):
        yield f"source: {key} is not among the file's sources. Add it there, or name one of {', '.join(document['sources'])}."
    if document["confidence"] == "read":
        for key, source in document["sources"].items():
            if source["read_on"] is None:
                yield f"sources, {key}, read_on: a file of confidence `read` says when it was read. Write the date, or lower the confidence."


def _unknowns(document: dict[str, Any]) -> Iterator[str]:
    unknown = document.get("unknown", {})
    for name, is_missing in (("calendar", document["calendar"] is None), ("hour_definitions", not document["hour_definitions"])):
        if is_missing and name not in unknown:
            yield f"unknown, {name}: it is null or empty, and nothing says what is not established. Say it."
    if document["calendar"] is not None and "calendar" in unknown:
        yield "unknown, calendar: there is a calendar. Take one of the two out; a part that is less sure belongs in `weak`."
    if document["calendar"] is not None and "lengths" in document:
        yield "lengths: the calendar has the months already. Take this out."
    for path in document.get("weak", {}):
        if not _leads_somewhere(document, path):
            yield f"weak, {path}: the file has no such field. Correct the name."


def _leads_somewhere(holder: Any, path: str) -> bool:
    """Whether `minima.ethics` or `calendar.leap_day` names something. What is left out may be weak too: `carry`, where none is allowed."""
    value = holder
    *parts, last = path.split(".")
    for part in parts:
        value = _part(value, part)
    if isinstance(value, list):
        return _part(value, last) is not None or any(last in one for one in value)
    return isinstance(value, dict) and (last in value or bool(parts) or last in MAY_BE_LEFT_OUT)


def _part(value: Any, name: str) -> Any:
    if isinstance(value, list):
        return next((one for one in value if name in (one.get("code"), one.get("id"), one.get("credential"), one.get("activity"), one.get("kind"))), None)
    return value.get(name) if isinstance(value, dict) else None


def _calendar(document: dict[str, Any]) -> Iterator[str]:
    calendar = document["calendar"]
    if not calendar:
        return
    if "day" in calendar and calendar["day"] > DAYS[calendar["month"] - 1]:
        yield f"calendar.day: month {calendar['month']} has no day {calendar['day']}. Correct one of them."
    periods = calendar.get("periods", [])
    for earlier, later in pairwise(periods):
        if later["start"] <= earlier["end"]:
            yield f"calendar.periods: the period from {later['start']} begins before the one before it ends. Put them in order."
    for period in periods:
        if period["end"] < period["start"]:
            yield f"calendar.periods: the period from {period['start']} ends before it begins. Put its dates in order."


def _row(row: dict[str, Any], names: Names) -> Iterator[str]:
    unknown = row.get("unknown", {})
    if row["required"] is None and "required" not in unknown:
        yield "unknown.required: `required` is null, and nothing says what is not established. Say it."
    if row["required"] is not None:
        if "required" in unknown:
            yield "unknown.required: `required` is stated. Take one of the two out; a number less sure than the row belongs in `weak`."
        left_out = {"unknown", "weak", "conflict"} | ({"carry"} if row.get("carry") == "none" else set())
        written = {name: value for name, value in row.items() if name not in left_out} | {"source": "a source", "source_as_of": None}
        for mistake in mistakes_of_case_part("rule", written):
            yield f"row: as a case's rule, {mistake}"
    for path in row.get("weak", {}):
        if not _leads_somewhere(row, path):
            yield f"weak.{path}: the row has no such field. Correct the name."
    yield from _parts(row)
    yield from _named(row, names)
    for end in ("open", "close"):
        part = row.get("window", {}).get(end)
        if part and part["day"] > DAYS[part["month"] - 1]:
            yield f"window.{end}.day: month {part['month']} has no day {part['day']}. Correct one of them."


def _parts(row: dict[str, Any]) -> Iterator[str]:
    for field in ("minima", "caps"):
        codes = [part["code"] for part in row.get(field, [])]
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            yield f"{field}.{code}: two of them have this code. Give each its own."
    minima = {minimum["code"]: minimum for minimum in row.get("minima", [])}
    for minimum in minima.values():
        parent, passed = minimum.get("nested_in"), [minimum["code"]]
        while parent and parent not in passed:
            if parent not in minima:
                yield f"minima.{minimum['code']}.nested_in: the row has no minimum {parent}. Add it, or correct the code."
                break
            passed.append(parent)
            parent = minima[parent].get("nested_in")
        else:
            if parent:
                yield f"minima.{minimum['code']}.nested_in: it leads back to itself. Take one of the links out."
    for field, name in (("minima", "fraction_of_required"), ("caps", "max_fraction_of_required")):
        for part in row.get(field, []):
            if name in part and Fraction(part[name]) > 1:
                yield f'{field}.{part["code"]}.{name}: {part[name]} is more than the whole. A tenth is "0.10".'
    if "distinct" in row and row["distinct"]["min"] > len(row["distinct"]["categories"]):
        yield "distinct.min: it asks for more categories than it lists. Lower it, or list more."


def _named(row: dict[str, Any], names: Names) -> Iterator[str]:
    held = {one["credential"] for one in row.get("credentials", [])}
    for place, label in _labels(row):
        kind, _, name = label.rpartition(":")
        if kind == "approval" and name not in names.boards:
            yield f"{place}: {label} names no board. Write approval: and the code of a board."
        elif kind == "credential" and name not in held:
            yield f"{place}: the row asks for no credential {name}. Add it to `credentials`, or correct the name."
        elif kind not in ("approval", "credential") and label not in names.categories:
            yield f"{place}: the category {label} has no name. Add it to credits/data/categories.yaml, or correct it."
    for credential in sorted(held | ({row["when"]["holds"]} if "holds" in row["when"] else set())):
        if credential not in names.credentials and credential not in names.boards:
            yield f"credentials.{credential}: it has no name. Add it to credits/data/categories.yaml, or correct it."


def _labels(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    matches = [(f"{field}.{part['code']}.match", part["match"]) for field in ("minima", "caps") for part in row.get(field, [])]
    matches += [(f"exclude, number {number}", part["match"]) for number, part in enumerate(row.get("exclude", []), start=1)]
    if isinstance(row.get("carry"), dict) and "match" in row["carry"]:
        matches.append(("carry.match", row["carry"]["match"]))
    for place, match in matches:
        yield from ((place, label) for label in [*match.get("categories", []), *match.get("without", [])])
    yield from (("distinct.categories", label) for label in row.get("distinct", {}).get("categories", []))
    yield from (("repeat.except", label) for label in row.get("repeat", {}).get("except", []))


def _hour_definition(definition: dict[str, Any]) -> Iterator[str]:
    for name in ("clock_bound", "rounding"):
        if definition[name] is None and name not in definition.get("unknown", {}):
            yield f"unknown.{name}: {name} is null, and nothing says what is not established. Say it."
    for path in definition.get("weak", {}):
        if not _leads_somewhere(definition, path):
            yield f"weak.{path}: the definition has no such field. Correct the name."


def _ranges(value: Any, place: str) -> Iterator[tuple[str, Any, Any, str]]:
    """Every {from, to} and {from, below} of a document, wherever it stands."""
    if isinstance(value, list):
        for part in value:
            yield from _ranges(part, place)
    if isinstance(value, dict):
        if "id" in value and "version" in value:
            place = row_name(value)
        for sign in ("to", "below"):
            if "from" in value and sign in value:
                start, end = value["from"], value[sign]
                number = sign == "below" and isinstance(start, str)
                yield place, Fraction(start) if number else start, Fraction(end) if number else end, sign
        for name, part in value.items():
            yield from _ranges(part, f"{place}, {name}" if place else name)


def _hidden_by_unknown(rows: list[dict[str, Any]]) -> Iterator[str]:
    """A row whose amount is unknown is in no case, so a later row must not answer for its cycles."""
    usable = [row for row in rows if row["status"] in ("adopted", "waiver")]
    for number, row in enumerate(usable):
        if row["required"] is not None:
            continue
        for later in usable[number + 1 :]:
            if later["required"] is not None and may_meet(row["when"], later["when"]):
                yield f"{row_name(later)}, when: it would answer where {row_name(row)} says the amount is unknown. Narrow it with `when`."
