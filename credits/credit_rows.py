"""What a person holds for a board, as rows of the rules engine's vocabulary: one credit per completion, here or elsewhere, in all its versions.

This is the one place where what is on record becomes credits of a case, for one licence and for many. Whatever else may count
is loaded in `holdings_of` and written in `Holding.rows`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, QuerySet, Subquery

from core.clock import civil_date
from credits.categories import category_code
from credits.engine.quantities import text
from credits.external.rows import external_credits, external_entries, external_id
from credits.models import Award, AwardEntry, DeliveryMode, ExternalEntry, Licence


@dataclass(frozen=True)
class Holding:
    """What one person holds for one board."""

    awards: tuple[Any, ...] = ()  # every version, the earliest completion first
    external: tuple[ExternalEntry, ...] = ()  # every event of what was earned elsewhere

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The credits of a case."""
        return [row for award in self.awards for row in award_credits(award)] + external_credits(self.external)

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
    held: dict[tuple[int, int | None], list[Any]] = {(licence.user_id, licence.board_id): [] for licence in licences}
    people, boards = {licence.user_id for licence in licences}, {licence.board_id for licence in licences}
    for award in _awards(people, boards):
        awards = held.get((award.dossier.user_id, award.board_id))
        if awards is not None:  # people and boards are asked for apart, so a pair may be nobody's licence
            awards.append(award)
    elsewhere: dict[tuple[int, int | None], list[ExternalEntry]] = {}
    for entry in external_entries().filter(credit__user__in=people, credit__board__in=boards):
        elsewhere.setdefault((entry.credit.user_id, entry.credit.board_id), []).append(entry)
    found = {pair: Holding(tuple(awards), tuple(elsewhere.get(pair, ()))) for pair, awards in held.items()}
    return {licence.pk: found[licence.user_id, licence.board_id] for licence in licences}


def _awards(people: set[int], boards: set[int]) -> QuerySet[Award]:
    """Each with its status, with the moment it was revoked, and with what its dossier froze."""
    ended = AwardEntry.objects.filter(award=OuterRef("pk"), kind=AwardEntry.Kind.REVOKED).values("at")[:1]
    rows = Award.objects.with_status().filter(dossier__user__in=people, board__in=boards, units__isnull=False)
    rows = rows.annotate(revoked_at=Subquery(ended), offered_minutes=F("dossier__facts__offered__minutes"))
    rows = rows.select_related("dossier", "accreditation__board").defer("trace", "dossier__facts", "dossier__trace")
    return rows.order_by("completed_on", "dossier_id", "version")


def credit_id(award: Award) -> str:
    return f"completion:{award.dossier_id}"


def award_credits(award: Any) -> list[dict[str, Any]]:
    """One version of an award as the engine reads it, and its revocation, which is a version too: what was known before it stays as it was."""
    credit = award_credit(award)
    if award.revoked_at is None:
        return [credit]
    return [credit, credit | {"version": award.version + 1, "status": "revoked", "recorded_on": _school_day(award.revoked_at)}]


def award_credit(award: Any) -> dict[str, Any]:
    """One version of an award as it was recorded."""
    credit = {
        "id": credit_id(award),
        "version": award.version,
        "recorded_on": _school_day(award.recorded_at),
        "status": "active",
        "date": award.completed_on.isoformat(),
        "course": f"activity:{award.dossier.activity_id}",
        "review": "pending" if award.status == Award.Status.HELD else "accepted",
        "segments": _segments(award),
    }
    if award.completed_on == award.dossier.completed_on:
        credit["completed_at"] = award.dossier.completed_at.isoformat()
    return credit


def _school_day(moment: datetime) -> str:
    return civil_date(moment, settings.SCHOOL_TIME_ZONE).isoformat()


def _segments(award: Any) -> list[dict[str, Any]]:
    """One for each category the approval names; what it leaves over is of no topic. All bear the approval they rest on."""
    approval = f"approval:{award.accreditation.board.code}"
    share = _hands_on(award.offered_minutes)
    left, segments = award.units, []
    for part in [*award.category_split, None]:
        units = left if part is None else min(left, Decimal(str(part["units"])))
        if units > 0:
            categories = [approval] if part is None else [approval, category_code(str(part["category"]))]
            segments.append({"units": f"{units.normalize():f}", "mode": award.mode, "categories": categories} | ({"hands_on_fraction": share} if share else {}))
        left -= units
    return segments


def _hands_on(minutes: Any) -> str:
    """The hands-on share of the instruction that was offered, as its dossier froze it; "" when that says nothing of it."""
    total = sum(minutes.values()) if isinstance(minutes, dict) else 0
    return text(Fraction(minutes.get(DeliveryMode.IN_PERSON_HANDS_ON.value, 0), total)) if total else ""
