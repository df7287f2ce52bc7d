"""Where many licences stand: what `standing_of_licence` says of each, in figures, at a small part of its cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

from credits.credit_rows import AWARDED, credits_of
from credits.engine.run import is_error
from credits.models import Licence
from credits.models.licences import LicenceQuerySet
from credits.rulebook import BoardRules, known
from credits.standings import deadline_of, gap_under, rests_on_verified
from credits.terms import Terms, terms_of

CHUNK = 200  # licences in memory at once; with thirty awards each these are some 20 MB


@dataclass(frozen=True)
class EarlierCycle:
    """The cycle before the one that holds the day. Until `deadline` it may still be completed with late credit, where the board has that."""

    end: date
    deadline: date
    status: str
    needed: Decimal | None


@dataclass(frozen=True)
class BatchStanding:
    """The cycle that holds the day, in the board's own unit. With a `gap_code` the status is "unknown" and there are no figures."""

    licence_id: int
    user_id: int
    board: str
    status: str
    gap_code: str = ""
    cycle_start: date | None = None
    cycle_end: date | None = None
    deadline: date | None = None
    required: Decimal | None = None
    applied: Decimal | None = None
    needed: Decimal | None = None
    missing: tuple[tuple[str, Decimal], ...] = ()  # minima by their codes
    held: Decimal = Decimal(0)  # units of awards that are held, which do not count meanwhile
    rule_id: str = ""
    rule_version: int | None = None
    is_verified: bool = False
    blocked_by: tuple[str, ...] = ()  # credentials that must be current and are not
    before: EarlierCycle | None = None

    @property
    def is_deficient(self) -> bool:
        """Whether something must still be done for this cycle."""
        return bool(self.needed or self.blocked_by)


@dataclass(frozen=True)
class Change:
    licence_id: int
    before: BatchStanding
    after: BatchStanding


def standings_of(licences: LicenceQuerySet, as_of: date, *, rules: Mapping[str, BoardRules] | None = None) -> Iterator[BatchStanding]:
    """The standing of each of `licences`, in their order, under the rules known or those given by board code.

    Reads by a server-side cursor, a chunk at a time, in a constant number of queries for each chunk.
    """
    terms = _Terms(known() if rules is None else rules)
    for licence, rows in _with_credits(licences):
        yield _standing(licence, as_of, rows, terms.of(licence.board.code))


def compare(licences: LicenceQuerySet, as_of: date, before: BoardRules | None, after: BoardRules) -> Iterator[Change]:
    """Which of `licences` stand otherwise under `after` than under `before`, which are rules of the same board.

    Licences of other boards are left out. The same figures by another row, or by another version of one, are no change.
    """
    old, new = (terms_of(before) if before else None), terms_of(after)
    for licence, rows in _with_credits(licences.filter(board__code=after.board)):
        change = Change(licence.pk, _standing(licence, as_of, rows, old), _standing(licence, as_of, rows, new))
        if _figures(change.before) != _figures(change.after):
            yield change


class _Terms:
    """The terms of each board, made when its first licence comes."""

    def __init__(self, rules: Mapping[str, BoardRules]) -> None:
        self.rules = rules
        self._made: dict[str, Terms | None] = {}

    def of(self, board: str) -> Terms | None:
        if board not in self._made:
            rules = self.rules.get(board)
            self._made[board] = terms_of(rules) if rules else None
        return self._made[board]


def _with_credits(licences: LicenceQuerySet) -> Iterator[tuple[Licence, list[dict[str, Any]]]]:
    found = licences.with_facts().iterator(chunk_size=CHUNK)
    while chunk := list(islice(found, CHUNK)):
        held = credits_of(chunk)
        for licence in chunk:
            yield licence, held[licence.pk]


def _standing(licence: Licence, as_of: date, rows: list[dict[str, Any]], terms: Terms | None) -> BatchStanding:
    unknown = BatchStanding(licence.pk, licence.user_id, licence.board.code, "unknown")
    gap = gap_under(terms.rules if terms else None, licence, as_of, terms.needs if terms else None)
    if terms is None or gap:
        return replace(unknown, gap_code=gap.code if gap else "no_rules")
    result = terms.result(licence, as_of, rows)
    if is_error(result):
        return replace(unknown, gap_code="facts_unfit")
    *earlier, row = result["cycles"]
    rule = row["rule"] or {}
    return BatchStanding(
        licence_id=licence.pk,
        user_id=licence.user_id,
        board=licence.board.code,
        status=row["status"],
        cycle_start=date.fromisoformat(row["start"]),
        cycle_end=date.fromisoformat(row["end"]),
        deadline=deadline_of(row, as_of),
        required=_decimal(row["required"]),
        applied=_decimal(row["applied"]),
        needed=_decimal(row["additional_needed"]),
        missing=tuple((minimum["code"], Decimal(minimum["units"])) for minimum in row["minima_missing"]),
        held=_held(row),
        rule_id=rule.get("id", ""),
        rule_version=rule.get("version"),
        is_verified=rests_on_verified(terms.rules, row),
        blocked_by=tuple(row["blocked_by"]),
        before=_earlier(earlier[-1], as_of) if earlier else None,
    )


def _held(row: Mapping[str, Any]) -> Decimal:
    held = (line for line in row["dispositions"] if line["reason"] == "review_not_accepted" and line["credit"].startswith(AWARDED))
    return sum((Decimal(line["units"]) for line in held), Decimal(0))


def _earlier(row: Mapping[str, Any], as_of: date) -> EarlierCycle:
    return EarlierCycle(date.fromisoformat(row["end"]), deadline_of(row, as_of), row["status"], _decimal(row["additional_needed"]))


def _decimal(amount: str | None) -> Decimal | None:
    return None if amount is None else Decimal(amount)


def _figures(standing: BatchStanding) -> BatchStanding:
    return replace(standing, held=Decimal(0), rule_id="", rule_version=None, is_verified=False)
