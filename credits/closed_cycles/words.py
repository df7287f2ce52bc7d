"""A closed cycle in words: its figures side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from credits.models import ClosedCycle
from credits.rulebook import known
from credits.standing_words import STATUSES, minimum_name
from credits.standings import names_by_code


@dataclass(frozen=True)
class Compared:
    """One figure without and with the change."""

    label: str
    before: str
    after: str

    @property
    def differs(self) -> bool:
        return self.before != self.after


def cycle_words(cycle: ClosedCycle) -> str:
    """A case in one line: the board, the cycle, and what counted without and with the change."""
    words = {"board": cycle.licence.board.name, "end": date_format(cycle.cycle_end, "j F Y"), "unit": cycle.unit}
    words |= {"before": cycle.before["applied"] or "–", "after": cycle.after["applied"] or "–"}
    return _("%(board)s, cycle that ended on %(end)s: %(before)s → %(after)s %(unit)s") % words


def compared(cycle: ClosedCycle) -> list[Compared]:
    labels = {
        "status": _("Where it stands"),
        "required": _("Required"),
        "applied": _("Counted"),
        "needed": _("Missing"),
        "carried_out": _("Goes into the next cycle"),
    }
    rows = [Compared(label, _shown(name, cycle.before, cycle.unit), _shown(name, cycle.after, cycle.unit)) for name, label in labels.items()]
    rules = known().get(cycle.licence.board.code)
    names = names_by_code()
    codes = dict.fromkeys(part["code"] for figures in (cycle.before, cycle.after) for part in figures["missing"])
    for code in codes:
        label = _("Missing: %(what)s") % {"what": minimum_name(rules, code, names)}
        rows.append(Compared(label, _missing(cycle.before, code), _missing(cycle.after, code)))
    return rows


def _shown(name: str, figures: dict[str, Any], unit: str) -> str:
    value = figures[name]
    if name == "status":
        return str(STATUSES[value][0])
    return "–" if value is None else f"{value} {unit}"


def _missing(figures: dict[str, Any], code: str) -> str:
    return next((part["units"] for part in figures["missing"] if part["code"] == code), "0")
