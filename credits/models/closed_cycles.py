"""Cycles that were over, or renewed, when a correction, a revocation or a hold changed what they rest on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from credits.models.awards import Award
from credits.models.licences import Licence
from credits.models.worklist import OfficerTask


class ClosedCycleQuerySet(models.QuerySet["ClosedCycle"]):
    def visible_to(self, user: Any) -> ClosedCycleQuerySet:
        return self.filter(licence__user=user)

    def undecided(self) -> ClosedCycleQuerySet:
        return self.filter(outcome="")


class ClosedCycle(TimeStampedModel):
    """One closed cycle of one licence that a change of an award reaches: its figures without and with the change, and what a person decided.

    The figures are {start, end, status, required, applied, needed, missing, carried_out}; amounts are exact decimals as text.
    """

    class Cause(models.TextChoices):
        CORRECTED = "corrected", _("An award was corrected")
        REVOKED = "revoked", _("An award was revoked")
        HELD = "held", _("An award is held for review")
        RELEASED = "released", _("An award that was held counts again")

    class Outcome(models.TextChoices):
        STANDS = "stands", _("The renewal stands as it is")
        BOARD_TOLD = "board_told", _("The board was told")
        MAKE_UP = "make_up", _("The learner makes up for it")
        UNDONE = "undone", _("The change was taken back, and the figures are as before")

    DECISIONS = Outcome.choices[:-1]  # a case is undone by itself, where nothing is left to decide

    licence = models.ForeignKey(Licence, on_delete=models.PROTECT, related_name="closed_cycles")
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="closed_cycles", help_text="The version that was corrected, revoked or held.")
    cause = models.CharField(max_length=10, choices=Cause)
    cycle_end = models.DateField()
    renewed_on = models.DateField(null=True, blank=True)
    before = models.JSONField()
    after = models.JSONField()
    unit = models.CharField(max_length=60)
    task = models.OneToOneField(OfficerTask, on_delete=models.PROTECT, related_name="closed_cycle")
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    word = models.TextField(blank=True, help_text="What the learner is told beside the outcome.")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    objects = ClosedCycleQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["licence", "award", "cycle_end"], condition=Q(outcome=""), name="one_open_case_per_award_and_cycle"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_at__isnull=True, decided_by__isnull=True, word="")
                | Q(outcome="undone", decided_at__isnull=False, decided_by__isnull=True, word="")
                | (~Q(outcome__in=["", "undone"]) & Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="a_decided_cycle_says_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.licence} {self.cycle_end}"

    def get_absolute_url(self) -> str:
        return reverse("credits_desk:closed_cycle_detail", args=[self.pk])

    @property
    def is_decided(self) -> bool:
        return bool(self.outcome)

    @property
    def is_worse(self) -> bool:
        """Whether more units are missing now."""
        return _amount(self.after) > _amount(self.before)


def _amount(figures: dict[str, Any]) -> Decimal:
    return Decimal(figures["needed"] or 0)
