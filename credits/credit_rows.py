"""What a person holds for a board, as rows of the rules engine's vocabulary: one credit per completion, in all its versions."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.db.models import F, OuterRef, Subquery

from core.clock import civil_date
from credits.categories import category_code
from credits.engine.quantities import text
from credits.models import Award, AwardEntry, DeliveryMode, Licence
from credits.models.awards import AwardQuerySet


def awards_of(licence: Licence) -> list[Any]:
    """Every version of the person's awards for the board, the earliest first, each with its status and what its dossier froze."""
    return list(_with_facts(Award.objects.visible_to(licence.user).filter(board=licence.board_id)))


def credits_of_person(user: Any, licences: Iterable[Licence]) -> dict[int, list[dict[str, Any]]]:
    """What a person holds for each of their `licences`, as the engine reads it, by the licence's pk. One query for all of them."""
    boards = {licence.pk: licence.board_id for licence in licences}
    by_board: dict[int | None, list[dict[str, Any]]] = {}
    for award in _with_facts(Award.objects.visible_to(user).filter(board__in=set(boards.values()))):
        by_board.setdefault(award.board_id, []).append(award_credit(award))
    return {licence: by_board.get(board, []) for licence, board in boards.items()}


def _with_facts(awards: AwardQuerySet) -> AwardQuerySet:
    ended = AwardEntry.objects.filter(award=OuterRef("pk"), kind=AwardEntry.Kind.REVOKED).values("at")[:1]
    rows = awards.with_status().filter(units__isnull=False)
    rows = rows.annotate(revoked_at=Subquery(ended), offered_minutes=F("dossier__facts__offered__minutes"))
    rows = rows.select_related("dossier", "accreditation__board").defer("trace", "dossier__facts", "dossier__trace")
    return rows.order_by("completed_on", "dossier_id", "version")


def credit_id(award: Award) -> str:
    return f"completion:{award.dossier_id}"


def award_credit(award: Any) -> dict[str, Any]:
    """One version of an award as the engine reads it. A revocation is a version too: what was known before it stays as it was."""
    credit = {
        "id": credit_id(award),
        "version": award.version if award.revoked_at is None else award.version + 1,
        "recorded_on": civil_date(award.revoked_at or award.recorded_at, settings.SCHOOL_TIME_ZONE).isoformat(),
        "status": "active" if award.revoked_at is None else "revoked",
        "date": award.completed_on.isoformat(),
        "course": f"activity:{award.dossier.activity_id}",
        "review": "pending" if award.status == Award.Status.HELD else "accepted",
        "segments": _segments(award),
    }
    if award.completed_on == award.dossier.completed_on:
        credit["completed_at"] = award.dossier.completed_at.isoformat()
    return credit


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
