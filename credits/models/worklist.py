"""What waits for a CE officer: things the system found out and only a person can settle."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from core.models import TimeStampedModel


class OfficerTaskQuerySet(models.QuerySet["OfficerTask"]):
    def open(self) -> OfficerTaskQuerySet:
        """Not settled, the most urgent first; those without a day last."""
        return self.filter(settled_at__isnull=True).order_by(F("due_on").asc(nulls_last=True), "pk")

    def overdue(self, today: date) -> OfficerTaskQuerySet:
        return self.open().filter(due_on__lt=today)


class OfficerTask(TimeStampedModel):
    """One thing to do. The same `key` is one task for ever, so whatever finds it may find it again."""

    class Kind(models.TextChoices):
        FILE_A_CHANGE = "file_a_change", "File a change with the board"
        APPROVAL_ENDS = "approval_ends", "Renew an approval"
        CLOSED_CYCLE = "closed_cycle", "A closed cycle is concerned"
        LATE_CORRECTION = "late_correction", "Correct what was reported"
        REPORT_REJECTED = "report_rejected", "The regulator refused a row"
        REPORT_DUE = "report_due", "A report is due"
        EXTERNAL_REVIEW = "external_review", "Review an external credit"
        RULE_CHANGE = "rule_change", "Sign off a rule"

    kind = models.CharField(max_length=20, choices=Kind)
    key = models.CharField(max_length=200, unique=True)
    title = models.CharField(max_length=250)
    detail = models.TextField(blank=True)
    address = models.CharField(max_length=250, blank=True, help_text="The desk page where it is done.")
    due_on = models.DateField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    note = models.TextField(blank=True, help_text="How it was settled.")

    objects = OfficerTaskQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [models.Index(fields=["due_on"], condition=Q(settled_at__isnull=True), name="officer_tasks_open")]
        constraints = [
            models.CheckConstraint(condition=~Q(title=""), name="an_officer_task_has_a_title"),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True, settled_by__isnull=True, note="") | (Q(settled_at__isnull=False) & ~Q(note="")),
                name="a_settled_task_says_how",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.settled_at is None

    def is_overdue(self, today: date) -> bool:
        return self.is_open and self.due_on is not None and self.due_on < today
