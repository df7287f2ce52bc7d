"""What a licence's standing says of credit that is held: since when, why, what would count, and what happens next."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from credits.credit_rows import Holding, credit_id
from credits.engine.quantities import text
from credits.engine.run import is_error
from credits.held_awards import Hold, what_next, why_held
from credits.models import Award, Licence
from credits.rulebook import BoardRules
from credits.rulebook.words import Unit, amount
from credits.terms import terms_of


@dataclass(frozen=True)
class HeldCredit:
    """A credit that does not count while it is held. `would_count` units of it would, in the cycles shown, in the board's unit."""

    award: Award
    hold: Hold
    would_count: str
    sentence: str
    next: str
    address: str = ""  # where its holder gives what is missing

    @property
    def day(self) -> date:
        return self.award.completed_on


def held_credits(
    licence: Licence, rules: BoardRules, as_of: date, holding: Holding, *, cycles: list[dict[str, Any]] | None = None, to_holder: bool = True
) -> tuple[HeldCredit, ...]:
    """The held credits that a standing leaves out, the earliest first; `cycles` are those of its result. Nothing is evaluated where nothing is held.

    What would count is the engine's answer to the same case with these credits accepted.
    """
    holds = holding.held_on(as_of)
    if not holds:
        return ()
    if cycles is None:
        result = terms_of(rules).result(licence, as_of, holding.rows)
        cycles = [] if is_error(result) else result["cycles"][-2:]
    left_out = {line["credit"] for row in cycles for line in row["dispositions"] if line["reason"] == "review_not_accepted"}
    shown = {name: hold for name, hold in holds.items() if name in left_out}
    if not shown:
        return ()
    would = _counted_if_released(licence, rules, as_of, [row | {"review": "accepted"} if row["id"] in shown else row for row in holding.rows])
    awards = sorted((holding.sources[name] for name in shown), key=lambda award: (award.completed_on, award.pk))
    return tuple(_held(award, shown[credit_id(award)], would[credit_id(award)], rules.unit, to_holder) for award in awards)


def _counted_if_released(licence: Licence, rules: BoardRules, as_of: date, rows: list[dict[str, Any]]) -> dict[str, Fraction]:
    result = terms_of(rules).result(licence, as_of, rows)
    found: dict[str, Fraction] = defaultdict(Fraction)
    for line in (line for row in result["cycles"][-2:] for line in row["dispositions"] if line["disposition"] == "counted"):
        found[line["credit"]] += Fraction(line["units"])
    return found


def _held(award: Award, hold: Hold, units: Fraction, unit: Unit, to_holder: bool) -> HeldCredit:
    said = {"title": award.title, "day": date_format(award.completed_on, "F j, Y"), "why": why_held(hold, to_holder), "units": amount(text(units), unit)}
    if units:
        sentence = _("“%(title)s” of %(day)s is %(why)s. It does not count meanwhile; it would count %(units)s.") % said
    else:
        sentence = _("“%(title)s” of %(day)s is %(why)s. It does not count meanwhile, and nothing of it is needed so far.") % said
    address = reverse("credits:credit_list") if to_holder and not hold.is_review else ""
    return HeldCredit(award, hold, text(units), sentence, what_next(hold, to_holder), address)
