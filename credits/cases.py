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
        "evaluate": [cycle.end.isoformat() for cycle in cycles_upto(rules, licence, as_of)],
    }


def cycles_upto(rules: BoardRules, licence: Licence, as_of: date) -> list[Cycle]:
    """The cycle that holds `as_of` and the one before it; empty when the calendar has none for that day."""
    return all_cycles_upto(rules, licence, as_of)[-2:]


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
