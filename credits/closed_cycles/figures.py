"""What the engine says of a licence's closed cycles, with what is on record now."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from credits.cases import all_cycles_upto, build_case, cycles_upto, first_day
from credits.credit_rows import holdings_of
from credits.engine.run import evaluate, is_error
from credits.models import Award, Licence
from credits.rulebook import BoardRules, known
from credits.standings import gap_under

SHOWN = ("start", "end", "status", "required", "applied", "carried_out")


@dataclass(frozen=True)
class Figures:
    """One closed cycle: what pages show of it, and everything that tells two evaluations apart."""

    licence: Licence
    end: date
    renewed_on: date | None
    shown: dict[str, Any]
    whole: dict[str, Any]
    unit: str


def closed_cycles_of(award: Award, *, since: date, today: date) -> dict[tuple[int, date], Figures]:
    """The closed cycles of the learner's licences with the award's board, from the one before `since` on, by licence and last day.

    A renewed cycle is worked out as if it were open, so that two calls differ by what was recorded between them. Nothing is
    said of a licence without rules, calendar or facts, as on its own page.
    """
    return {} if award.board_id is None else closed_cycles_with(award.dossier.user_id, award.board_id, since=since, today=today)


def closed_cycles_with(person: int, board: int, *, since: date, today: date) -> dict[tuple[int, date], Figures]:
    """`closed_cycles_of` for whatever a person has on record with a board."""
    licences = list(Licence.objects.with_facts().filter(user=person, board=board))
    held = holdings_of(licences)
    return {(one.licence.pk, one.end): one for licence in licences for one in _closed(licence, held[licence.pk].rows, since, today)}


def _closed(licence: Licence, rows: list[dict[str, Any]], since: date, today: date) -> Iterable[Figures]:
    rules = known().get(licence.board.code)
    if rules is None or gap_under(rules, licence, today):
        return []
    cycles = all_cycles_upto(rules, licence, today)
    first = next((place for place, cycle in enumerate(cycles) if cycle.end >= since), len(cycles) - 1)
    case = build_case(rules, licence, today, rows)
    renewed = {row["cycle_end"]: row["renewed_on"] for row in case["licence"].get("renewals", ()) if "renewed_on" in row}
    remembered = len(cycles) - len(cycles_upto(rules, licence, today, first_day(rows)))
    case["evaluate"] = [cycle.end.isoformat() for cycle in cycles[max(0, min(first - 1, remembered)) :]]
    case["licence"] = _thawed(case["licence"])
    result = evaluate(case)
    if is_error(result):
        return []
    return [_figures(licence, rules, row, renewed.get(row["end"])) for row in result["cycles"] if _is_closed(row, renewed, today)]


def _thawed(licence: dict[str, Any]) -> dict[str, Any]:
    """The facts without the days of renewal, which freeze a cycle's figures; a renewal that says nothing else is left out."""
    renewals = [{name: value for name, value in row.items() if name != "renewed_on"} for row in licence.get("renewals", ())]
    kept = [row for row in renewals if len(row) > 1]
    others = {name: value for name, value in licence.items() if name != "renewals"}
    return others | ({"renewals": kept} if kept else {})


def _is_closed(row: dict[str, Any], renewed: dict[str, str], today: date) -> bool:
    """Renewed, or past its last day with window and grace."""
    if row["end"] in renewed and date.fromisoformat(renewed[row["end"]]) <= today:
        return True
    return max(row["end"], row["grace_last_day"] or row["window_close"]) < today.isoformat()


def _figures(licence: Licence, rules: BoardRules, row: dict[str, Any], renewed_on: str | None) -> Figures:
    shown = {name: row[name] for name in SHOWN} | {"needed": row["additional_needed"], "missing": row["minima_missing"]}
    whole = {name: value for name, value in row.items() if name != "additional_must_match"}
    unit = rules.unit.plural if rules.unit else ""
    return Figures(licence, date.fromisoformat(row["end"]), date.fromisoformat(renewed_on) if renewed_on else None, shown, whole, unit)
