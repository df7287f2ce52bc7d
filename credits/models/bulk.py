"""Corrections and revocations of many awards at once: tried first, then done, each award by itself."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from core.models import TimeStampedModel
from credits.models.awards import Award, RevocationReason


class BulkChangeQuerySet(models.QuerySet["BulkChange"]):
    def with_total(self) -> BulkChangeQuerySet:
        """Adds `award_count`; the latest first."""
        return self.annotate(award_count=Count("lines")).order_by("-pk")


class BulkChange(TimeStampedModel):
    """What an officer wants done to many awards, and how far it is."""

    class Kind(models.TextChoices):
        CORRECT = "correct", _("Correct")
        REVOKE = "revoke", _("Revoke")

    class State(models.TextChoices):
        TRYING = "trying", _("Being tried")
        READY = "ready", _("To confirm")
        RUNNING = "running", _("Being done")
        DONE = "done", _("Done")
        DISCARDED = "discarded", _("Discarded")

    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.TRYING)
    officer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    reason = models.TextField(help_text="Inside the school only.")
    reason_class = models.CharField(max_length=24, choices=RevocationReason, blank=True)
    completed_on = models.DateField(null=True, blank=True)
    accreditation = models.ForeignKey("credits.Accreditation", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    objects = BulkChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(reason=""), name="a_bulk_change_says_why"),
            models.CheckConstraint(
                condition=Q(kind="revoke", completed_on__isnull=True, accreditation__isnull=True) & ~Q(reason_class="")
                | Q(kind="correct", reason_class="") & (Q(completed_on__isnull=False) | Q(accreditation__isnull=False)),
                name="a_bulk_change_says_what",
            ),
            models.CheckConstraint(condition=~Q(state__in=["running", "done"]) | Q(confirmed_at__isnull=False), name="what_runs_was_confirmed"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("credits_desk:bulk_detail", args=[self.pk])

    @property
    def is_working(self) -> bool:
        return self.state in (self.State.TRYING, self.State.RUNNING)

    @property
    def changes(self) -> dict[str, Any]:
        """What `correct_award` takes."""
        values = {"completed_on": self.completed_on, "accreditation": self.accreditation}
        return {name: value for name, value in values.items() if value is not None}

    def counts(self) -> dict[str, int]:
        """How many awards by their fate, `total` and `closed`: those whose closed cycles are reached."""
        of = {fate: Count("pk", filter=Q(fate=fate)) for fate in BulkLine.Fate.values}
        return self.lines.aggregate(total=Count("pk"), waiting=Count("pk", filter=Q(fate="")), closed=Count("pk", filter=~Q(closed=[])), **of)


class BulkLine(TimeStampedModel):
    """One award of a bulk change. `fate` is empty until it was tried; `closed` are the closed cycles it reaches, in words."""

    class Fate(models.TextChoices):
        WILL = "will", _("Will be changed")
        REFUSED = "refused", _("Stays as it is")
        DONE = "done", _("Changed")

    change = models.ForeignKey(BulkChange, on_delete=models.PROTECT, related_name="lines")
    award = models.ForeignKey(Award, on_delete=models.PROTECT, related_name="+")
    fate = models.CharField(max_length=10, choices=Fate, blank=True)
    sentence = models.TextField(blank=True, help_text="Why it stays as it is.")
    closed = models.JSONField(default=list, blank=True)
    successor = models.ForeignKey(Award, null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["change", "award"], name="a_bulk_change_names_an_award_once")]

    def __str__(self) -> str:
        return f"{self.award_id} {self.fate}"
