"""What each board says of reporting, as its rules in force have it: to which system, by whom, by when, and whether with consent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from credits.reports.systems import System, systems
from credits.rulebook import BoardRules, known


@dataclass(frozen=True)
class Duty:
    board: str  # its code
    system: System | None  # None: which one is not established
    reporter: str | None  # provider or holder; None: not established
    deadline_days: int | None  # after the completion
    near_renewal_days: int | None  # in place of it, when the licence expires before the deadline
    needs_consent: bool  # the attendee's, as the board's text asks
    reference: str
    as_of: date | None
    confidence: str
    is_verified: bool  # whether a person at the school has re-read the board's own text

    @property
    def is_ours(self) -> bool:
        """Whether the board's text makes the provider report."""
        return self.reporter == "provider"

    def due_on(self, completed_on: date, *, expires_on: date | None = None) -> date | None:
        """The last day to report a completion by the board's text; None when it names none."""
        if self.deadline_days is None:
            return None
        due = completed_on + timedelta(days=self.deadline_days)
        if self.near_renewal_days is not None and expires_on and completed_on <= expires_on <= due:
            return min(due, completed_on + timedelta(days=self.near_renewal_days))
        return due


def duties() -> dict[str, Duty]:
    """By board code, for the boards whose rules say anything of reporting by us; those the holder reports to themselves are left out."""
    found = {code: _duty(rules) for code, rules in known().items()}
    return {code: duty for code, duty in found.items() if duty and duty.reporter != "holder"}


def duty_of(board_code: str) -> Duty | None:
    rules = known().get(board_code)
    duty = _duty(rules) if rules else None
    return duty if duty and duty.reporter != "holder" else None


def _duty(rules: BoardRules) -> Duty | None:
    fact = next((fact for fact in rules.facts if fact.kind == "reporting"), None)
    if fact is None:
        return None
    says = fact.content
    return Duty(
        board=rules.board,
        system=systems().get(says["system"] or ""),
        reporter=says["reporter"],
        deadline_days=says["deadline_days"],
        near_renewal_days=says.get("near_renewal_days"),
        needs_consent=bool(says.get("consent_needed")),
        reference=fact.reference,
        as_of=fact.as_of,
        confidence=fact.confidence,
        is_verified=rules.fact_is_verified(fact.kind, fact.name),
    )
