"""What a rule file says about one board, once it is found to be right."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from credits.rulebook.words import Unit


@dataclass(frozen=True)
class Source:
    """Where something was read. `as_of` is the date the text says it is current through; None when it gives none."""

    key: str
    reference: str
    read_on: date | None
    as_of: date | None
    is_official: bool


@dataclass(frozen=True)
class Fact:
    """One thing a file states: the calendar, an hour definition, a rule row, a fixed credit, what a provider must do …"""

    kind: str  # the field of the file it stands in
    name: str  # unlike any other of its kind in the file
    sources: tuple[Source, ...]
    confidence: str
    content: dict[str, Any] = field(hash=False)  # as in the file, less its source and what it says for people
    weak: dict[str, str] = field(default_factory=dict, hash=False)
    unknown: dict[str, str] = field(default_factory=dict, hash=False)
    conflict: str | None = None

    @cached_property
    def digest(self) -> str:
        """Of everything it says and what it rests on: another digest is another fact, which nobody has verified yet."""
        sources = [[source.reference, source.as_of.isoformat() if source.as_of else None, source.is_official] for source in self.sources]
        said = [self.kind, self.name, self.content, sources, self.weak, self.unknown, self.conflict]
        return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    @property
    def is_whole(self) -> bool:
        """Whether an evaluation can use it: nothing it needs is unknown."""
        return self.content.get("required", {}) is not None and all(
            self.content.get(name, {}) is not None for name in ("clock_bound", "rounding", "units_per_hour")
        )

    @property
    def reference(self) -> str:
        return "; ".join(source.reference for source in self.sources)

    @property
    def as_of(self) -> date | None:
        """The date of the text the fact rests on first."""
        return self.sources[0].as_of


@dataclass(frozen=True)
class Revision:
    """By whose word a board's rules are in force, or will be."""

    number: int
    in_force_from: datetime
    sole_officer: bool  # one officer put them in force, and no second one has signed since
    reason: str
    sole_reason: str = ""


@dataclass(frozen=True)
class Verification:
    """A person re-read the source of a fact, and it says what is written here."""

    by: str
    on: date


@dataclass(frozen=True)
class BoardRules:
    board: str
    name: str
    unit: Unit
    confidence: str
    verified_by: str | None
    verified_on: date | None
    calendar: dict[str, Any] | None = field(hash=False)
    lengths: dict[str, Any] | None = field(hash=False)  # months of a cycle whose end is not known
    rules: tuple[Fact, ...]  # in the order they are tried
    facts: tuple[Fact, ...]  # everything the file states, rules included
    sources: tuple[Source, ...]
    unknown: dict[str, str] = field(hash=False)  # field: what is not established
    weak: dict[str, str] = field(hash=False)  # field: why it is less sure than the file
    not_expressed: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    verified_facts: dict[tuple[str, str], Verification] = field(default_factory=dict, hash=False)  # by kind and name, of facts verified one by one
    revision: Revision | None = None  # None: straight from the file
    coming: Revision | None = None  # approved, and not yet in force
    alone: dict[tuple[str, str], Revision] = field(default_factory=dict, hash=False)  # facts that rest on one officer's word

    @cached_property
    def is_verified(self) -> bool:
        """Whether a person at the school has re-read the board's own text on all that a renewal is counted by."""
        if self.verified_on is not None:
            return True
        counted = [fact for fact in self.facts if fact.kind in ("calendar", "lengths", "rules")] or self.facts
        return bool(counted) and all(self.fact_is_verified(fact.kind, fact.name) for fact in counted)

    def fact_is_verified(self, kind: str, name: str) -> bool:
        return self.verification_of(kind, name) is not None

    def verification_of(self, kind: str, name: str) -> Verification | None:
        """Who re-read the board's own text on a fact, and when."""
        if self.verified_on is not None:
            return Verification(self.verified_by or "", self.verified_on)
        return self.verified_facts.get((kind, name))

    @cached_property
    def verified_count(self) -> tuple[int, int]:
        """How many facts are verified, and of how many."""
        return sum(self.fact_is_verified(fact.kind, fact.name) for fact in self.facts), len(self.facts)

    @cached_property
    def looks_back(self) -> bool:
        """Whether any row lets something pass from one cycle to later ones than the next: credit, a bar on taking it again, a duty met."""
        return any(_looks_back(row) for row in self.case_rules())

    @property
    def oldest_as_of(self) -> date | None:
        return min((source.as_of for source in self.sources if source.as_of), default=None)

    def case_rules(self) -> list[dict[str, Any]]:
        """The rows in exactly the vocabulary of a standing case. A row whose `required` is unknown is in no case."""
        return [self._case_rule(row) for row in self.rules if row.is_whole]

    def case_hour_definitions(self) -> list[dict[str, Any]]:
        """The hour definitions in the vocabulary of a credit_value case. One with an unknown part is in no case."""
        facts = (fact for fact in self.facts if fact.kind == "hour_definitions" and fact.is_whole)
        return [{name: copy.deepcopy(value) for name, value in fact.content.items() if name != "not_instruction"} for fact in facts]

    def _case_rule(self, row: Fact) -> dict[str, Any]:
        references = {source.key: source.reference for source in self.sources}
        rule = {name: copy.deepcopy(value) for name, value in row.content.items()}
        if rule.get("carry") == "none":  # read, and so worth stating; a case says it by leaving it out
            del rule["carry"]
        rule["source"] = row.reference
        rule["source_as_of"] = row.as_of.isoformat() if row.as_of else None
        for part in [*rule.get("minima", []), *rule.get("caps", [])]:
            if "source" in part:
                part["source"] = references[part["source"]]
        return rule


def _looks_back(row: Mapping[str, Any]) -> bool:
    within = row["repeat"]["within"] if "repeat" in row else {}
    is_barred_later = bool(within.get("months") or within.get("cycles"))
    return is_barred_later or any(name in row for name in ("carry", "window", "grace")) or any("due_every" in part for part in row.get("minima", ()))
