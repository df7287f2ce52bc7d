"""Which reminders fall due on a day: found by snapshots and dates on file, and decided anew when the mail is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from credits.models import HeldCredential, Licence, ReminderSettings, StandingSnapshot
from credits.models.reminders import DAYS

LATE_DAYS = 3  # a reminder that nobody could send on its day is still sent so many days later


class Kind:
    CYCLE = "cycle"  # units or cards are missing for the renewal
    LATE = "late"  # of the cycle before, while late credit still counts
    EXPIRY = "expiry"  # the licence itself ends
    CREDENTIAL = "credential"  # a card or certification ends


@dataclass(frozen=True)
class Due:
    """One reminder. `subject` is the key of a licence, or of a held credential."""

    kind: str
    subject: int
    deadline: date
    days: int

    @property
    def key(self) -> str:
        """Under which it is sent once, for ever."""
        return f"reminder:{self.kind}:{self.subject}:{self.deadline.isoformat()}:{self.days}"

    @property
    def args(self) -> dict[str, Any]:
        return {"kind": self.kind, "subject": self.subject, "deadline": self.deadline.isoformat(), "days": self.days}


def days_due(deadline: date, day: date, chosen: Iterable[int]) -> int | None:
    """Which of the `chosen` days before `deadline` is due on `day`, or was no more than LATE_DAYS ago; never two of them at once."""
    left = (deadline - day).days
    nearest = min((days for days in chosen if days >= left), default=None)
    return nearest if left >= 0 and nearest is not None and nearest - left <= LATE_DAYS else None


def due_on(day: date) -> Iterator[Due]:
    """Every reminder that may fall due on `day`. Costs four queries, read by cursors."""
    for kind, rows, name in (
        (Kind.CYCLE, cycles_ending(day).filter(is_verified=True), "deadline"),
        (Kind.LATE, late_cycles_ending(day), "before_deadline"),
    ):
        for licence, deadline, chosen in _with_days(rows, "licence__user").values_list("licence_id", name, "chosen").iterator():
            yield from _due(kind, licence, deadline, day, chosen)
    for kind, dated in ((Kind.EXPIRY, licences_expiring(day)), (Kind.CREDENTIAL, credentials_expiring(day))):
        for subject, deadline, chosen in _with_days(dated, "user").values_list("pk", "expires_on", "chosen").iterator():
            yield from _due(kind, subject, deadline, day, chosen)


def cycles_ending(day: date) -> QuerySet[StandingSnapshot]:
    """Snapshots of cycles with something missing whose deadline is near, of people who want to be told. Verified or not."""
    rows = StandingSnapshot.objects.on_file().deficient().filter(deadline__range=_horizon(day), licence__reminders_stopped_at__isnull=True)
    return rows.filter(_wanted("licence__user"))


def late_cycles_ending(day: date) -> QuerySet[StandingSnapshot]:
    rows = StandingSnapshot.objects.on_file().filter(before_status="open", before_needed__gt=0, before_deadline__range=_horizon(day))
    return rows.filter(_wanted("licence__user"), licence__reminders_stopped_at__isnull=True)


def licences_expiring(day: date) -> QuerySet[Licence]:
    """Licences whose end is near and that nobody noted as renewed at that end."""
    renewed = Licence.objects.filter(pk=OuterRef("pk"), renewals__cycle_end=OuterRef("expires_on"), renewals__renewed_on__isnull=False)
    rows = Licence.objects.on_file().filter(expires_on__range=_horizon(day), reminders_stopped_at__isnull=True)
    return rows.filter(_wanted("user"), ~Exists(renewed))


def credentials_expiring(day: date) -> QuerySet[HeldCredential]:
    """Cards whose end is near and that no later one of the kind replaces."""
    later = HeldCredential.objects.filter(user=OuterRef("user"), credential=OuterRef("credential"), expires_on__gt=OuterRef("expires_on"))
    return HeldCredential.objects.filter(_wanted("user"), ~Exists(later), expires_on__range=_horizon(day))


def _horizon(day: date) -> tuple[date, date]:
    return day, day + timedelta(days=max(DAYS))


def _wanted(person: str) -> Q:
    return Q(**{f"{person}__is_active": True}) & (
        Q(**{f"{person}__reminder_settings__isnull": True}) | Q(**{f"{person}__reminder_settings__stopped_at__isnull": True})
    )


def _with_days(rows: Any, person: str) -> Any:
    return rows.annotate(chosen=F(f"{person}__reminder_settings__days")).order_by("pk")


def _due(kind: str, subject: int, deadline: date, day: date, chosen: list[int] | None) -> Iterator[Due]:
    days = days_due(deadline, day, DAYS if chosen is None else chosen)
    if days is not None:
        yield Due(kind, subject, deadline, days)


def settings_of(user: Any) -> ReminderSettings:
    """What the person wants; the usual, unsaved, when they never said."""
    row = ReminderSettings.objects.filter(user=user).first()
    return row or ReminderSettings(user=user)
