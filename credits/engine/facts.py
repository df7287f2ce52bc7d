"""What is known of one licence and of the credits its holder earned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any

from credits.engine.dates import civil, instant, months_between
from credits.engine.quantities import quantity


@dataclass(frozen=True)
class Segment:
    units: Fraction
    mode: str
    categories: frozenset[str]
    hands_on: Fraction


@dataclass(frozen=True)
class Credit:
    """One version of one credit. `size` is that of all segments together."""

    id: str
    version: int
    recorded_on: date | None
    revoked: bool
    day: date
    at: datetime | None
    course: str
    content: str
    event: str
    accepted: bool
    assigned_to: date | None
    segments: tuple[Segment, ...]
    size: Fraction

    @property
    def order(self) -> tuple[date, str]:
        return self.day, self.id


@dataclass(frozen=True)
class Renewal:
    submitted_on: date | None = None
    late_fee_paid_on: date | None = None
    renewed_on: date | None = None


@dataclass(frozen=True)
class Override:
    required: Fraction | None = None
    window_open: date | None = None
    window_close: date | None = None


@dataclass(frozen=True)
class Held:
    """A credential the holder has: current from `first` to `last`."""

    name: str
    first: date | None
    last: date


@dataclass(frozen=True)
class Licence:
    issued_on: date
    practising_since: date
    statuses: tuple[tuple[date, bool], ...]  # from that day on, active or not; ascending
    held: tuple[Held, ...]
    renewals: Mapping[date, Renewal]
    overrides: Mapping[date, Override]
    met_before: tuple[tuple[str, date], ...]

    def holds(self, credential: str, day: date) -> bool:
        return any(held.name == credential and (held.first is None or held.first <= day) and day <= held.last for held in self.held)

    def inactive_between(self, first: date, last: date) -> bool:
        """Whether some day of `first`..`last` was not active."""
        return any(not active for _, _, active in self._stretches(first, last))

    def active_months(self, first: date, last: date) -> int:
        """Calendar months of `first`..`last` with at least one active day."""
        months: set[int] = set()
        for start, end, active in self._stretches(first, last):
            if active:
                months.update(range(months_between(first, start), months_between(first, end) + 1))
        return len(months)

    def _stretches(self, first: date, last: date) -> list[tuple[date, date, bool]]:
        """`first`..`last` cut where the status changes. A holder is active before the history begins."""
        found: list[tuple[date, date, bool]] = []
        start, active = first, True
        for day, status in self.statuses:
            if day > last:
                break
            if day > start:
                found.append((start, day - timedelta(days=1), active))
                start = day
            active = status
        if start <= last:
            found.append((start, last, active))
        return found


def licence_from(data: Mapping[str, Any]) -> Licence:
    """A case's `licence`."""
    issued_on = civil(data["issued_on"])
    return Licence(
        issued_on=issued_on,
        practising_since=_day(data, "practising_since") or issued_on,
        statuses=tuple(sorted(((civil(row["from"]), row["status"] == "active") for row in data.get("status_history", ())), key=lambda status: status[0])),
        held=tuple(Held(row["credential"], _day(row, "from"), civil(row["expires"])) for row in data.get("credentials", ())),
        renewals={
            civil(row["cycle_end"]): Renewal(_day(row, "submitted_on"), _day(row, "late_fee_paid_on"), _day(row, "renewed_on"))
            for row in data.get("renewals", ())
        },
        overrides={
            civil(row["cycle_end"]): Override(quantity(row["required"]) if "required" in row else None, _day(row, "window_open"), _day(row, "window_close"))
            for row in data.get("overrides", ())
        },
        met_before=tuple((row["code"], civil(row["cycle_end"])) for row in data.get("met_before", ())),
    )


def credits_from(rows: Iterable[Mapping[str, Any]]) -> tuple[Credit, ...]:
    """A case's `credits`, every version."""
    return tuple(_credit(row) for row in rows)


def known(credits: Iterable[Credit], as_of: date) -> tuple[Credit, ...]:
    """Of each credit the highest version recorded by `as_of`, by date and id."""
    latest: dict[str, Credit] = {}
    for credit in credits:
        if credit.recorded_on is not None and credit.recorded_on > as_of:
            continue
        if credit.id not in latest or latest[credit.id].version < credit.version:
            latest[credit.id] = credit
    return tuple(sorted(latest.values(), key=lambda credit: credit.order))


def _credit(data: Mapping[str, Any]) -> Credit:
    # A hands-on share that nobody stated is none: a rule that asks for one is not met by a guess.
    segments = tuple(_segment(row["units"], row["mode"], tuple(row["categories"]), row.get("hands_on_fraction", "0")) for row in data["segments"])
    course = data.get("course", data["id"])
    return Credit(
        id=data["id"],
        version=data.get("version", 1),
        recorded_on=_day(data, "recorded_on"),
        revoked=data.get("status") == "revoked",
        day=civil(data["date"]),
        at=instant(data["completed_at"]) if "completed_at" in data else None,
        course=course,
        content=data.get("content", course),
        event=data.get("event", data["id"]),
        accepted=data.get("review", "accepted") == "accepted",
        assigned_to=_day(data, "assigned_to"),
        segments=segments,
        size=sum((segment.units for segment in segments), Fraction(0)),
    )


@lru_cache(maxsize=4096)
def _segment(units: str, mode: str, categories: tuple[str, ...], hands_on: str) -> Segment:
    return Segment(quantity(units), mode, frozenset(categories), quantity(hands_on))


def _day(data: Mapping[str, Any], key: str) -> date | None:
    return civil(data[key]) if key in data else None
