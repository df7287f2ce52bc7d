"""Choosing, stopping and sending reminders."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from core import clock
from core.audit import record_audit
from core.errors import DomainError
from core.jobs import enqueue
from credits.licence_needs import credential_names
from credits.models import HeldCredential, Licence, ReminderSettings
from credits.models.reminders import DAYS
from credits.reminders.due import Due, Kind, due_on, settings_of
from credits.reminders.tokens import StopOrder, stop_address
from credits.selectors import school_today, today_of
from credits.standings import CycleView, StandingView, rests_on_verified, standing_of_licence
from notifications.models import MailMessage
from notifications.services import send_mail_once

MORNING = 7  # the hour of the school from which reminders are sent


class ReminderRefused(DomainError):
    code = "reminder_refused"


def choose_days(*, user: Any, days: Iterable[int]) -> ReminderSettings:
    """Set how many days before a deadline the person is written to. Choosing none is refused: that is what stopping is for."""
    chosen = sorted(set(days), reverse=True)
    if not set(chosen) <= set(DAYS):
        raise ReminderRefused(_("Choose out of %(days)s days.") % {"days": ", ".join(map(str, DAYS))})
    if not chosen:
        raise ReminderRefused(_("Choose at least one day, or stop all reminders."))
    row, _created = ReminderSettings.objects.update_or_create(user=user, defaults={"days": chosen})
    return row


def set_reminders(*, user: Any, is_on: bool, how: str = "page") -> ReminderSettings:
    """Stop all reminders, or send them again. `how` says where the word came from: the page, a link in a mail."""
    with transaction.atomic():
        row, _created = ReminderSettings.objects.select_for_update().get_or_create(user=user)
        if row.is_on != is_on:
            row.stopped_at = None if is_on else clock.now()
            row.save(update_fields=["stopped_at", "updated_at"])
            record_audit(actor=user, action="credits.set_reminders", record=user, is_on=is_on, how=how)
    return row


def set_licence_reminders(*, licence: Licence, is_on: bool, how: str = "page") -> Licence:
    """Stop reminders about one licence, or send them again."""
    with transaction.atomic():
        licence = Licence.objects.select_for_update(of=("self",)).select_related("board", "user").get(pk=licence.pk)
        if licence.has_reminders != is_on:
            licence.reminders_stopped_at = None if is_on else clock.now()
            licence.save(update_fields=["reminders_stopped_at", "updated_at"])
            record_audit(actor=licence.user, action="credits.set_licence_reminders", record=licence, is_on=is_on, how=how)
    return licence


def obey(*, order: StopOrder, is_on: bool) -> None:
    """Do what a link in a mail asks, or take it back."""
    if order.licence:
        set_licence_reminders(licence=order.licence, is_on=is_on, how="link")
    else:
        set_reminders(user=order.user, is_on=is_on, how="link")


def begin_reminders() -> None:
    """Queue the day's reminders once, in the school's morning."""
    if clock.now().astimezone(ZoneInfo(settings.SCHOOL_TIME_ZONE)).hour >= MORNING:
        day = school_today().isoformat()
        enqueue("credits.queue_reminders", key=f"reminders:{day}", args={"day": day})


def queue_reminders(*, day: date) -> int:
    """Queue one job for each reminder that may be due; returns how many. A second run queues what the first did not come to."""
    queued = 0
    for due in due_on(day):
        enqueue("credits.send_reminder", key=due.key, args=due.args)
        queued += 1
    return queued


def send_reminder(*, due: Due) -> MailMessage | None:
    """Write the mail from what is true now. None when it is no longer due: it was stopped, the deadline moved, or nothing is missing.

    The same reminder is sent once, ever.
    """
    with transaction.atomic():
        if due.kind == Kind.CREDENTIAL:
            return _about_credential(due)
        licence = Licence.objects.on_file().with_facts().filter(pk=due.subject).first()
        if licence is None or not may_remind(user=licence.user, licence=licence) or not _is_wanted(licence.user, due):
            return None
        return _about_expiry(due, licence) if due.kind == Kind.EXPIRY else _about_cycle(due, licence)


def may_remind(*, user: Any, licence: Licence | None) -> bool:
    """Whether the person wants reminders, about this licence if one is given. For whoever reminds of anything that follows a licence."""
    return bool(user.is_active and settings_of(user).is_on and (licence is None or licence.has_reminders))


def stop_links(*, user: Any, licence: Licence | None) -> dict[str, str]:
    """For the foot of a reminder (`credits/mail/_stop.txt`) and its `stop_address`: links that stop it without signing in."""
    found = {"stop_all": stop_address(user=user, licence=None)}
    return found | ({"stop_licence": stop_address(user=user, licence=licence)} if licence else {})


def _is_wanted(user: Any, due: Due) -> bool:
    return due.days in settings_of(user).days and due.deadline >= today_of(user)


def _about_cycle(due: Due, licence: Licence) -> MailMessage | None:
    today = today_of(licence.user)
    view = standing_of_licence(licence, today)
    cycle = view.current if due.kind == Kind.CYCLE else view.before
    if cycle is None or cycle.deadline != due.deadline or not _lacks(view, cycle) or not _is_verified(view, cycle):
        return None
    return _send(due, licence.user, licence, "cycle", {"cycle": cycle, "is_late": due.kind == Kind.LATE, "held": view.held})


def _lacks(view: StandingView, cycle: CycleView) -> bool:
    return cycle.status == "open" or bool(_row(view, cycle)["blocked_by"])


def _is_verified(view: StandingView, cycle: CycleView) -> bool:
    return rests_on_verified(view.rules, _row(view, cycle)) if view.rules else False


def _row(view: StandingView, cycle: CycleView) -> dict[str, Any]:
    rows: list[dict[str, Any]] = view.result["cycles"] if view.result else []
    return next(row for row in rows if row["number"] == cycle.number)


def _about_expiry(due: Due, licence: Licence) -> MailMessage | None:
    renewed = any(row.cycle_end == due.deadline and row.renewed_on for row in licence.renewals.all())
    if licence.expires_on != due.deadline or renewed:
        return None
    return _send(due, licence.user, licence, "expiry", {})


def _about_credential(due: Due) -> MailMessage | None:
    held = HeldCredential.objects.select_related("user").filter(pk=due.subject, expires_on=due.deadline).first()
    if held is None or not may_remind(user=held.user, licence=None) or not _is_wanted(held.user, due):
        return None
    if HeldCredential.objects.filter(user=held.user, credential=held.credential, expires_on__gt=held.expires_on).exists():
        return None
    return _send(due, held.user, None, "credential", {"name": credential_names([held.credential])[held.credential]})


def _send(due: Due, user: Any, licence: Licence | None, template: str, context: dict[str, Any]) -> MailMessage:
    links = stop_links(user=user, licence=licence)
    left = (due.deadline - today_of(user)).days
    return send_mail_once(
        key=due.key,
        template=f"credits/mail/reminder_{template}",
        context={**context, **links, "licence": licence, "deadline": due.deadline, "days_left": left},
        recipient=user,
        stop_address=links.get("stop_licence", links["stop_all"]),
    )
