"""A roster as a CSV file: a line for each person, and nothing a spreadsheet would run."""

from __future__ import annotations

import csv
import io

from core.csv_text import plain
from credits.models import Licence
from workshops.models import Seat
from workshops.roster.selectors import Roster, RosterRow, legal_names

PERSON = ("name", "legal_name", "email", "licences", "place", "order", "state", "minutes", "of_minutes")


def roster_csv(found: Roster) -> str:
    """Then, for each block, when the person came and left (the venue's time) and the minutes, and for each approval the units."""
    out = io.StringIO()
    writer = csv.writer(out)
    boards = list(dict.fromkeys(line.board for row in found.rows for line in row.hours))
    blocks = [name for block in found.blocks for name in (f"{block.title}: came and left", f"{block.title}: minutes")]
    writer.writerow([plain(name) for name in (*PERSON, *blocks, *boards)])
    seats = [row.seat for row in found.rows]
    licences, names = _licences(seats), legal_names(seats)
    for row in found.rows:
        units = {line.board: f"{line.units_shown} {line.unit}" for line in row.hours}
        values = [*_person(row, found, licences, names), *_blocks(row), *(units.get(board, "") for board in boards)]
        writer.writerow([plain(value) for value in values])
    return out.getvalue()


def _licences(seats: list[Seat]) -> dict[int, str]:
    found: dict[int, list[str]] = {}
    for licence in Licence.objects.on_file().filter(user__in=[seat.learner_id for seat in seats]).select_related("board").order_by("board__name", "pk"):
        found.setdefault(licence.user_id, []).append(f"{licence.board.name} {licence.number}".strip())
    return {user: "; ".join(names) for user, names in found.items()}


def _person(row: RosterRow, found: Roster, licences: dict[int, str], names: dict[int, str]) -> list[str]:
    learner, total = row.seat.learner, sum(block.minutes for block in found.blocks)
    state = row.outcome.state if row.outcome else "booked" if not row.minutes else row.state
    order = str(row.paid.order.number) if row.paid else ""
    return [
        str(learner),
        names.get(learner.pk, ""),
        learner.email,
        licences.get(learner.pk, ""),
        row.seat.place,
        order,
        str(state),
        str(row.minutes),
        str(total),
    ]


def _blocks(row: RosterRow) -> list[str]:
    zone, values = row.seat.workshop.zone, []
    for cell in row.cells:
        times = ", ".join(f"{entry.kind} {entry.at.astimezone(zone):%Y-%m-%d %H:%M}" for entry in cell.standing)
        values += [times, str(cell.minutes)]
    return values
