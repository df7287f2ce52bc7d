"""What a person holds for a board, as rows of the rules engine's vocabulary: one credit per completion, here or elsewhere, in all its versions.

This is the one place where what is on record becomes credits of a case, for one licence and for many. Whatever else may count
is loaded in `holdings_of`, with what stands behind it, and in `credits_of`, without; both write it by the same functions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from django.db.models import F, OuterRef, QuerySet, Subquery

from credits.categories import category_code
from credits.engine.quantities import text
from credits.external.rows import external_credits, external_entries, external_id
from credits.held_awards import Hold, entries_from, hold_entries, latest_hold, states
from credits.known_on import known_on
from credits.models import Award, AwardEntry, DeliveryMode, ExternalEntry, Licence

READ_AHEAD = 1000  # awards fetched at once
AWARDED = "completion:"  # how the ids of credits begin that were awarded here
T = TypeVar("T")
Pair = tuple[int, int | None]  # a person and a board


@dataclass(frozen=True)
class Holding:
    """What one person holds for one board."""

    awards: tuple[Any, ...] = ()  # every version, the earliest completion first
    external: tuple[ExternalEntry, ...] = ()  # every event of what was earned elsewhere

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The credits of a case."""
        return award_credits(map(AwardFacts.of, self.awards)) + external_credits(self.external)

    def held_on(self, day: date) -> dict[str, Hold]:
        """Why credits do not count that are held on `day`, by the credit's id."""
        newest = {}
        for award in map(AwardFacts.of, sorted(self.awards, key=lambda award: award.version) if any(award.hold_rows for award in self.awards) else ()):
            if _recorded_on(award) <= day.isoformat():
                newest[f"{AWARDED}{award.dossier}"] = award
        found = {name: _hold_on(award, day.isoformat()) for name, award in newest.items()}
        return {name: hold for name, hold in found.items() if hold}

    @property
    def sources(self) -> dict[str, Any]:
        """What stands behind each credit, by the credit's id: the award, or what was typed in, in its latest version."""
        return {credit_id(award): award for award in self.awards} | {external_id(entry.credit): entry.credit for entry in self.external}


def holding_of(licence: Licence) -> Holding:
    """What the holder of `licence` holds for its board. Costs two queries."""
    return holdings_of([licence])[licence.pk]


def holdings_of(licences: Collection[Licence]) -> dict[int, Holding]:
    """What the holder of each licence holds for its board, by the licence's key. Costs two queries, however many they are; none for none."""
    if not licences:
        return {}
    people, boards = _holders(licences)
    rows = _awards(people, boards).select_related("dossier", "accreditation__board").defer("trace", "dossier__facts", "dossier__trace")
    awards = _grouped((award.dossier.user_id, award.board_id, award) for award in rows)
    elsewhere = _elsewhere(people, boards)
    return {
        licence.pk: Holding(tuple(awards.get((licence.user_id, licence.board_id), ())), tuple(elsewhere.get((licence.user_id, licence.board_id), ())))
        for licence in licences
    }


def credits_of(licences: Collection[Licence]) -> dict[int, list[dict[str, Any]]]:
    """The `rows` of each licence's holding, for whoever needs nothing behind them: a third of the cost, in as many queries."""
    if not licences:
        return {}
    people, boards = _holders(licences)
    rows = _awards(people, boards).values_list("dossier__user", "board", *COLUMNS)
    awards = _grouped((person, board, AwardFacts._make(facts)) for person, board, *facts in rows.iterator(chunk_size=READ_AHEAD))
    elsewhere = _elsewhere(people, boards)
    found = {}
    for licence in licences:
        pair = licence.user_id, licence.board_id
        found[licence.pk] = award_credits(awards.get(pair, ())) + external_credits(elsewhere.get(pair, ()))
    return found


def _holders(licences: Collection[Licence]) -> tuple[set[int], set[int]]:
    """People and boards, asked for apart: what comes back may also be of a pair that has no licence among these."""
    return {licence.user_id for licence in licences}, {licence.board_id for licence in licences}


def _awards(people: set[int], boards: set[int]) -> QuerySet[Award]:
    """Each with the entries that hold or release it, the moment it was revoked, and the minutes its dossier froze; the earliest first."""
    ended = AwardEntry.objects.filter(award=OuterRef("pk"), kind=AwardEntry.Kind.REVOKED).values("at")[:1]
    rows = Award.objects.filter(dossier__user__in=people, board__in=boards, units__isnull=False)
    rows = rows.annotate(hold_rows=hold_entries(), revoked_at=Subquery(ended), offered_minutes=F("dossier__facts__offered__minutes"))
    return rows.order_by("completed_on", "dossier_id", "version")


def _elsewhere(people: set[int], boards: set[int]) -> dict[Pair, list[ExternalEntry]]:
    entries = external_entries().filter(credit__user__in=people, credit__board__in=boards)
    return _grouped((entry.credit.user_id, entry.credit.board_id, entry) for entry in entries)


def _grouped(rows: Iterable[tuple[int, int | None, T]]) -> dict[Pair, list[T]]:
    found: dict[Pair, list[T]] = {}
    for person, board, row in rows:
        found.setdefault((person, board), []).append(row)
    return found


def credit_id(award: Award) -> str:
    return f"{AWARDED}{award.dossier_id}"


class AwardFacts(NamedTuple):
    """What of one version of an award makes a credit of a case."""

    dossier: int
    version: int
    recorded_at: datetime
    completed_on: date
    units: Decimal
    split: list[dict[str, Any]]
    mode: str
    hold_rows: list[dict[str, Any]]  # of `hold_entries`
    revoked_at: datetime | None
    activity: int
    fixed_on: date  # the day of the completion, as its dossier has it
    fixed_at: datetime
    approval: str  # the code of the board whose approval it rests on
    minutes: Any
    origin: str
    zone: str  # where it was completed

    @property
    def is_original(self) -> bool:
        """`Award.is_original`."""
        return self.origin == Award.Origin.IMPORTED and self.version == 1

    @classmethod
    def of(cls, award: Any) -> AwardFacts:
        dossier = award.dossier
        return cls(
            award.dossier_id, award.version, award.recorded_at, award.completed_on, award.units, award.category_split, award.mode, award.hold_rows,
            award.revoked_at, dossier.activity_id, dossier.completed_on, dossier.completed_at, award.accreditation.board.code, award.offered_minutes,
            award.origin, dossier.zone,
        )  # fmt: skip


# The columns behind its fields, in their order.
COLUMNS = (
    "dossier_id", "version", "recorded_at", "completed_on", "units", "category_split", "mode", "hold_rows", "revoked_at", "dossier__activity_id",
    "dossier__completed_on", "dossier__completed_at", "accreditation__board__code", "offered_minutes", "origin", "dossier__zone",
)  # fmt: skip


def award_credits(awards: Iterable[AwardFacts]) -> list[dict[str, Any]]:
    """What a person was awarded as the engine reads it: every version of each award, and each day from which it was held, counted again or was revoked.

    A state is a version of its own, so what was known on an earlier day stays as it was. Versions of one completion are numbered in their order.
    """
    written = [(award, _versions(award)) for award in awards]
    more = [(award.dossier, award.version, len(rows) - 1) for award, rows in written if len(rows) > 1]
    if more:
        for award, rows in written:
            before = sum(count for dossier, version, count in more if dossier == award.dossier and version < award.version)
            for row in rows:
                row["version"] += before
    return [row for _award, rows in written for row in rows]


def award_credit(award: Any) -> dict[str, Any]:
    """One version of an award as it was recorded."""
    return _credit(AwardFacts.of(award))


def _versions(award: AwardFacts) -> list[dict[str, Any]]:
    credit = _credit(award)
    found = _held_and_released(award, credit) if award.hold_rows else [credit]
    if award.revoked_at is not None:
        found.append(found[-1] | {"version": found[-1]["version"] + 1, "status": "revoked", "recorded_on": known_on(award.revoked_at, award.zone)})
    return found


def released_rows(rows: list[dict[str, Any]], as_of: date) -> list[dict[str, Any]]:
    """The credits of a case with those accepted that are held, or wait for review, on `as_of`; empty where none is."""
    newest: dict[str, dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: int(row["version"])):
        if row["recorded_on"] <= as_of.isoformat():
            newest[row["id"]] = row
    waiting = {name for name, row in newest.items() if row["review"] == "pending" and row["status"] == "active"}
    return [row | {"review": "accepted"} if row["id"] in waiting else row for row in rows] if waiting else []


def _held_and_released(award: AwardFacts, credit: dict[str, Any]) -> list[dict[str, Any]]:
    """A version for each day that ended otherwise than the one before; the last word of a day is what is known from it on."""
    reviews = {credit["recorded_on"]: "accepted"}
    for at, is_held in states(entries_from(award.hold_rows)):
        reviews[max(credit["recorded_on"], known_on(at, award.zone))] = "pending" if is_held else "accepted"
    found: list[dict[str, Any]] = []
    for day, review in reviews.items():
        if not found or found[-1]["review"] != review:
            found.append(credit | {"version": award.version + len(found), "recorded_on": day, "review": review})
    return found


def _hold_on(award: AwardFacts, day: str) -> Hold | None:
    if award.revoked_at is not None and known_on(award.revoked_at, award.zone) <= day:
        return None
    return latest_hold(entry for entry in entries_from(award.hold_rows) if known_on(entry.at, award.zone) <= day)


def _recorded_on(award: AwardFacts) -> str:
    """A paper from before this system was known to its holder and their board when it was issued, not when it was entered here."""
    return award.completed_on.isoformat() if award.is_original else known_on(award.recorded_at, award.zone)


def _credit(award: AwardFacts) -> dict[str, Any]:
    split = tuple((str(part["category"]), str(part["units"])) for part in award.split)
    credit = {
        "id": f"{AWARDED}{award.dossier}",
        "version": award.version,
        "recorded_on": _recorded_on(award),
        "status": "active",
        "date": award.completed_on.isoformat(),
        "course": f"activity:{award.activity}",
        "review": "accepted",
        "segments": [dict(segment) for segment in _segments(award.units, split, award.mode, award.approval, _hands_on(award.minutes))],
    }
    if award.completed_on == award.fixed_on:
        credit["completed_at"] = award.fixed_at.isoformat()
    return credit


@lru_cache(maxsize=4096)
def _segments(left: Decimal, split: tuple[tuple[str, str], ...], mode: str, approved_by: str, share: str) -> list[dict[str, Any]]:
    """One for each category the approval names; what it leaves over is of no topic. All bear the approval they rest on."""
    approval, segments = f"approval:{approved_by}", []
    for category, part in (*split, (None, "")):
        units = left if category is None else min(left, Decimal(part))
        if units > 0:
            categories = [approval] if category is None else [approval, category_code(category)]
            segments.append({"units": f"{units.normalize():f}", "mode": mode, "categories": categories} | ({"hands_on_fraction": share} if share else {}))
        left -= units
    return segments


def _hands_on(minutes: Any) -> str:
    """The hands-on share of the instruction that was offered, as its dossier froze it; "" when that says nothing of it."""
    if not isinstance(minutes, dict):
        return ""
    return _share(minutes.get(DeliveryMode.IN_PERSON_HANDS_ON.value, 0), sum(minutes.values()))


@lru_cache(maxsize=4096)
def _share(part: int, total: int) -> str:
    return text(Fraction(part, total)) if total else ""
