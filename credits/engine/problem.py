"""What an allocation is asked and what it answers (step 4 and the first half of step 5 of the evaluation order)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from credits.engine.matching import Match


@dataclass(frozen=True)
class Piece:
    """A segment of a credit, a lot carried in, or a held credential: units that may count, all of one sort."""

    credit: str  # the credit's id; "credential:NAME" for a credential
    segment: int
    kind: str  # "credit", "carried" or "credential"
    day: date  # the credit's date; of a carried lot, that of the original credit
    at: datetime | None  # completed_at, for caps per 24 hours
    units: Fraction
    size: Fraction  # units of the whole credit, for `match.size`
    mode: str | None
    categories: frozenset[str]
    hands_on: Fraction
    course: str
    event: str
    may_serve: bool  # False for carried units that satisfy no minima


@dataclass(frozen=True)
class Minimum:
    """Units that must be of one sort. Only the ones due in the cycle are given."""

    code: str
    match: Match
    units: Fraction
    additional: bool  # on top of the total, not inside it
    nested_in: str | None
    group: str | None  # one unit serves at most one minimum of a group
    due: bool


@dataclass(frozen=True)
class Cap:
    """The most that may be counted of one sort of units: in the cycle, or in each of its years, days, events …"""

    code: str
    match: Match
    scope: str  # "cycle", "cycle_year", "calendar_day", "24_hours", "event" or "course"
    units: Fraction
    in_completion_order: bool  # the body applies it as credits come in, so it is a pass before the allocation


@dataclass(frozen=True)
class Distinct:
    """At least `at_least` of the categories hold at least `units_each` counted units."""

    categories: tuple[str, ...]
    at_least: int
    units_each: Fraction


@dataclass(frozen=True)
class Problem:
    required: Fraction
    pieces: tuple[Piece, ...]  # in the order of preference: carried first or last, then by date, id, segment; credentials last
    minima: tuple[Minimum, ...]  # in rule order
    caps: tuple[Cap, ...]
    distinct: Distinct | None
    new_first: bool
    cycle_start: date


@dataclass(frozen=True)
class Allocation:
    """The one best allocation. Tuples follow `Problem.pieces`."""

    counted: tuple[Fraction, ...]  # inside the total and for additional minima together
    inside: tuple[Fraction, ...]
    serves: tuple[dict[str, Fraction], ...]  # minimum code -> units; only what is more than nothing, in rule order
    applied: Fraction  # held units inside the total
    further: Fraction  # units still to earn, those on top included
    missing: dict[str, Fraction]  # per minimum, what held units leave open
    modes: tuple[str, ...]  # what a further unit may be; empty when nothing is needed
    not_categories: tuple[str, ...]
    at_most: tuple[tuple[str, Fraction], ...]
    distinct_missing: bool
    surplus: tuple[Fraction, ...]  # of what is not counted, what the caps would still admit
    over_cap: tuple[Fraction, ...]
