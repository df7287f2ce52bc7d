"""What each board grants for a completion, and the versions of that answer as facts became known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import zip_longest
from typing import Any

from credits.engine.dates import add_days, civil, within
from credits.engine.quantities import ZERO, quantity, text
from credits.engine.values import units_of

Object = Mapping[str, Any]
Split = tuple[tuple[str, Fraction], ...]
VALID_ON = {"completion": "date", "enrolment": "enrolled_on", "event_start": "started_on"}


@dataclass(frozen=True)
class Decision:
    """What a board grants: units with their split, or none and the reason."""

    accreditation: Object | None
    units: Fraction = ZERO
    split: Split = ()
    reason: str | None = None


@dataclass(frozen=True)
class Version:
    number: int
    recorded_on: date
    completion: Object  # as it was known
    decision: Decision

    @property
    def told(self) -> tuple[Any, ...]:
        """What a certificate and a report say; when it changes, the next version is made."""
        holder = self.completion.get("holder")
        return self.decision.units, self.decision.split, self.decision.reason, holder and (holder["name"], holder["licence_number"])

    @property
    def deadline(self) -> date | None:
        granted = self.decision.accreditation
        if granted is None or "report_within_days" not in granted:
            return None
        return add_days(civil(self.completion["date"]), granted["report_within_days"])


@dataclass(frozen=True)
class Known:
    """The highest versions that were on record on a day."""

    day: date
    completions: dict[str, Object]
    accreditations: dict[tuple[str, str], list[Object]]  # by board and course

    @classmethod
    def on(cls, day: date, case: Object) -> Known:
        accreditations: dict[tuple[str, str], list[Object]] = {}
        for row in _highest(case["accreditations"], day).values():
            accreditations.setdefault((row["board"], row["course"]), []).append(row)
        return cls(day, _highest(case["completions"], day), accreditations)


def awards(case: Object) -> dict[str, Any]:
    """The operation: the latest version for every completion and board, and the ones it replaced."""
    recorded = {civil(row["recorded_on"]) for row in (*case["completions"], *case["accreditations"])}
    history = [Known.on(day, case) for day in sorted(recorded) if day <= civil(case["as_of"])]
    current, superseded = [], []
    for completion in sorted({completion["id"] for completion in case["completions"]}):
        for board in sorted(case["boards"]):
            lines = list(_lines(case, history, completion, board))
            superseded.extend(lines[:-1])
            current.extend(lines[-1:])
    return {"as_of": case["as_of"], "awards": current, "superseded": superseded}


def decide(completion: Object, own: list[Object]) -> Decision:
    """What a board grants for `completion`, by its `own` accreditations of the course in the versions known.

    Of several that are valid on the day, the one valid from the latest day wins, then the highest id.
    """
    if completion.get("status") == "revoked":
        return Decision(None, reason="revoked")
    if not own:
        return Decision(None, reason="not_accredited")
    valid = [row for row in own if within(civil(completion[VALID_ON[row["valid_on"]]]), row["valid"])]
    if not valid:
        return Decision(None, reason="approval_not_valid")
    accreditation = max(valid, key=lambda row: (row["valid"].get("from", ""), row["id"]))
    if not accreditation["listed"]:
        return Decision(accreditation, reason="course_not_listed")
    components = _counted(accreditation, completion["segments"])
    if not components:
        return Decision(accreditation, reason="partial_attendance")
    units = _units(accreditation, components)
    if not units:
        return Decision(accreditation, reason="below_minimum")
    return Decision(accreditation, units, _split(accreditation, components))


def _counted(accreditation: Object, segments: list[Object]) -> list[Object]:
    """The segments that count, as components; none when the board wants all and one is missing."""
    if accreditation["partial_credit"] == "actual_time":
        return [{**segment, "minutes": text(stayed)} for segment in segments if (stayed := _minutes_stayed(segment)) > 0]
    tolerance = accreditation.get("late_tolerance_minutes", 0)
    counted = [
        segment
        for segment in segments
        if segment.get("attended", True) and segment.get("late_minutes", 0) <= tolerance and segment.get("early_minutes", 0) <= tolerance
    ]
    return [] if accreditation["partial_credit"] == "none" and len(counted) < len(segments) else counted


def _minutes_stayed(segment: Object) -> Fraction:
    if not segment.get("attended", True):
        return ZERO
    return quantity(segment["minutes"]) - segment.get("late_minutes", 0) - segment.get("early_minutes", 0)


def _units(accreditation: Object, components: list[Object]) -> Fraction:
    """The fixed amount, or what the definition of an hour makes of the components, or the lesser of both."""
    amounts = [quantity(accreditation["units"])] if "units" in accreditation else []
    if "hour_definition" in accreditation:
        amounts.append(units_of(accreditation["hour_definition"], components))
    return min(amounts)


def _split(accreditation: Object, components: list[Object]) -> Split:
    """Units by category, by name. A segment of two categories is in both."""
    if "hour_definition" in accreditation:
        names = sorted({name for component in components for name in component["categories"]})
        return tuple((name, _units(accreditation, [component for component in components if name in component["categories"]])) for name in names)
    return tuple(sorted((part["category"], quantity(part["units"])) for part in accreditation.get("category_split", ())))


def _lines(case: Object, history: list[Known], completion: str, board: str) -> Iterator[dict[str, Any]]:
    """The versions of one award as the result has them, oldest first."""
    versions = list(_versions(history, completion, board))
    told = (civil(row["on"]) for row in case.get("reported", ()) if (row["completion"], row["board"]) == (completion, board))
    reported = [day for day in told if versions and versions[0].recorded_on <= day <= civil(case["as_of"])]
    for version, following in zip_longest(versions, versions[1:]):
        yield _line(version, following, board, reported)


def _versions(history: list[Known], completion: str, board: str) -> Iterator[Version]:
    """The question asked again on each day something was recorded; an answer that tells something new is the next version."""
    latest, before = None, None
    for known in history:
        row = known.completions.get(completion)
        if row is None:
            continue
        facts = row, known.accreditations.get((board, row["course"]), [])
        if facts == before:
            continue
        before = facts
        version = Version(latest.number + 1 if latest else 1, known.day, row, decide(*facts))
        if latest is None or version.told != latest.told:
            latest = version
            yield version


def _highest(rows: Iterable[Object], day: date) -> dict[str, Object]:
    """The highest version of each row that was recorded by that day."""
    recorded = (row for row in rows if civil(row["recorded_on"]) <= day)
    return {row["id"]: row for row in sorted(recorded, key=lambda row: row["version"])}


def _line(version: Version, following: Version | None, board: str, reported: list[date]) -> dict[str, Any]:
    decision = version.decision
    report = _report(version, following, reported)
    accreditation = decision.accreditation
    deadline = version.deadline if report != "none" else None
    return {
        "completion": version.completion["id"],
        "board": board,
        "version": version.number,
        "accreditation": f"{accreditation['id']}@{accreditation['version']}" if accreditation else None,
        "units": text(decision.units),
        "unit": accreditation["unit"] if accreditation else None,
        "by_category": [{"category": category, "units": text(units)} for category, units in decision.split],
        "reason": decision.reason,
        "recorded_on": version.recorded_on.isoformat(),
        "certificate": _certificate(decision, following),
        "report": report,
        "report_due": deadline.isoformat() if deadline else None,
    }


def _certificate(decision: Decision, following: Version | None) -> str:
    """Each version with units has a certificate; the next version replaces it, or takes it back when that grants nothing."""
    if not decision.units:
        return "none"
    if following is None:
        return "valid"
    return "superseded" if following.decision.units else "revoked"


def _report(version: Version, following: Version | None, reported: list[date]) -> str:
    """Whether the board was told of this version, must be corrected, is still to be told, or need not be."""
    if any(version.recorded_on <= day and (following is None or day < following.recorded_on) for day in reported):
        return "reported"
    if any(day < version.recorded_on for day in reported):
        return "correction_required"
    return "due" if following is None and version.decision.units and version.deadline else "none"
