"""What a board grants of a live day that was attended in part. Pure: the approval and what was attended in, units and the reason out.

Whoever was there for all of it is granted what the board approved, and nobody asks here. The rest is the engine's: the units of the
segments that count, by the board's own definition of an hour, never more than was approved (`engine.awards`, CE rules §7).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from credits.engine import awards as engine
from credits.engine.quantities import quantity, text
from credits.models import Accreditation, DeliveryMode
from credits.prospects.values import hour_definition
from credits.rulebook import BoardRules, known
from credits.rulebook.words import amount

PARTIAL_ATTENDANCE, BELOW_MINIMUM, HOUR_NOT_ESTABLISHED = "partial_attendance", "below_minimum", "hour_not_established"


@dataclass(frozen=True)
class Granted:
    """Units of one approval for what was attended; none and a `code` with its sentence when it grants nothing."""

    units: Decimal
    split: tuple[tuple[str, Decimal], ...] = ()
    code: str = ""
    sentence: str = ""

    @property
    def category_split(self) -> list[dict[str, str]]:
        return [{"category": name, "units": f"{units.normalize():f}"} for name, units in self.split]


def is_partial(facts: Mapping[str, Any]) -> bool:
    """Whether a dossier's `facts` say that only a part was attended."""
    return not (facts.get("attended") or {}).get("is_full", True)


def minutes_attended(facts: Mapping[str, Any]) -> int:
    """Whole minutes of instruction that were attended, of a dossier that says so."""
    return sum(segment["minutes"] - segment["late_minutes"] - segment["early_minutes"] for segment in facts["attended"]["segments"] if segment["attended"])


def partial_credit_of(accreditation: Accreditation, rules: Mapping[str, BoardRules] | None = None) -> str:
    """How the approval pays for a part: as it says itself, else as the board's rules say, else not at all."""
    if accreditation.partial_credit:
        return accreditation.partial_credit
    board = (known() if rules is None else rules).get(accreditation.board.code)
    facts = (fact.content.get("partial_credit") for fact in board.facts if fact.kind == "provider") if board else ()
    return next((str(said) for said in facts if said), Accreditation.PartialCredit.NONE)


def granted_for(facts: Mapping[str, Any], accreditation: Accreditation, *, rules: Mapping[str, BoardRules] | None = None) -> Granted:
    """What `accreditation`, its board loaded, grants for a completion with these `facts` ({"attended": {"is_full", "segments"}}).

    A segment is one block: {id, mode, minutes, break_minutes, attended, late_minutes, early_minutes}; `minutes` are of instruction,
    `break_minutes` the short pauses that follow it, `early_minutes` all that was missed after arriving.
    """
    if not is_partial(facts):
        return Granted(accreditation.units, _approved_split(accreditation))
    rules = known() if rules is None else rules
    mode, board = partial_credit_of(accreditation, rules), accreditation.board
    definition = hour_definition(board.code, rules)
    if mode != Accreditation.PartialCredit.NONE and definition is None:
        why = _("%(board)s gives credit for a part, but how it counts an hour is not established here. A CE officer decides about it.")
        return Granted(Decimal(0), code=HOUR_NOT_ESTABLISHED, sentence=why % {"board": board.name})
    segments = [_segment(segment) for segment in facts["attended"]["segments"]]
    terms = {
        "id": str(accreditation.pk),
        "valid": {},
        "valid_on": "completion",
        "listed": True,
        "units": text(quantity(str(accreditation.units))),
        "partial_credit": mode,
        "late_tolerance_minutes": accreditation.late_tolerance_minutes,
        **({"hour_definition": definition} if definition else {}),
    }
    decision = engine.decide({"date": "2000-01-01", "segments": segments}, [terms])  # the day is judged before: it covers what it says
    if decision.units:
        units = Decimal(text(decision.units))
        return Granted(units, _split_of(accreditation, units), sentence=_how(accreditation, units, rules, mode))
    return Granted(Decimal(0), code=str(decision.reason), sentence=_why_not(accreditation, str(decision.reason), mode))


def _segment(segment: Mapping[str, Any]) -> dict[str, Any]:
    """As the engine reads components. The pauses stay inside the segment: a definition bound to the clock counts them."""
    pauses = segment.get("break_minutes", [])
    return {**segment, "kind": "live", "categories": [], "minutes": str(segment["minutes"] + sum(pauses)), "break_minutes": pauses}


def _approved_split(row: Accreditation) -> tuple[tuple[str, Decimal], ...]:
    return tuple((part["category"], Decimal(str(part["units"]))) for part in row.category_split)


def _split_of(row: Accreditation, units: Decimal) -> tuple[tuple[str, Decimal], ...]:
    """A part of one category is of that category. Of several, nobody has said which the missing hours were: then of none."""
    approved = _approved_split(row)
    if units == row.units:
        return approved
    return ((approved[0][0], units),) if len(approved) == 1 else ()


def _how(row: Accreditation, units: Decimal, rules: Mapping[str, BoardRules], mode: str) -> str:
    unit = rules[row.board.code].unit if row.board.code in rules else None
    words = {
        "board": row.board.name,
        "units": amount(f"{units.normalize():f}", unit) if unit else f"{units.normalize():f} {row.unit_printed}",
        "approved": row.units_shown,
    }
    if mode == Accreditation.PartialCredit.ACTUAL_TIME:
        return _("%(board)s credits the time that was attended: %(units)s of %(approved)s.") % words
    return _("%(board)s credits the blocks that were attended in full: %(units)s of %(approved)s.") % words


def _why_not(row: Accreditation, code: str, mode: str) -> str:
    words = {"board": row.board.name, "units": row.units_shown, "unit": row.unit_printed}
    if mode == Accreditation.PartialCredit.NONE:
        return _("%(board)s credits it only when all of it was attended: all %(units)s %(unit)s or nothing.") % words
    if code == PARTIAL_ATTENDANCE and mode == Accreditation.PartialCredit.BY_SEGMENT:
        return _("%(board)s credits blocks that were attended in full, and there was none.") % words
    if code == PARTIAL_ATTENDANCE:
        return _("Nothing of it was attended.")
    return _("What was attended is less than the least %(board)s credits.") % words


def delivered_facts(facts: Mapping[str, Any], accreditation: Accreditation | None) -> dict[str, Any]:
    """What an award prints otherwise than the approval says, because a part was attended, or because it was attended from afar."""
    found: dict[str, Any] = {}
    modes = {mode for mode, minutes in ((facts.get("offered") or {}).get("minutes") or {}).items() if minutes}
    if accreditation is None and modes == {DeliveryMode.LIVE_REMOTE}:
        found["mode"] = DeliveryMode.LIVE_REMOTE
    if is_partial(facts):
        found["contact_minutes"] = minutes_attended(facts)
        if accreditation:
            granted = granted_for(facts, accreditation)
            found |= {"units": granted.units, "category_split": granted.category_split}
    return found
