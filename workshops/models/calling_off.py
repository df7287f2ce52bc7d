"""A workshop that does not take place, and what becomes of everybody's seat and money."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel


class CallOff(TimeStampedModel):
    """One workshop called off, for good. Its entries are worked through one by one and may be begun anew at any time."""

    workshop = models.OneToOneField("workshops.Workshop", on_delete=models.PROTECT, related_name="call_off")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(_("reason"), help_text=_("Everybody with a seat reads it."))
    to = models.ForeignKey(
        "workshops.Workshop", null=True, blank=True, on_delete=models.PROTECT, related_name="+", help_text=_("The date to which people are moved.")
    )
    choose_until = models.DateTimeField(null=True, blank=True, help_text=_("Until when people may choose; after that their money goes back."))
    runs = models.PositiveSmallIntegerField(default=0, help_text=_("How often the work was begun."))
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return str(self.workshop)


class CallOffEntry(TimeStampedModel):
    """One seat: what is to become of it, and what became of it. Money is in the seat's currency and goes to who paid."""

    class Action(models.TextChoices):
        REFUND = "refund", _("Money back")
        MOVE = "move", _("Moved to another date")
        ASK = "ask", _("The person chooses")
        END = "end", _("Nothing was paid")
        RELEASE = "release", _("Was about to pay")
        KEEP = "keep", _("Has attended: stays as it is")

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Needs you")

    call_off = models.ForeignKey(CallOff, on_delete=models.PROTECT, related_name="entries")
    seat = models.OneToOneField("workshops.Seat", on_delete=models.PROTECT, related_name="call_off_entry")
    action = models.CharField(max_length=7, choices=Action)
    outcome = models.CharField(max_length=7, choices=Outcome, default=Outcome.WAITING)
    back_cents = models.PositiveIntegerField(default=0, help_text=_("What goes back; foreseen until it is done."))
    currency = models.CharField(max_length=3, blank=True)
    note = models.CharField(max_length=400, blank=True, help_text=_("Why it went otherwise, and what to do."))
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "call-off entries"
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="waiting", decided_at__isnull=True) | (~Q(outcome="waiting") & Q(decided_at__isnull=False)),
                name="a_decided_entry_says_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seat}: {self.action}"

    @property
    def is_waiting(self) -> bool:
        return self.outcome == self.Outcome.WAITING
