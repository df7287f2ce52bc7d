"""What a row says to a regulator, and the bytes of a file in each layout of credits/data/reporting.yaml. No database."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.csv_text import plain
from credits.models import Award, ReportCourse, ReportRoute
from credits.reports.xls import Cell, write_xls

PROVIDER_PREFIX, COURSE_PREFIX = "50-", "20-"  # of CE Broker's tracking numbers; its files leave them out
XLS, CSV = "ce_broker_xls", "roster_csv"

# What each layout's file holds of an award.
FIELDS: dict[str, tuple[str, ...]] = {
    XLS: ("provider_number", "course_number", "own_course_id", "publishing_number", "licence_number", "completed_on", "state", "profession"),
    CSV: (
        "body", "provider_number", "course_number", "own_course_id", "publishing_number", "course_title", "delivery", "completed_on", "licence_number", "state",
        "profession", "legal_name", "given_names", "family_name", "units", "unit", "hours_by_category", "award", "award_version",
    ),
}  # fmt: skip
# What the regulator holds the entry by: a later version of the award that agrees in these needs no correction.
TELLING: dict[str, tuple[str, ...]] = {
    XLS: ("course_number", "own_course_id", "licence_number", "completed_on", "state"),
    CSV: ("course_number", "own_course_id", "course_title", "completed_on", "licence_number", "state", "legal_name", "units", "hours_by_category"),
}
WORDS_OF_FIELDS = {
    "course_number": "course number",
    "own_course_id": "own course id",
    "course_title": "title",
    "completed_on": "completion date",
    "licence_number": "licence number",
    "state": "state",
    "legal_name": "name",
    "units": "units",
    "hours_by_category": "categories",
}


@dataclass(frozen=True)
class CourseNumbers:
    """Under which numbers the system knows a course; all empty when nobody entered any."""

    course_number: str = ""
    own_course_id: str = ""
    publishing_number: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.course_number or self.own_course_id)


@dataclass(frozen=True)
class Line:
    """One line of a file: `corrects` is the line's number in the batch it corrects, as (batch number, line)."""

    action: str
    payload: dict[str, Any]
    corrects: tuple[int, int] | None = None


def numbers_of(award: Award, route: ReportRoute, entered: ReportCourse | None) -> CourseNumbers:
    """What an officer entered; else the approval's own number, where it is the board's own approval and a number of that system."""
    if entered:
        return CourseNumbers(entered.course_number, entered.own_course_id, entered.publishing_number)
    number = award.approval_number.strip()
    if award.accreditation is None or award.accreditation.board_id != award.board_id:
        return CourseNumbers()
    if route.layout == CSV:
        return CourseNumbers(course_number=number)
    digits = number.removeprefix(COURSE_PREFIX)
    return CourseNumbers(course_number=digits) if number.startswith(COURSE_PREFIX) and digits.isascii() and digits.isdigit() else CourseNumbers()


def licence_number_of(award: Award) -> str:
    """As the certificate prints it; where it prints none, as the licence has it."""
    return award.holder.licence_number or (award.licence.number if award.licence else "")


def payload_of(award: Award, route: ReportRoute, numbers: CourseNumbers) -> dict[str, Any]:
    """What the file says of an award. Quantities are text, dates as 2026-11-23. `award` comes with its holder, board, licence, dossier and legal names."""
    given, family = _name_parts(award)
    everything: dict[str, Any] = {
        "body": award.board.code if award.board else "",
        "provider_number": route.provider_number,
        "course_number": numbers.course_number,
        "own_course_id": numbers.own_course_id,
        "publishing_number": numbers.publishing_number,
        "course_title": award.title,
        "delivery": award.mode,
        "completed_on": award.completed_on.isoformat(),
        "licence_number": licence_number_of(award),
        "state": route.state,
        "profession": route.profession_code,
        "legal_name": award.holder.legal_name_printed,
        "given_names": given,
        "family_name": family,
        "units": award.units_shown,
        "unit": award.unit_printed,
        "hours_by_category": [{"category": part["category"], "units": str(part["units"])} for part in award.category_split],
        "award": award.key,
        "award_version": award.version,
    }
    return {name: everything[name] for name in FIELDS[route.layout]}


def _name_parts(award: Award) -> tuple[str, str]:
    """The printed name in its two parts, where it is one the person confirmed; else both are empty and the whole name stands alone."""
    printed = award.holder.legal_name_printed
    names = award.dossier.user.legal_names.all()
    return next(((name.given_names, name.family_name) for name in names if name.printed == printed), ("", ""))


def entry_of(board: str, payload: dict[str, Any]) -> str:
    """What a regulator takes once: licence, course and completion date."""
    course = payload["course_number"] or payload["own_course_id"]
    return "|".join([board, payload["licence_number"], course, payload["completed_on"]])


def differences(layout: str, was: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """In words, what a regulator's entry says otherwise than the award does now: `licence number: MA1, now MA2`."""
    names = [name for name in TELLING[layout] if was.get(name) != now.get(name)]
    return [f"{WORDS_OF_FIELDS[name]}: {_shown(was.get(name))}, now {_shown(now.get(name))}" for name in names]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(f"{part['category']} {part['units']}" for part in value) or "none"
    return str(value or "none")


def file_of(layout: str, lines: Sequence[Line]) -> bytes:
    """The same lines make the same bytes."""
    return _xls(lines) if layout == XLS else _csv(lines)


def _xls(lines: Sequence[Line]) -> bytes:
    return write_xls([_xls_row(line.payload) for line in lines], sheet="Roster")


def _xls_row(payload: dict[str, Any]) -> list[Cell]:
    """Columns A to H. There is no line of headings, and I and J stay empty: what is awarded here is always the whole course."""
    return [
        _typed(payload["provider_number"]),
        _typed(payload["course_number"]),
        payload["own_course_id"],
        _typed(payload["publishing_number"]),
        payload["licence_number"],
        date.fromisoformat(payload["completed_on"]),
        f"State={payload['state']}",
        f"Profession={payload['profession']}",
    ]


def _typed(number: str) -> Cell:
    """As Excel keeps a tracking number that somebody types: digits are a number, unless a leading zero would be lost."""
    return int(number) if number.isascii() and number.isdigit() and (number == "0" or number[0] != "0") and len(number) < 15 else number


def _csv(lines: Sequence[Line]) -> bytes:
    out = io.StringIO()
    names = FIELDS[CSV]
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["line", "action", "corrects_batch", "corrects_line", *names])
    for number, line in enumerate(lines, start=1):
        batch, of = line.corrects or ("", "")
        writer.writerow([number, line.action, batch, of, *(_csv_cell(line.payload[name]) for name in names)])
    return out.getvalue().encode()


def _csv_cell(value: Any) -> str:
    if isinstance(value, list):
        return ";".join(f"{part['category']}={part['units']}" for part in value)
    return plain(value) if isinstance(value, str) else json.dumps(value)
