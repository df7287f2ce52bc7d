"""What a standing says about one cycle: its figures, its status and the reasons, as the vocabulary writes them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from credits.engine.allocation import Allocation
from credits.engine.facts import Credit
from credits.engine.quantities import text
from credits.engine.requirement import Plan, Requirement
from credits.engine.settlement import Line, Settlement

ZERO = Fraction(0)


@dataclass(frozen=True)
class MinimumResult:
    code: str
    additional: bool
    required: Fraction
    applied: Fraction
    missing: Fraction
    source: str


@dataclass(frozen=True)
class Outcome:
    """One cycle, settled. `required`, `applied` and `needed` are None when no rule holds."""

    plan: Plan
    status: str
    required: Fraction | None
    applied: Fraction | None
    needed: Fraction | None
    modes: tuple[str, ...]
    not_categories: tuple[str, ...]
    at_most: tuple[tuple[str, Fraction], ...]
    minima: tuple[MinimumResult, ...]
    lines: tuple[Line, ...]
    carried_in: Fraction
    carried_out: Fraction
    lost: Fraction
    shortfall_in: Fraction
    shortfall_out: Fraction
    blocked_by: tuple[str, ...]
    reasons: frozenset[str]
    exception: bool = False

    @property
    def compliant(self) -> bool:
        return self.needed == 0 and not self.shortfall_out and not self.blocked_by

    @property
    def figures(self) -> tuple[Fraction | None, ...]:
        """What must not change once the cycle is frozen."""
        return self.required, self.applied, self.needed, self.carried_out


def outcome_of(
    *,
    plan: Plan,
    asked: Requirement,
    allocation: Allocation,
    settlement: Settlement,
    carried_in: Fraction,
    shortfall_in: Fraction,
    shortfall_out: Fraction,
    blocked_by: tuple[str, ...],
    as_of: date,
) -> Outcome:
    """The outcome of a cycle that has a rule."""
    needed = allocation.further
    minima = tuple(
        MinimumResult(
            code=row.code,
            additional=row.additional,
            required=minimum.units,
            applied=sum((serves[row.code] for serves in allocation.serves if row.code in serves), ZERO),
            missing=allocation.missing.get(row.code, ZERO),
            source=row.source,
        )
        for row, minimum in asked.minima
    )
    exempt = not asked.required and not any(minimum.units for _, minimum in asked.minima)
    return Outcome(
        plan=plan,
        status="exempt" if exempt else _status(plan, needed=needed, late=settlement.late, deferred=shortfall_out > 0, as_of=as_of),
        required=asked.required,
        applied=allocation.applied,
        needed=needed,
        modes=allocation.modes if needed else (),
        not_categories=allocation.not_categories if needed else (),
        at_most=allocation.at_most if needed else (),
        minima=minima,
        lines=settlement.lines,
        carried_in=carried_in,
        carried_out=settlement.carried_out,
        lost=settlement.lost,
        shortfall_in=shortfall_in,
        shortfall_out=shortfall_out,
        blocked_by=blocked_by,
        reasons=frozenset(
            reason
            for reason, holds in {
                "low_confidence_rule": plan.rule is not None and plan.rule.reference["confidence"] != "read",
                "required_overridden": plan.overridden,
                "raised_to_fit_minima": asked.raised,
                "shortfall_brought_in": shortfall_in > 0,
                "exempt": exempt,
                "total_short": allocation.applied < asked.required,
                "minimum_missing": any(row.missing and not row.additional for row in minima),
                "additional_missing": any(row.missing and row.additional for row in minima),
                "distinct_categories_missing": allocation.distinct_missing,
                "credential_not_current": bool(blocked_by),
                "grace_credits_used": settlement.late,
                "shortfall_deferred": shortfall_out > 0,
            }.items()
            if holds
        ),
    )


def without_rule(plan: Plan, *, carried: Fraction, carried_out: Fraction, shortfall: Fraction) -> Outcome:
    """The outcome of a cycle that no rule holds for: nothing is said of its credits, and what came in is kept for the next cycle."""
    return Outcome(
        plan=plan,
        status="no_rule",
        required=None,
        applied=None,
        needed=None,
        modes=(),
        not_categories=(),
        at_most=(),
        minima=(),
        lines=(),
        carried_in=carried,
        carried_out=carried_out,
        lost=carried - carried_out,
        shortfall_in=shortfall,
        shortfall_out=shortfall,
        blocked_by=(),
        reasons=frozenset({"no_rule", "required_overridden"} if plan.overridden else {"no_rule"}),
    )


def _status(plan: Plan, *, needed: Fraction, late: bool, deferred: bool, as_of: date) -> str:
    if not needed:
        return "met_late" if late else "met"
    if deferred:
        return "deferred"
    return "open" if as_of <= plan.last_day else "short"


def report(outcome: Outcome) -> dict[str, Any]:
    """One entry of a result's `cycles`."""
    plan = outcome.plan
    reasons = {*outcome.reasons, "closed_cycle_changed"} if outcome.exception else outcome.reasons
    return {
        "number": plan.cycle.number,
        "start": plan.cycle.start.isoformat(),
        "end": plan.cycle.end.isoformat(),
        "window_open": plan.window_open.isoformat(),
        "window_close": plan.window_close.isoformat(),
        "grace_last_day": None if plan.grace_last is None else plan.grace_last.isoformat(),
        "rule": None if plan.rule is None else dict(plan.rule.reference),
        "status": outcome.status,
        "compliant": outcome.compliant,
        "exception": outcome.exception,
        "required": _text(outcome.required),
        "applied": _text(outcome.applied),
        "additional_needed": _text(outcome.needed),
        "additional_must_match": {
            "modes": list(outcome.modes),
            "not_categories": list(outcome.not_categories),
            "at_most": [{"cap": code, "units": text(units)} for code, units in outcome.at_most],
        },
        "minima": [
            {
                "code": row.code,
                "relation": "additional" if row.additional else "subset",
                "required": text(row.required),
                "applied": text(row.applied),
                "missing": text(row.missing),
                "source": row.source,
            }
            for row in outcome.minima
        ],
        "minima_missing": [{"code": row.code, "units": text(row.missing)} for row in outcome.minima if row.missing],
        "excluded": _summed(outcome.lines, "excluded"),
        "over_cap": _summed(outcome.lines, "over_cap"),
        "carried_in": text(outcome.carried_in),
        "carried_out": text(outcome.carried_out),
        "lost": text(outcome.lost),
        "shortfall_in": text(outcome.shortfall_in),
        "shortfall_out": text(outcome.shortfall_out),
        "blocked_by": list(outcome.blocked_by),
        "reasons": sorted(reasons),
        "dispositions": [_disposition(plan, line) for line in outcome.lines],
    }


def unplaced(plans: Iterable[Plan], credits: Iterable[Credit]) -> list[dict[str, str]]:
    """Credits that lie in the window or grace of none of these cycles."""
    windows = list(plans)
    return [
        {"credit": credit.id, "units": text(credit.size), "reason": "outside_window"}
        for credit in credits
        if not any(plan.in_window(credit.day) or plan.in_grace(credit.day) for plan in windows)
    ]


def _summed(lines: Iterable[Line], disposition: str) -> list[dict[str, str]]:
    """The units of these lines per credit and reason."""
    sums: dict[tuple[date, str, str], Fraction] = defaultdict(Fraction)
    for line in lines:
        if line.disposition == disposition:
            sums[line.day, line.credit, line.reason or ""] += line.units
    return [{"credit": credit, "units": text(units), "reason": reason} for (_, credit, reason), units in sorted(sums.items())]


def _disposition(plan: Plan, line: Line) -> dict[str, Any]:
    return {
        "credit": line.credit,
        "segment": line.segment,
        "disposition": line.disposition,
        "units": text(line.units),
        "serves": [{"minimum": code, "units": text(units)} for code, units in line.serves],
        "reason": line.reason,
        "rule": "" if plan.rule is None else plan.rule.name,
        "source": "" if plan.rule is None else plan.rule.source,
    }


def _text(amount: Fraction | None) -> str | None:
    return None if amount is None else text(amount)
