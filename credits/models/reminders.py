"""What a person wants to be reminded of by mail. Without a row they get the usual reminders; stopping is always a word of theirs."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from core.models import TimeStampedModel

DAYS = (90, 60, 30, 14, 7, 1)  # before a deadline


def usual_days() -> list[int]:
    return list(DAYS)


class ReminderSettings(TimeStampedModel):
    """When a person is written to, and whether at all. A single licence is stopped on the licence."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="reminder_settings")
    days = models.JSONField(default=usual_days, help_text="Days before a deadline, out of 90, 60, 30, 14, 7 and 1.")
    stopped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "reminder settings"

    def __str__(self) -> str:
        return f"Reminders of person {self.user_id}"

    @property
    def is_on(self) -> bool:
        return self.stopped_at is None
