"""Reads of the ledger that other apps and pages share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Prefetch, QuerySet

from core import clock
from credits.certificates.selectors import certificates_of  # noqa: F401  part of what other apps read here
from credits.models import Accreditation, Activity, Award, Claim, Dossier, Licence

DEFAULT_COVERAGE = Decimal("0.95")
DEFAULT_RATE_CAP = Decimal("2.0")


@dataclass(frozen=True)
class Policy:
    """What a learner must do for every approval at once. `passing_score` is a percentage, None when no approval sets one."""

    coverage: Decimal
    rate_cap: Decimal
    passing_score: int | None


def school_today() -> date:
    return clock.civil_date(clock.now(), settings.SCHOOL_TIME_ZONE)


def today_of(person: Any) -> date:
    """The day a person lives: what they complete now is dated by it, so where they stand is said by it too. A stranger's is the school's."""
    return clock.civil_date(clock.now(), person.time_zone) if person is not None and person.is_authenticated else school_today()


def accreditations_for(activity: Activity, *, on: date | None = None) -> list[Accreditation]:
    """The approvals in force on `on` (today by default), with their boards."""
    return list(activity.accreditations.in_force_on(on or school_today()).select_related("board"))


def strictest_policy(activity: Activity, *, on: date | None = None) -> Policy:
    """The policy that satisfies every approval in force on `on`; the school's own when there is none."""
    return _strictest(accreditations_for(activity, on=on))


def strictest_policies(activities: Iterable[int], *, on: date | None = None) -> dict[int, Policy]:
    """`strictest_policy` by activity pk, for many in one query."""
    found: dict[int, list[Accreditation]] = {pk: [] for pk in activities}
    if found:
        for row in Accreditation.objects.filter(activity__in=list(found)).in_force_on(on or school_today()):
            found[row.activity_id].append(row)
    return {pk: _strictest(rows) for pk, rows in found.items()}


def _strictest(rows: list[Accreditation]) -> Policy:
    return Policy(
        coverage=max((row.coverage_required for row in rows), default=DEFAULT_COVERAGE),
        rate_cap=min((row.rate_cap for row in rows), default=DEFAULT_RATE_CAP),
        passing_score=max((row.passing_score for row in rows if row.passing_score is not None), default=None),
    )


def hours_by_board(activities: Iterable[Activity]) -> dict[int, list[dict[str, Any]]]:
    """Per activity, what each board grants for it today: {board, board_code, units, unit, approved_title, mode}. One query."""
    found: dict[int, list[dict[str, Any]]] = {activity.pk: [] for activity in activities}
    rows = Accreditation.objects.filter(activity__in=list(found)).in_force_on(school_today()).select_related("board")
    for row in rows:
        found[row.activity_id].append(
            {
                "board": row.board.name,
                "board_code": row.board.code,
                "units": row.units,
                "unit": row.unit_printed,
                "approved_title": row.approved_title,
                "mode": row.mode,
            }
        )
    return found


def activity_facts(activity: Activity) -> dict[str, Any]:
    """An activity as it reads today, for a dossier: it may be edited later, what was completed may not."""
    return {
        "id": activity.pk,
        "title": activity.title,
        "description": activity.description,
        "instructor_name": activity.instructor_name,
        "instructor_credentials": activity.instructor_credentials,
        "components": activity.components,
    }


def licences_of(user: Any) -> list[Licence]:
    """The licences a person keeps up; archived ones are left out."""
    return list(Licence.objects.visible_to(user).on_file().select_related("board"))


def awards_of(user: Any) -> list[Award]:
    """A person's awards that were not superseded, newest first, each with its status, board, licence and entries. Two queries."""
    rows = Award.objects.visible_to(user).with_status().filter(superseded_by__isnull=True)
    return list(rows.select_related("board", "licence__board", "dossier__activity", "holder").prefetch_related("entries"))


def held_awards_count() -> int:
    return Award.objects.held().count()


def completions_of(user: Any) -> QuerySet[Dossier]:
    """A person's completions, newest first, each with `decided_claims` and `every_award` (superseded ones too) loaded."""
    claims = Claim.objects.select_related("licence__board")
    awards = Award.objects.with_status().select_related("board", "licence__board", "certificate").prefetch_related("entries")
    awards = awards.defer("certificate__staged", "certificate__credential_jwt", "certificate__snapshot")
    rows = Dossier.objects.visible_to(user).select_related("activity")
    return rows.prefetch_related(Prefetch("claims", claims, to_attr="decided_claims"), Prefetch("awards", awards, to_attr="every_award"))
