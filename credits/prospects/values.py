"""What an activity is worth by a board's own definition of an hour, beside what the board approved.

The number in the approval always wins: certificates print it. The formula finds slips of the pen, and says how hours came about.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from credits.engine.quantities import quantity, text
from credits.engine.values import Value, value_of
from credits.models import Accreditation, Activity, Board
from credits.models.activities import ComponentKind
from credits.rulebook import BoardRules, known
from credits.rulebook.board_rules import Fact
from credits.rulebook.words import amount

UNROUNDED = {"granularity": "0.000001", "mode": "floor"}
WHOLE_UNITS = {"granularity": "1", "mode": "floor"}
SHORT_BREAK = 10  # minutes; breaks are given as a sum, and what is short stays in the hour


@dataclass(frozen=True)
class Worth:
    """An activity by the formula. `units` is None while a board's rounding is not established; `exact` are its units before rounding.

    `parts` are the hours of each component, None where the board's text has no rate for its kind.
    """

    board: Board
    units: Decimal | None
    exact: Decimal
    unit: str
    parts: tuple[tuple[dict[str, Any], Decimal | None], ...]
    sources: tuple[str, ...]
    unknown: str
    is_verified: bool

    @property
    def sentence(self) -> str:
        said = {"board": self.board.name, "exact": f"{self.exact} {self.unit}"}
        if self.units is None:
            return _("By the hour of %(board)s it comes to %(exact)s before rounding. %(unknown)s") % (said | {"unknown": self.unknown})
        if self.units == self.exact:
            return _("By the hour of %(board)s it comes to %(exact)s.") % said
        return _("By the hour of %(board)s it comes to %(units)s %(unit)s: %(exact)s before rounding.") % (said | {"units": self.units, "unit": self.unit})

    def differs_from(self, approved: Decimal) -> bool:
        """More or less than the formula gives; while the rounding is not established, only what no rounding to whole units explains."""
        if self.units is not None:
            return approved != self.units
        return abs(approved - self.exact) >= 1

    def warning(self, approved: Decimal) -> str:
        """What to say of an approval for another amount; "" when there is nothing to say."""
        if not self.differs_from(approved):
            return ""
        given = f"{self.exact if self.units is None else self.units}"
        return _("The approval says %(approved)s, the formula gives %(given)s. Compare it with the board's letter; certificates print what was approved.") % {
            "approved": f"{approved.normalize():f}",
            "given": given,
        }


def value_of_activity(activity: Activity, granted_by: Accreditation | Board) -> Decimal | None:
    """The units of `activity` by the definition of an hour of the body that approves it; None where that is not established."""
    worth = worth_of_activity(activity, granted_by)
    return worth.units if worth else None


def worth_of_activity(activity: Activity, granted_by: Accreditation | Board, *, rules: Mapping[str, BoardRules] | None = None) -> Worth | None:
    """None when the activity has no components, or the body's text has no definition of an hour that fits any of them."""
    board = granted_by.board if isinstance(granted_by, Accreditation) else granted_by
    found = (known() if rules is None else rules).get(board.code)
    if found is None or not activity.components:
        return None
    definitions = [fact for fact in found.facts if fact.kind == "hour_definitions"]
    by_definition: dict[str, list[dict[str, Any]]] = {}
    for part in activity.components:
        if fact := _definition_for(ComponentKind.of(part), definitions):
            by_definition.setdefault(fact.name, []).append(part)
    used = [fact for fact in definitions if fact.name in by_definition]
    if not used:
        return None
    values = {fact.name: value_of(_usable(fact), [_component(part) for part in by_definition[fact.name]]) for fact in used}
    exact = sum((value.raw_hours * quantity(fact.content["units_per_hour"] or "1") for fact, value in _pairs(used, values)), Fraction(0))
    is_whole = all(fact.is_whole for fact in used)
    return Worth(
        board=board,
        units=_decimal(sum((value.units for value in values.values()), Fraction(0))) if is_whole else None,
        exact=_decimal(exact),
        unit=found.unit.plural,
        parts=tuple((part, _hours_of(part, by_definition, values)) for part in activity.components),
        sources=tuple(dict.fromkeys(source.reference for fact in used for source in fact.sources)),
        unknown=" ".join(why for fact in used for why in fact.unknown.values()),
        is_verified=all(found.fact_is_verified(fact.kind, fact.name) for fact in used),
    )


def worth_step(accreditation: Accreditation, activity: Activity) -> dict[str, Any] | None:
    """What the formula gives beside what was approved, for the trace of an award; None where there is no formula."""
    worth = worth_of_activity(activity, accreditation)
    if worth is None:
        return None
    approved = amount(accreditation.units_shown, known()[worth.board.code].unit)
    why = f"{_('Approved: %(approved)s, and that is what is awarded.') % {'approved': approved}} {worth.sentence}"
    return {"code": "hour_definition", "met": True, "title": _("The board's own definition of an hour"), "why": why, "todo": "", "children": []}


def parts_in_words(worth: Worth) -> list[str]:
    """Each component with its hours: “360 minutes, live: 7.2 hours”."""
    lines = []
    for part, hours in worth.parts:
        kind = str(ComponentKind.of(part).label)
        sizes = [_("%(n)s minutes") % {"n": part["minutes"]}] if part.get("minutes") else []
        sizes += [_("%(n)s words") % {"n": part["words"]}] if part.get("words") else []
        sizes += [_("%(n)s questions") % {"n": part["questions"]}] if part.get("questions") else []
        worth_words = _("no hours: the board's text has no rate for it") if hours is None else _("%(n)s hours") % {"n": hours}
        lines.append(f"{get_text_list([*sizes, kind], _('and')) if not sizes else ', '.join([*sizes, kind])}: {worth_words}")
    return lines


def hour_definition(board: str, rules: Mapping[str, BoardRules]) -> dict[str, Any] | None:
    """How the board of this code counts an hour of live teaching, for a sum to its careful side: rounded down to whole units where its
    rounding is not established. None where no text was read.
    """
    found = rules.get(board)
    fact = _definition_for(ComponentKind.LIVE, [fact for fact in found.facts if fact.kind == "hour_definitions"]) if found else None
    if fact is None or fact.content.get("units_per_hour", "1") is None:
        return None
    usable = _usable(fact)
    return {**usable, "clock_bound": fact.content.get("clock_bound") is not False, **({} if fact.content.get("rounding") else {"rounding": WHOLE_UNITS})}


def _definition_for(kind: ComponentKind, definitions: list[Fact]) -> Fact | None:
    return next((fact for fact in definitions if any(rate["kind"] == kind for rate in fact.content["rates"])), None)


def _usable(fact: Fact) -> dict[str, Any]:
    """The definition with what is unknown left out: unrounded, and not bound to the clock unless that is read."""
    definition = {name: value for name, value in fact.content.items() if name != "not_instruction" and value is not None}
    return {"rounding": UNROUNDED, "units_per_hour": "1", "clock_bound": False} | definition


def _component(part: dict[str, Any]) -> dict[str, Any]:
    """A part of an activity as the engine reads components. Where nobody gave the breaks of live teaching, full clock hours are taken."""
    kind = ComponentKind.of(part)
    minutes, breaks = int(part.get("minutes") or 0), part.get("break_minutes")
    component: dict[str, Any] = {"kind": str(kind)}
    if minutes:
        pauses = int(breaks or 0) if breaks is not None or kind != ComponentKind.LIVE else -(-minutes * 60 // 50) - minutes
        component |= {"minutes": str(minutes + pauses), "break_minutes": _split(pauses)}
    return component | {name: str(part[name]) for name in ("words", "questions", "difficulty") if part.get(name)}


def _split(minutes: int) -> list[int]:
    return [SHORT_BREAK] * (minutes // SHORT_BREAK) + ([minutes % SHORT_BREAK] if minutes % SHORT_BREAK else [])


def _hours_of(part: dict[str, Any], by_definition: dict[str, list[dict[str, Any]]], values: dict[str, Value]) -> Decimal | None:
    for name, parts in by_definition.items():
        for place, other in enumerate(parts):
            if other is part:
                return _decimal(values[name].component_hours[place])
    return None


def _pairs(facts: list[Fact], values: dict[str, Value]) -> list[tuple[Fact, Value]]:
    return [(fact, values[fact.name]) for fact in facts]


def _decimal(units: Fraction) -> Decimal:
    return Decimal(text(units))
