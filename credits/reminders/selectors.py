"""What a person's reminders are and when the next one comes, for the page and the API."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from credits.licence_needs import credential_names
from credits.models import HeldCredential, Licence, StandingSnapshot
from credits.reminders.due import Kind, settings_of
from credits.selectors import today_of
from notifications.models import MailMessage

SHOWN = 10  # of the mails sent before


@dataclass(frozen=True)
class Coming:
    """One deadline. `next_on` is the day of the next mail; when there is none, `code` and `why` say why."""

    kind: str
    what: str
    deadline: date | None
    next_on: date | None
    code: str = ""
    why: str = ""


@dataclass(frozen=True)
class LicenceReminders:
    licence: Licence
    is_on: bool
    coming: tuple[Coming, ...]


@dataclass(frozen=True)
class Overview:
    is_on: bool
    days: tuple[int, ...]
    licences: tuple[LicenceReminders, ...]
    credentials: tuple[Coming, ...]
    sent: tuple[MailMessage, ...]


def reminders_of(user: Any) -> Overview:
    """Costs five queries, however many licences the person has."""
    today, settings = today_of(user), settings_of(user)
    days = tuple(settings.days)
    licences = Licence.objects.visible_to(user).on_file().select_related("board", "snapshot").order_by("board__name", "pk")
    cards = list(HeldCredential.objects.visible_to(user).filter(expires_on__gte=today).order_by("expires_on", "pk"))
    names = credential_names([card.credential for card in cards]) if cards else {}
    sent = MailMessage.objects.filter(recipient=user, key__startswith="reminder:").defer("body_text", "error")
    return Overview(
        is_on=settings.is_on,
        days=days,
        licences=tuple(LicenceReminders(row, row.has_reminders, tuple(_of_licence(row, days, today))) for row in licences),
        credentials=tuple(_dated(Kind.CREDENTIAL, names[card.credential], card.expires_on, days, today) for card in cards),
        sent=tuple(sent[:SHOWN]),
    )


def _of_licence(licence: Licence, days: Iterable[int], today: date) -> Iterable[Coming]:
    yield _of_cycle(getattr(licence, "snapshot", None), days, today)
    if licence.expires_on and licence.expires_on >= today:
        yield _dated(Kind.EXPIRY, _("The licence ends"), licence.expires_on, days, today)


def _of_cycle(snapshot: StandingSnapshot | None, days: Iterable[int], today: date) -> Coming:
    what = _("The renewal cycle closes")
    if snapshot is None:
        return Coming(Kind.CYCLE, what, None, None, "not_yet", _("We are working out where you stand. Look again in a moment."))
    if snapshot.gap_code or snapshot.deadline is None:
        why = _("We do not know the deadline: a fact is missing, or the board’s rules say too little. “Where you stand” says which.")
        return Coming(Kind.CYCLE, what, None, None, "no_deadline", why)
    if not snapshot.needed and not snapshot.blocked_by:
        return Coming(Kind.CYCLE, what, snapshot.deadline, None, "complete", _("Nothing is missing. We would write only if that changes."))
    if not snapshot.is_verified:
        why = _("Nobody at the school has checked these rules against the board’s own text yet, so we send no mail about them.")
        return Coming(Kind.CYCLE, what, snapshot.deadline, None, "not_verified", why)
    return _dated(Kind.CYCLE, what, snapshot.deadline, days, today)


def _dated(kind: str, what: str, deadline: date, days: Iterable[int], today: date) -> Coming:
    coming = [day for day in (deadline - timedelta(days=number) for number in days) if day > today]
    if coming:
        return Coming(kind, what, deadline, min(coming))
    return Coming(kind, what, deadline, None, "past", _("All reminders you chose for it are past."))
