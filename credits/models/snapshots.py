"""What the standing of each licence came to when it was last worked out. All of it can be made again; nothing is decided by it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from core.models import TimeStampedModel


class StandingSnapshotQuerySet(models.QuerySet["StandingSnapshot"]):
    def on_file(self) -> StandingSnapshotQuerySet:
        """Of licences that people keep up."""
        return self.filter(licence__archived_at__isnull=True)

    def deficient(self) -> StandingSnapshotQuerySet:
        """Something must still be done for the cycle that holds the day."""
        return self.filter(Q(needed__gt=0) | ~Q(blocked_by=[]))

    def with_staleness(self) -> StandingSnapshotQuerySet:
        """Adds `is_stale`: whether something was recorded since that may change it."""
        return self.annotate(is_stale=Exists(StandingMark.objects.filter(user=OuterRef("licence__user"))))


class StandingSnapshot(TimeStampedModel):
    """One licence as of one day, in the board's own unit. With a `gap_code` nothing can be said, and there are no figures."""

    # No constraint: a run that meets the removal of a licence must fail neither of them. What is left over goes the next day.
    licence = models.OneToOneField("credits.Licence", on_delete=models.DO_NOTHING, db_constraint=False, related_name="snapshot")
    as_of = models.DateField()
    status = models.CharField(max_length=20)
    gap_code = models.CharField(max_length=40, blank=True)
    cycle_start = models.DateField(null=True, blank=True)
    cycle_end = models.DateField(null=True, blank=True)
    deadline = models.DateField(null=True, blank=True)
    required = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    applied = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    needed = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    held = models.DecimalField(max_digits=14, decimal_places=6, default=0, help_text="Units of held awards in this cycle, which do not count meanwhile.")
    missing = models.JSONField(default=list, blank=True, help_text='Minima that are not full, such as [{"code": "ethics", "units": "2"}].')
    blocked_by = models.JSONField(default=list, blank=True, help_text="Credentials that must be current and are not.")
    rule_id = models.CharField(max_length=120, blank=True)
    rule_version = models.PositiveIntegerField(null=True, blank=True)
    is_verified = models.BooleanField(default=False)
    before_end = models.DateField(null=True, blank=True, help_text="The cycle before it.")
    before_deadline = models.DateField(null=True, blank=True)
    before_status = models.CharField(max_length=20, blank=True)
    before_needed = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)

    objects = StandingSnapshotQuerySet.as_manager()

    class Meta:
        ordering = [F("deadline").asc(nulls_last=True), "licence_id"]
        indexes = [
            models.Index(fields=["deadline", "licence"], name="snapshots_by_deadline"),
            models.Index(fields=["before_deadline"], condition=Q(before_status="open"), name="snapshots_of_late_cycles"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(gap_code="") | Q(needed__isnull=True, deadline__isnull=True), name="a_gap_has_no_figures"),
        ]

    def __str__(self) -> str:
        return f"Standing of licence {self.licence_id} on {self.as_of}"

    @property
    def missing_units(self) -> list[tuple[str, Decimal]]:
        """Minima that are not full, by their codes."""
        return [(part["code"], Decimal(part["units"])) for part in self.missing]

    @property
    def share(self) -> int | None:
        """Per cent of what the cycle asks for that is there; None when nothing is asked."""
        if self.required is None or self.applied is None or not self.required:
            return None
        return int(min(self.applied / self.required, Decimal(1)) * 100)

    def days_left(self, today: date) -> int | None:
        return (self.deadline - today).days if self.deadline else None


class StandingMark(models.Model):
    """Something was recorded for a person: the standings of their licences are to be worked out again. Taken away by who does it.

    Rows are only added and deleted, never changed, so that whoever records something waits for nobody who works standings out.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="standing_marks")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"Standings of person {self.user_id}"


class EvaluatedRules(models.Model):
    """Under which rules of a board its licences' standings were last worked out."""

    board = models.CharField(max_length=60, unique=True, help_text="The board's code.")
    digest = models.CharField(max_length=64)
    number = models.PositiveIntegerField(default=1, help_text="How often they have changed.")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "evaluated rules"

    def __str__(self) -> str:
        return f"{self.board}, {self.number}"
