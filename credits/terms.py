"""A board's rules, read once for all its licences; and which credits need a closer look before they are held against them."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from credits.cases import build_case, cycles_upto, first_day
from credits.credit_shapes import are_in_order
from credits.engine.consistency import licence_values
from credits.engine.cycles import cycles_of
from credits.engine.dates import BeyondCalendar
from credits.engine.run import evaluate
from credits.engine.standing import Prepared, prepare, standing_of
from credits.engine.vocabulary import CASE, RESULT, check_case
from credits.licence_facts import licence_facts
from credits.licence_needs import Needs, needs_under
from credits.models import Licence
from credits.rulebook import BoardRules

# Facts that satisfy whatever a calendar or a rule may ask of a licence.
ANYBODY = {"issued_on": "2020-01-01", "number": "1", "born_on": "1990-01-01", "practising_since": "2020-01-01"}


@dataclass(frozen=True)
class Terms:
    """`prepared` is None when the rules as they are would not pass as those of a case; then each case is checked whole."""

    rules: BoardRules
    needs: Needs
    prepared: Prepared | None

    def result(self, licence: Licence, as_of: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """What `evaluate` says of the licence's case, which must have no gap, with these credits.

        Checking a whole case costs several times what evaluating it does. Here only that is checked which the tables and the
        rules, checked once, leave open; in any doubt the case goes through `evaluate` itself.
        """
        if self.prepared is not None and are_in_order(rows):
            facts = licence_facts(licence, licence.user, self.needs)
            if not any(licence_values(facts, self.prepared.calendar)):
                with suppress(BeyondCalendar):
                    ends = [cycle.end for cycle in cycles_upto(self.rules, licence, as_of, first_day(rows))]
                    return {"schema": RESULT, "operation": "standing", **standing_of(self.prepared, facts, rows, as_of, ends)}
        return evaluate(build_case(self.rules, licence, as_of, rows))


@lru_cache(maxsize=256)
def terms_of(rules: BoardRules) -> Terms:
    """Read once for as long as these rules are used."""
    return Terms(rules, needs_under(rules), _prepared(rules))


def _prepared(rules: BoardRules) -> Prepared | None:
    rows = rules.case_rules()
    if rules.calendar is None or not rows:
        return None
    end = cycles_of(rules.calendar, ANYBODY, 1)[0].end.isoformat()
    case = {
        "schema": CASE,
        "operation": "standing",
        "as_of": end,
        "licence": ANYBODY,
        "calendar": rules.calendar,
        "rules": rows,
        "credits": [],
        "evaluate": [end],
    }
    return None if check_case(case) else prepare(rows, rules.calendar)
