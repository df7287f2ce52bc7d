"""The clock of the post room: run every hour and after each event, it puts what is due and what must be mended on the officers' list."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import Role, User
from credits.models import Award, OfficerTask, ReportOmission, ReportRow
from credits.reports.consents import ask_for_consent
from credits.reports.corrections import raise_correction
from credits.reports.queue import Waiting, divergences, waiting
from credits.reports.routes import routes_in_use
from credits.selectors import school_today
from credits.services import raise_task, settle_task
from notifications.services import send_mail_once

ON_THE_LIST_BEFORE = timedelta(days=7)  # how long before its last day a report becomes a task
MAIL_BEFORE = timedelta(days=2)  # how long before it officers get mail, and every day from then on

Due = tuple[str, date]  # board code, last day


def review_reports(*, today: date | None = None) -> None:
    """Ask for consents, raise and settle tasks, write to officers. Running it again changes nothing."""
    today, routes = today or school_today(), routes_in_use()
    items = [item for item in waiting(routes, today=today) if item.action == ReportRow.Action.REPORT]
    for item in items:
        if any(problem.code == "consent_missing" for problem in item.problems):
            with transaction.atomic():
                ask_for_consent(award=item.award)
    _raise_due(items, today)
    _raise_corrections(divergences(routes) if routes else [])
    _settle_refusals()
    _write_to_officers(items, today)


def due_groups(items: list[Waiting]) -> dict[Due, list[Waiting]]:
    """What is not with the regulator yet, by board and last day."""
    groups: dict[Due, list[Waiting]] = {}
    for item in items:
        if item.due_on:
            groups.setdefault((item.route.board.code, item.due_on), []).append(item)
    return groups


def _raise_due(items: list[Waiting], today: date) -> None:
    groups = {due: found for due, found in due_groups(items).items() if due[1] <= today + ON_THE_LIST_BEFORE}
    standing = set()
    for (board, day), found in groups.items():
        key = _due_key(board, day)
        standing.add(key)
        blocked = sum(1 for item in found if not item.is_ready)
        title = ngettext("Report %(count)s completion to %(board)s", "Report %(count)s completions to %(board)s", len(found))
        detail = [_("The last day is the school's own aim; the board names none.")] if found[0].is_own_aim else []
        if blocked:
            said = ngettext("%(count)s of them is not ready: the post room says why.", "%(count)s of them are not ready: the post room says why.", blocked)
            detail.append(said % {"count": blocked})
        raise_task(
            kind=OfficerTask.Kind.REPORT_DUE,
            key=key,
            title=title % {"count": len(found), "board": found[0].route.board.name},
            detail=" ".join(detail),
            address=found[0].route.get_absolute_url(),
            due_on=day,
        )
    for key in _open_keys(OfficerTask.Kind.REPORT_DUE) - standing:
        settle_task(key=key, note=_("Everything that was due then is with the regulator, or need not be reported."))


def _due_key(board: str, day: date) -> str:
    """The key of that day's open task, or of the one an officer settled by hand, which stays settled; else of the next."""
    begin = f"report-due:{board}:{day.isoformat()}:"
    tasks = OfficerTask.objects.filter(key__startswith=begin)
    kept = tasks.filter(Q(settled_at__isnull=True) | Q(settled_by__isnull=False)).values_list("key", flat=True).first()
    return kept or f"{begin}{tasks.count() + 1}"


def _open_keys(kind: OfficerTask.Kind) -> set[str]:
    return set(OfficerTask.objects.filter(kind=kind, settled_at__isnull=True).values_list("key", flat=True))


def _raise_corrections(found: list[Any]) -> None:
    standing = {one.task_key for one in found}
    for one in found:
        raise_correction(one)
    for key in _open_keys(OfficerTask.Kind.LATE_CORRECTION) - standing:
        if key.startswith("late-correction:"):
            settle_task(key=key, note=_("The entry and the award agree again, or a later version of the award took this one's place."))


def _settle_refusals() -> None:
    """A refused row is settled when its award stands with the regulator after all, was left out, or was revoked."""
    open_rows = {int(key.rpartition(":")[2]): key for key in _open_keys(OfficerTask.Kind.REPORT_REJECTED) if key.startswith("report-refused:")}
    rows = ReportRow.objects.filter(pk__in=open_rows).select_related("award")
    keys = {row.award.key for row in rows}
    stand = set(ReportRow.objects.live().posted().filter(award__key__in=keys).values_list("award__key", flat=True))
    out = set(ReportOmission.objects.standing().filter(award__key__in=keys).values_list("award__key", flat=True))
    current = set(Award.objects.filter(key__in=keys).current().values_list("key", flat=True))
    for row in rows:
        if row.award.key in stand or row.award.key in out or row.award.key not in current:
            settle_task(key=open_rows[row.pk], note=_("Its award stands in a later batch, is left out of reports, or counts no more."))


def _write_to_officers(items: list[Waiting], today: date) -> None:
    """One mail a day to each officer while something is due within two days, or overdue."""
    pressing = {due: found for due, found in sorted(due_groups(items).items(), key=lambda pair: pair[0][1]) if due[1] <= today + MAIL_BEFORE}
    if not pressing:
        return
    lines: list[dict[str, Any]] = [
        {"board": found[0].route.board.name, "day": day, "count": len(found), "is_overdue": day < today} for (_board, day), found in pressing.items()
    ]
    context = {"lines": lines, "overdue": sum(line["count"] for line in lines if line["is_overdue"]), "address": reverse("credits_desk:report_list")}
    officers = User.objects.filter(is_active=True, role_assignments__role=Role.CE_OFFICER).distinct()
    for officer in officers:
        send_mail_once(key=f"reports-due:{today.isoformat()}:{officer.pk}", template="credits/mail/reports_due", context=context, recipient=officer)
