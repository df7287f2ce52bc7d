"""The dashboards as CSV files, a line at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import islice
from typing import Any

from django.http import StreamingHttpResponse

from core.csv_text import plain
from credits.dashboards.deficiencies import Lack, StandingFilter, lacks_of, plain_units
from credits.dashboards.expiries import Ending, ExpiryFilter, endings_of

CHUNK = 1000
STANDINGS = (
    "person", "email", "board", "number", "status", "cycle_end", "deadline", "required", "applied", "needed", "held", "missing", "cards_missing", "why_unknown",
    "late_credit_until", "late_credit_needed", "verified", "as_of",
)  # fmt: skip
EXPIRIES = ("kind", "what", "detail", "person", "email", "ends_on", "days_left")


class _Echo:
    """A file for csv.writer that hands each line back."""

    def write(self, line: str) -> str:
        return line


def standings_file(chosen: StandingFilter, today: date) -> StreamingHttpResponse:
    rows = lacks_of(chosen.rows(today).iterator(chunk_size=CHUNK), today)
    return _file(f"standings-{today.isoformat()}.csv", STANDINGS, map(_standing, rows))


def expiries_file(chosen: ExpiryFilter, today: date) -> StreamingHttpResponse:
    return _file(f"{chosen.kind}-ending-{today.isoformat()}.csv", EXPIRIES, map(_expiry, _endings(chosen, today)))


def _endings(chosen: ExpiryFilter, today: date) -> Iterator[Ending]:
    rows = chosen.rows(today).iterator(chunk_size=CHUNK)
    while chunk := list(islice(rows, CHUNK)):
        yield from endings_of(chosen.kind, chunk, today)


def _file(name: str, columns: Iterable[str], lines: Iterable[list[Any]]) -> StreamingHttpResponse:
    writer = csv.writer(_Echo())
    written = (writer.writerow(line) for line in _after(columns, lines))
    response = StreamingHttpResponse(written, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _after(columns: Iterable[str], lines: Iterable[list[Any]]) -> Iterator[list[Any]]:
    yield list(columns)
    yield from lines


def _standing(lack: Lack) -> list[Any]:
    row, licence = lack.snapshot, lack.snapshot.licence
    late = [row.before_deadline, plain_units(row.before_needed)] if lack.late else ["", ""]
    return [
        plain(licence.user.display_name), plain(licence.user.email), plain(licence.board.name), plain(licence.number), row.status, row.cycle_end or "",
        row.deadline or "", plain_units(row.required), plain_units(row.applied), plain_units(row.needed), plain_units(row.held),
        "; ".join(f"{units} {label}" for units, label in lack.parts), "; ".join(lack.cards), lack.gap, *late, "yes" if row.is_verified else "no", row.as_of,
    ]  # fmt: skip


def _expiry(ending: Ending) -> list[Any]:
    person = [plain(ending.person.display_name), plain(ending.person.email)] if ending.person else ["", ""]
    return [ending.kind, plain(ending.what), plain(ending.detail), *person, ending.ends_on, ending.days_left]
