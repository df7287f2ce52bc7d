"""A licence, its board's rules and what its holder holds as one case of the rules engine."""

from __future__ import annotations

from datetime import date
from typing import Any

from credits.engine.cycles import Cycle, cycles_of
from credits.engine.vocabulary import CASE
from credits.licence_facts import born_on, licence_facts
from credits.licence_needs import needs_under
from credits.models import Licence
from credits.rulebook import BoardRules


def build_case(rules: BoardRules, licence: Licence, as_of: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The `standing` case of a licence without a gap, under these rules, with these credits."""
    return {
        "schema": CASE,
        "operation": "standing",
        "as_of": as_of.isoformat(),
        "licence": licence_facts(licence, licence.user, needs_under(rules)),
        "calendar": rules.calendar,
        "rules": rules.case_rules(),
        "credits": rows,
        "evaluate": [cycle.end.isoformat() for cycle in cycles_upto(rules, licence, as_of, first_day(rows))],
    }


def first_day(rows: list[dict[str, Any]]) -> date | None:
    """The day of the earliest of some credits of a case."""
    return date.fromisoformat(min(row["date"] for row in rows)) if rows else None


def cycles_upto(rules: BoardRules, licence: Licence, as_of: date, since: date | None = None) -> list[Cycle]:
    """The cycles to evaluate: the one that holds `as_of` and the one before it; empty when the calendar has none for that day.

    Where an earlier cycle has a say in later ones, all from the one on in which something was earned, `since`: what was credited once
    may not be again, a duty was met for good, hours were carried more than once.
    """
    cycles = all_cycles_upto(rules, licence, as_of)
    if since is None or len(cycles) <= 2 or not rules.looks_back:
        return cycles[-2:]
    first = next((place for place, cycle in enumerate(cycles) if cycle.end >= since), len(cycles))
    return cycles[max(0, min(first - 1, len(cycles) - 2)) :]  # the window of a cycle, or its grace, may reach into the next


def all_cycles_upto(rules: BoardRules, licence: Licence, as_of: date) -> list[Cycle]:
    """The licence's cycles from the first to the one that holds `as_of`; empty when the calendar has none for that day."""
    if rules.calendar is None or licence.issued_on is None:
        return []
    months = (as_of.year - licence.issued_on.year) * 12 + as_of.month
    number = 100 if rules.calendar["anchor"] == "periods" else max(0, months) // rules.calendar["months"] + 3
    born = born_on(licence.user)
    anchors = {"issued_on": licence.issued_on.isoformat(), "number": licence.number} | ({"born_on": born.isoformat()} if born else {})
    cycles = cycles_of(rules.calendar, anchors, number)
    place = next((place for place, cycle in enumerate(cycles) if cycle.start <= as_of <= cycle.end), None)
    return [] if place is None else cycles[: place + 1]
