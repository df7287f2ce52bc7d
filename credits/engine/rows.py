"""Rule rows as the engine reads them: parsed once, used for every licence of a board."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from credits.engine.allocation import Distinct
from credits.engine.dates import civil
from credits.engine.matching import Match
from credits.engine.quantities import quantity


@dataclass(frozen=True)
class Dates:
    """A range of days, both ends inclusive, an end that is None open."""

    first: date | None
    last: date | None

    def holds(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Numbers:
    """first <= n < below."""

    first: int | None
    below: int | None

    def holds(self, number: int) -> bool:
        return (self.first is None or self.first <= number) and (self.below is None or number < self.below)


@dataclass(frozen=True)
class When:
    """For which cycles a row is meant. What is None is not asked."""

    cycle_end: Dates | None
    cycle_start: Dates | None
    submitted: Dates | None
    issued: Dates | None
    cycle_number: Numbers | None
    years_practising: Numbers | None
    months_licensed: Numbers | None
    holds: str | None
    partly_inactive: bool | None


@dataclass(frozen=True)
class RequiredUnits:
    units: Fraction | None
    per_month: Fraction | None
    active_months_only: bool
    by_licensed_month: tuple[Fraction, ...]
    rounding: tuple[Fraction, str] | None
    floor: Fraction | None
    ceiling: Fraction | None


@dataclass(frozen=True)
class MinimumRow:
    code: str
    match: Match
    units: Fraction | None
    fraction: Fraction | None
    per_cycle_year: Fraction | None
    additional: bool
    nested_in: str | None
    group: str | None
    due_every: int
    source: str


@dataclass(frozen=True)
class CapRow:
    code: str
    match: Match
    scope: str
    units: Fraction | None
    fraction: Fraction | None
    in_completion_order: bool


@dataclass(frozen=True)
class Exclusion:
    match: Match
    reason: str


@dataclass(frozen=True)
class Repeat:
    months: int | None
    cycles: int | None
    by_content: bool
    with_any: bool
    excepted: frozenset[str]


@dataclass(frozen=True)
class MonthDay:
    year_offset: int
    month: int
    day: int


@dataclass(frozen=True)
class Grace:
    days: int
    months: int
    fee_required: bool


@dataclass(frozen=True)
class Carry:
    units: Fraction | None
    fraction: Fraction | None
    generations: int
    satisfies_minima: bool
    match: Match
    new_first: bool
    shortfall_max: Fraction


@dataclass(frozen=True)
class Credential:
    name: str
    on_submission: bool
    units: Fraction


@dataclass(frozen=True)
class Rule:
    id: str
    version: int
    in_force: bool
    reference: Mapping[str, Any]
    source: str
    when: When
    required: RequiredUnits
    minima: tuple[MinimumRow, ...]
    caps: tuple[CapRow, ...]
    distinct: Distinct | None
    exclusions: tuple[Exclusion, ...]
    repeat: Repeat | None
    window: tuple[MonthDay, MonthDay] | None
    splits: bool
    carry: Carry | None
    grace: Grace | None
    next_window_opens: date | None
    next_window_after_renewal: bool
    credentials: tuple[Credential, ...]

    @property
    def name(self) -> str:
        return f"{self.id}@{self.version}"


def rule_from(data: Mapping[str, Any]) -> Rule:
    """One row of a case's `rules`."""
    late = data.get("late_renewal", {}).get("next_window_opens")
    window, distinct = data.get("window"), data.get("distinct")
    return Rule(
        id=data["id"],
        version=data["version"],
        in_force=data["status"] in ("adopted", "waiver"),
        reference={key: data[key] for key in ("id", "version", "basis", "source", "source_as_of", "confidence")},
        source=data["source"],
        when=_when(data["when"]),
        required=_required(data["required"]),
        minima=tuple(_minimum(row, data["source"]) for row in data.get("minima", ())),
        caps=tuple(_cap(row) for row in data.get("caps", ())),
        distinct=Distinct(tuple(distinct["categories"]), distinct["min"], quantity(distinct["units_each"])) if distinct else None,
        exclusions=tuple(Exclusion(Match.from_json(row["match"]), row["reason"]) for row in data.get("exclude", ())),
        repeat=_repeat(data.get("repeat")),
        window=(_month_day(window["open"]), _month_day(window["close"])) if window else None,
        splits=data.get("split_across_cycles", False),
        carry=_carry(data.get("carry")),
        grace=_grace(data.get("grace")),
        next_window_opens=civil(late) if late and late != "day_after_renewal" else None,
        next_window_after_renewal=late == "day_after_renewal",
        credentials=tuple(_credential(row) for row in data.get("credentials", ())),
    )


def rules_from(rows: Iterable[Mapping[str, Any]]) -> tuple[Rule, ...]:
    return tuple(rule_from(row) for row in rows)


def _when(data: Mapping[str, Any]) -> When:
    return When(
        cycle_end=_dates(data.get("cycle_end")),
        cycle_start=_dates(data.get("cycle_start")),
        submitted=_dates(data.get("submitted")),
        issued=_dates(data.get("issued")),
        cycle_number=_numbers(data.get("cycle_number")),
        years_practising=_numbers(data.get("years_practising")),
        months_licensed=_numbers(data.get("months_licensed")),
        holds=data.get("holds"),
        partly_inactive=data.get("partly_inactive"),
    )


def _dates(data: Mapping[str, str] | None) -> Dates | None:
    if data is None:
        return None
    return Dates(civil(data["from"]) if "from" in data else None, civil(data["to"]) if "to" in data else None)


def _numbers(data: Mapping[str, int] | None) -> Numbers | None:
    return None if data is None else Numbers(data.get("from"), data.get("below"))


def _required(data: Mapping[str, Any]) -> RequiredUnits:
    rounding = data.get("rounding")
    return RequiredUnits(
        units=_amount(data, "units"),
        per_month=_amount(data, "per_month"),
        active_months_only=data.get("months_counted") == "active",
        by_licensed_month=tuple(quantity(text) for text in data.get("by_licensed_month", ())),
        rounding=(quantity(rounding["granularity"]), rounding["mode"]) if rounding else None,
        floor=_amount(data, "floor"),
        ceiling=_amount(data, "ceiling"),
    )


def _minimum(data: Mapping[str, Any], source: str) -> MinimumRow:
    return MinimumRow(
        code=data["code"],
        match=Match.from_json(data["match"]),
        units=_amount(data, "units"),
        fraction=_amount(data, "fraction_of_required"),
        per_cycle_year=_amount(data, "units_per_cycle_year"),
        additional=data.get("relation") == "additional",
        nested_in=data.get("nested_in"),
        group=data.get("exclusive_group"),
        due_every=data.get("due_every", 1),
        source=data.get("source", source),
    )


def _cap(data: Mapping[str, Any]) -> CapRow:
    return CapRow(
        code=data["code"],
        match=Match.from_json(data["match"]),
        scope=data["scope"],
        units=_amount(data, "max_units"),
        fraction=_amount(data, "max_fraction_of_required"),
        in_completion_order=data.get("apply") == "completion_order",
    )


def _repeat(data: Mapping[str, Any] | None) -> Repeat | None:
    if data is None:
        return None
    return Repeat(
        months=data["within"].get("months"),
        cycles=data["within"].get("cycles"),
        by_content=data["same"] == "content",
        with_any=data.get("compared_with") == "any",
        excepted=frozenset(data.get("except", ())),
    )


def _month_day(data: Mapping[str, int]) -> MonthDay:
    return MonthDay(data["year_offset"], data["month"], data["day"])


def _carry(data: Mapping[str, Any] | None) -> Carry | None:
    if data is None:
        return None
    return Carry(
        units=_amount(data, "max_units"),
        fraction=_amount(data, "max_fraction_of_required"),
        generations=data["generations"],
        satisfies_minima=data["satisfies_minima"],
        match=Match.from_json(data.get("match", {})),
        new_first=data.get("consume") == "new_first",
        shortfall_max=_amount(data, "shortfall_max") or Fraction(0),
    )


def _grace(data: Mapping[str, Any] | None) -> Grace | None:
    return None if data is None else Grace(data.get("days", 0), data.get("months", 0), data["fee_required"])


def _credential(data: Mapping[str, Any]) -> Credential:
    return Credential(data["credential"], data["current_on"] == "submission", _amount(data, "units") or Fraction(0))


def _amount(data: Mapping[str, Any], key: str) -> Fraction | None:
    return quantity(data[key]) if key in data else None
