"""What one licence's current cycle still asks for, in figures and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from credits.engine.quantities import text
from credits.prospects.outlook import Outlook
from credits.rulebook.words import Unit
from credits.standing_words import Words, minimum_label
from credits.standings import names_by_code, rests_on_verified, row_content


@dataclass(frozen=True)
class Missing:
    """A minimum that is not met yet."""

    code: str
    label: str
    units: Decimal


@dataclass(frozen=True)
class Need:
    """A cycle and what is missing in it. `deadline` is the last day on which credit counts, a paid grace period included.

    `blocked_by` names the cards that must be current and are not; `labels` has a word for every minimum of the rule.
    """

    start: date
    end: date
    deadline: date
    required: Decimal
    needed: Decimal
    missing: tuple[Missing, ...]
    labels: Mapping[str, str]
    unit: Unit
    blocked_by: tuple[str, ...]
    renewed_on: date | None
    is_verified: bool


def need_of(outlook: Outlook) -> Need | None:
    """None when nothing can be said of the licence; `outlook.gap` says why."""
    target = outlook.current
    if outlook.gap is not None or target is None:
        return None
    outcome, plan, rules = target.before(outlook.as_of), target.plan, outlook.rules
    words = Words(rules.unit, names_by_code(), {})
    content = row_content(rules, plan.rule.reference) if plan.rule else {}
    labels = {row.code: minimum_label(content, row.code, words) for row in outcome.minima}
    is_late = plan.grace_last is not None and outlook.as_of > plan.window_close and plan.grace_is_paid(outlook.as_of)
    return Need(
        start=plan.cycle.start,
        end=plan.cycle.end,
        deadline=plan.last_day if is_late else plan.window_close,
        required=_decimal(outcome.required),
        needed=_decimal(outcome.needed),
        missing=tuple(Missing(row.code, labels[row.code], _decimal(row.missing)) for row in outcome.minima if row.missing),
        labels=labels,
        unit=rules.unit,
        blocked_by=tuple(words.names.get(code, code) for code in outcome.blocked_by),
        renewed_on=plan.renewal.renewed_on,
        is_verified=plan.rule is not None and rests_on_verified(rules, {"rule": plan.rule.reference}),
    )


def _decimal(amount: Fraction | None) -> Decimal:
    return Decimal(text(amount or Fraction(0)))
