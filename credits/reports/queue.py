"""What is to be reported: every award that stands with no regulator yet, and every entry that no longer says what its award says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from credits.models import Award, AwardEntry, Certificate, CompletionFlag, OfficerTask, ReportBatch, ReportCourse, ReportOmission, ReportRoute, ReportRow
from credits.models.awards import latest_kind
from credits.models.consents import latest_consent
from credits.reports.duties import Duty, duties
from credits.reports.layouts import differences, entry_of, numbers_of, payload_of
from credits.reports.preflight import Problem, problems_of, same_entry
from credits.reports.systems import layouts

# Only what was earned here and recorded here: imported and external credit is nobody's to report.
REPORTED_ORIGINS = (Award.Origin.COMPLETION, Award.Origin.BY_HAND)


@dataclass(frozen=True)
class Waiting:
    """One row that is to go into a batch, or says why it can not."""

    award: Award
    route: ReportRoute
    action: str
    corrects: ReportRow | None
    payload: dict[str, Any]
    entry: str
    problems: tuple[Problem, ...]
    due_on: date | None
    is_own_aim: bool  # the school's own aim, where the board's text names no deadline
    open_batch: int | None  # the pk of the draft or locked batch it is in

    @property
    def key(self) -> str:
        return f"{self.entry}|v{self.award.version}"

    @property
    def is_ready(self) -> bool:
        return not self.problems

    def is_overdue(self, today: date) -> bool:
        return self.due_on is not None and self.due_on < today


@dataclass(frozen=True)
class Divergence:
    """An entry that stands with a regulator and no longer says what the award says."""

    row: ReportRow
    award: Award  # the version that counts now
    is_revoked: bool
    changes: tuple[str, ...]
    payload: dict[str, Any]
    open_batch: int | None  # the draft or locked batch that corrects it
    refused_row: int | None  # the last correction of it that was refused

    @property
    def task_key(self) -> str:
        return correction_key(self.row.pk, self.award.pk)


def correction_key(row: int, award: int) -> str:
    return f"late-correction:{row}:{award}"


def due_on(award: Award, route: ReportRoute, duty: Duty | None) -> tuple[date | None, bool]:
    """The last day to report, and whether it is only the school's own aim."""
    by_text = duty.due_on(award.completed_on, expires_on=award.licence.expires_on if award.licence else None) if duty else None
    if by_text or route.own_days is None:
        return by_text, False
    return award.completed_on + timedelta(days=route.own_days), True


def waiting(routes: Sequence[ReportRoute], *, today: date) -> list[Waiting]:
    """Everything that is to be reported on these routes, the most urgent first. A constant number of queries."""
    if not routes:
        return []
    by_board, asked, courses = {route.board_id: route for route in routes}, duties(), _courses(routes)
    awards = list(_unreported(routes))
    refused = ReportRow.objects.select_related("batch").in_bulk([award.refused_row for award in awards if award.refused_row])
    drafted = [_drafted(award, by_board[award.board_id], courses) for award in awards]
    taken = _taken([entry for _payload, entry, _numbers in drafted])
    found: list[Waiting] = []
    ready: set[str] = set()
    for award, (payload, entry, numbers) in zip(awards, drafted, strict=True):
        route = by_board[award.board_id]
        duty = asked.get(route.board.code)
        other = next((row for row in taken.get(entry, []) if row.award.key != award.key), None)
        problems = problems_of(
            award,
            route,
            numbers,
            is_suspended=award.is_suspended_now,
            asks_consent=bool(duty and duty.needs_consent),
            consent=award.consent,
            today=today,
            payload=payload,
            refused=refused.get(award.refused_row),
            taken=other,
        )
        if not problems and entry in ready:
            problems = [same_entry(award)]
        ready |= {entry} if not problems else set()
        due, is_own = due_on(award, route, duty)
        found.append(Waiting(award, route, ReportRow.Action.REPORT, None, payload, entry, tuple(problems), due, is_own, award.open_batch))
    found += _amendments(routes, today, courses)
    return sorted(found, key=lambda item: (item.due_on or date.max, item.award.completed_on, item.award.pk))


def _drafted(award: Any, route: ReportRoute, courses: dict[tuple[int, int], ReportCourse]) -> tuple[dict[str, Any], str, Any]:
    numbers = numbers_of(award, route, courses.get((route.pk, award.accreditation_id)))
    payload = payload_of(award, route, numbers)
    return payload, entry_of(route.board.code, payload), numbers


def _courses(routes: Iterable[ReportRoute]) -> dict[tuple[int, int], ReportCourse]:
    return {(row.route_id, row.accreditation_id): row for row in ReportCourse.objects.filter(route__in=[route.pk for route in routes])}


def _with_everything(awards: QuerySet[Award]) -> QuerySet[Award]:
    related = awards.select_related("board", "accreditation", "holder", "licence", "dossier__user")
    return related.prefetch_related("dossier__user__legal_names").defer("trace", "dossier__facts", "dossier__trace")


def award_with_everything(pk: int) -> Award:
    """One award with all that `payload_of` reads, and its status."""
    return _with_everything(Award.objects.with_status()).get(pk=pk)


def _unreported(routes: Sequence[ReportRoute]) -> QuerySet[Any]:
    """Current awards whose chain of versions stands with no regulator. Adds `consent`, `refused_row`, `open_batch` and `is_suspended_now`."""
    chain = ReportRow.objects.filter(award__key=OuterRef("key"))
    live = chain.live()
    suspended = Certificate.objects.filter(award=OuterRef("pk"), state=Certificate.State.SUSPENDED)
    scope = reduce(or_, (Q(board=route.board_id, completed_on__gte=route.report_from) for route in routes))
    rows = Award.objects.filter(scope, accreditation__isnull=False, origin__in=REPORTED_ORIGINS).current()
    rows = rows.annotate(
        consent=latest_consent("dossier__user", "board"),
        is_suspended_now=Exists(CompletionFlag.objects.suspending().filter(dossier=OuterRef("dossier"))) | Exists(suspended),
        refused_row=Subquery(chain.filter(outcome=ReportRow.Outcome.REFUSED).order_by("-pk").values("pk")[:1]),
        open_batch=Subquery(live.exclude(batch__state=ReportBatch.State.POSTED).values("batch")[:1]),
    )
    is_posted, is_left_out = Exists(live.posted()), Exists(ReportOmission.objects.standing().filter(award__key=OuterRef("key")))
    return _with_everything(rows.filter(~is_posted, ~is_left_out).order_by("completed_on", "pk"))


def _taken(entries: Iterable[str]) -> dict[str, list[ReportRow]]:
    found: dict[str, list[ReportRow]] = {}
    for row in ReportRow.objects.live().filter(entry__in=set(entries)).select_related("award", "batch").order_by("pk"):
        found.setdefault(row.entry, []).append(row)
    return found


def divergences(routes: Sequence[ReportRoute]) -> list[Divergence]:
    """Entries that stand and disagree with their award, less those somebody settled. A constant number of queries."""
    by_board, courses = {route.board_id: route for route in routes}, _courses(routes)
    ended = [AwardEntry.Kind.SUPERSEDED, AwardEntry.Kind.REVOKED]
    corrections = ReportRow.objects.filter(corrects=OuterRef("pk"))
    kind = Subquery(AwardEntry.objects.deciding().filter(award=OuterRef("award")).order_by("-pk").values("kind")[:1])
    rows = ReportRow.objects.live().posted().filter(batch__board__in=by_board).exclude(action=ReportRow.Action.WITHDRAW)
    rows = rows.annotate(
        award_kind=kind,
        open_batch=Subquery(corrections.live().exclude(batch__state=ReportBatch.State.POSTED).values("batch")[:1]),
        refused_row=Subquery(corrections.filter(outcome=ReportRow.Outcome.REFUSED).order_by("-pk").values("pk")[:1]),
    )
    rows = rows.filter(~Exists(corrections.live().posted()), award_kind__in=ended)
    standing: list[Any] = list(rows.select_related("award", "batch__board").order_by("pk"))
    latest = _latest_versions({row.award.key for row in standing})
    found = [_divergence(row, latest[row.award.key], by_board[row.batch.board_id], courses) for row in standing]
    real = [one for one in found if one and one.row.agreed_award_id != one.award.pk]
    settled = OfficerTask.objects.filter(key__in=[one.task_key for one in real], settled_at__isnull=False).values_list("key", flat=True)
    done = set(settled)
    return [one for one in real if one.task_key not in done]


def _latest_versions(keys: set[str]) -> dict[str, Award]:
    rows = _with_everything(Award.objects.filter(key__in=keys).annotate(last_kind=latest_kind()))
    return {award.key: award for award in rows.order_by("version")}


def _divergence(row: Any, award: Award, route: ReportRoute, courses: dict[tuple[int, int], ReportCourse]) -> Divergence | None:
    payload, _entry, _numbers = _drafted(award, route, courses)
    if award.status == Award.Status.REVOKED:
        return Divergence(row, award, True, (), payload, row.open_batch, row.refused_row)
    changes = differences(row.batch.layout, row.payload, payload)
    return Divergence(row, award, False, tuple(changes), payload, row.open_batch, row.refused_row) if changes else None


def _amendments(routes: Sequence[ReportRoute], today: date, courses: dict[tuple[int, int], ReportCourse]) -> list[Waiting]:
    """Rows that correct or take back an accepted entry, where the layout knows such rows."""
    able = {route.board_id: route for route in routes if layouts()[route.layout].knows_amendments}
    found = divergences(list(able.values())) if able else []
    found = [one for one in found if one.row.outcome == ReportRow.Outcome.ACCEPTED and one.row.batch.layout == able[one.row.batch.board_id].layout]
    refused = ReportRow.objects.select_related("batch").in_bulk([one.refused_row for one in found if one.refused_row])
    return [_amendment(one, able[one.row.batch.board_id], courses, today, refused.get(one.refused_row or 0)) for one in found]


def _amendment(one: Divergence, route: ReportRoute, courses: dict[tuple[int, int], ReportCourse], today: date, refused: ReportRow | None) -> Waiting:
    """A correction is due whatever the consent says by now: it mends what was reported with it."""
    payload = one.row.payload if one.is_revoked else one.payload
    numbers = numbers_of(one.award, route, courses.get((route.pk, one.award.accreditation_id or 0)))
    found = problems_of(
        one.award, route, numbers, is_suspended=False, asks_consent=False, consent=None, today=today, payload=payload, refused=refused, taken=None
    )
    problems = tuple(problem for problem in found if not one.is_revoked or problem.code == "refused_before")
    action = ReportRow.Action.WITHDRAW if one.is_revoked else ReportRow.Action.AMEND
    return Waiting(one.award, route, action, one.row, payload, entry_of(route.board.code, payload), problems, None, False, one.open_batch)
